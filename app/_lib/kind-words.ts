import type { PartialPolicy, PlanKind } from '@/server/plans/vocabulary'

/** How each kind of work is called: its verb, what is done, what came of it. */
export const KIND_WORDS: Readonly<Record<PlanKind, KindWords>> = {
  convert: {
    verb: 'Convert',
    doing: 'Converting',
    done: 'Converted',
    already: 'Already RAM',
    does: 'convert to system RAM',
    past: 'converted',
    noun: 'conversion',
  },
  restore: {
    verb: 'Give back',
    doing: 'Giving back',
    done: 'Given back',
    already: 'Already given back',
    does: 'give back to device-dax',
    past: 'given back',
    noun: 'giving back',
  },
  online: {
    verb: 'Bring online',
    doing: 'Coming online',
    done: 'Online',
    already: 'Already online',
    does: 'bring a share online',
    past: 'brought online',
    noun: 'bringing online',
  },
  offline: {
    verb: 'Give back',
    doing: 'Giving back',
    done: 'Given back',
    already: 'Already offline',
    does: 'give a share back, on kmem',
    past: 'given back',
    noun: 'giving back',
  },
  persist: {
    verb: 'Keep',
    doing: 'Writing its files',
    done: 'Kept over reboots',
    already: 'Kept already',
    does: 'keep over reboots',
    past: 'kept over reboots',
    noun: 'keeping over reboots',
  },
  unpersist: {
    verb: 'Stop keeping',
    doing: 'Taking its files away',
    done: 'Not kept over reboots',
    already: 'Not kept already',
    does: 'keep over reboots no more',
    past: 'kept over reboots no more',
    noun: 'no longer keeping over reboots',
  },
}

interface KindWords {
  verb: string
  doing: string
  done: string
  already: string
  does: string
  past: string
  noun: string
}

/** As it stands before a device's name: `convert dax0.0`, `give back dax0.0`, `give back part of dax0.0`. */
export function kindVerb(kind: PlanKind): string {
  const verb = KIND_WORDS[kind].verb.toLowerCase()
  return kind === 'online' || kind === 'offline' ? `${verb} part of` : verb
}

/** Files for the next start of the host: no memory comes or goes now. */
export function isOfFiles({ kind }: { kind: PlanKind }): boolean {
  return kind === 'persist' || kind === 'unpersist'
}

/** What becomes of blocks that are offline already where another does not go. */
export const ON_PARTIAL_WORDS: Readonly<Record<PartialPolicy, { title: string; what: string }>> = {
  roll_back: {
    title: 'Bring all back online',
    what: 'If a block does not go offline, those that did come online again, each in its zone. The host is as before.',
  },
  leave: {
    title: 'Leave what is offline',
    what: 'If a block does not go offline, those that did stay offline. kmem keeps the device; the rest can be tried again.',
  },
}
