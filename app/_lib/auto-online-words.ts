import type { AutoOnlinePolicy } from '@/agents/protocol'

/** What the kernel does with new memory blocks under each policy, for who chooses one. */
export const AUTO_ONLINE_WORDS: readonly { value: AutoOnlinePolicy; title: string; what: string }[] = [
  {
    value: 'offline',
    title: 'offline',
    what: 'New blocks stay offline until somebody onlines them. Daxfleet and daxctl then choose the zone.',
  },
  {
    value: 'online_movable',
    title: 'online_movable',
    what: 'New blocks come online in Movable by themselves: they can be taken back later.',
  },
  {
    value: 'online',
    title: 'online',
    what: 'New blocks come online by themselves, in the zone the kernel chooses.',
  },
  {
    value: 'online_kernel',
    title: 'online_kernel',
    what: 'New blocks come online in Normal by themselves: what lands there cannot be promised to come back.',
  },
]

/** What will decide after the next restart, when our write is gone. */
export function afterRestart(bootParameter: string | null): string {
  return bootParameter === null
    ? 'It lasts until the host restarts; then the kernel’s own default holds again.'
    : `It lasts until the host restarts; then memhp_default_state=${bootParameter} of its boot parameters holds again.`
}

const ENDS: Readonly<Record<string, string>> = {
  requested: 'is being changed',
  done: 'was changed',
  refused: 'was not changed',
  failed: 'was not changed',
  unknown: 'may have been changed',
}

/** What became of the last change, for a sentence that begins with the setting. */
export function changeWords({ state, from, to }: { state: string; from: string; to: string }): string {
  return `${ENDS[state] ?? state} from ${from} to ${to}`
}
