import type { HostDetail } from '@/server/hosts/schemas/detail'

export const adoptPhrase = (name: string) => `adopt ${name}`

type Quarantined = Pick<
  HostDetail,
  'fenceDue' | 'fencing' | 'unknownJobId' | 'activeJobId' | 'credentialId' | 'stateNext'
>

/** Why the quarantine cannot be lifted now; null when it can be tried. */
export function liftBlocked(host: Quarantined): string | null {
  if (!host.fenceDue) return `No probe can settle this. ${host.stateNext}`
  if (host.unknownJobId !== null)
    return 'What a run did here is not known yet: ask the host, or mark the run lost; then lift the quarantine.'
  if (host.activeJobId !== null) return 'A run is going on; what comes of it decides about the quarantine.'
  if (host.credentialId === null) return 'It has no SSH key assigned: choose one on the Access tab.'
  return host.fencing ? 'The fencing probe has not ended yet.' : null
}

export type ForeignKind = 'other' | 'older_copy' | 'unreadable'

/** Why the record on the host is none of ours. */
export function foreignKind({
  foreignToken,
  installationId,
}: Pick<HostDetail, 'foreignToken' | 'installationId'>): ForeignKind | null {
  if (foreignToken === null) return null
  if (foreignToken === 'unreadable') return 'unreadable'
  return foreignToken.installationId === installationId ? 'older_copy' : 'other'
}

/** Why the host cannot be adopted now; null when it can. */
export function adoptBlocked(
  host: Pick<HostDetail, 'foreignToken' | 'installationId' | 'adopting' | 'credentialId'>,
): string | null {
  if (host.adopting) return 'The adoption has not ended yet.'
  if (host.credentialId === null) return 'It has no SSH key assigned: choose one on the Access tab.'
  const kind = foreignKind(host)
  if (kind === null) return 'Whose it is has not been read yet: probe the host.'
  // Adopted under the same identity, it could not tell this database's epochs from those of the newer copy.
  if (kind === 'older_copy') return 'This database needs an identity of its own first.'
  return null
}

/** What adopting takes from whom, for the confirmation. */
export function adoptConsequence(host: Pick<HostDetail, 'name' | 'foreignToken' | 'installationId'>): string {
  const { foreignToken: token } = host
  return token === null || token === 'unreadable'
    ? `If another installation does act on ${host.name}, it is refused there from then on.`
    : `From then on installation ${token.installationId} is refused on ${host.name}, whatever it has planned there.`
}

/** What an operator asked of a host, and what the host was when they did. */
export interface Asked {
  what: 'lift' | 'adopt'
  lastSeenAt: Date | null
  stateSince: Date
}

export interface Answer {
  tone: 'ok' | 'run' | 'warn'
  message: string
}

/** What came of it, in a sentence for whoever waits; the host's own note says the rest. Null once it is another story. */
export function answerOf(
  { what, lastSeenAt, stateSince }: Asked,
  host: Pick<HostDetail, 'state' | 'stateSince' | 'fencing' | 'adopting' | 'lastSeenAt'>,
): Answer | null {
  const isLift = what === 'lift'
  if (host.state === 'ready') return { tone: 'ok', message: isLift ? LIFTED : ADOPTED }
  if (host.fencing || host.adopting) return { tone: 'run', message: isLift ? LIFTING : ADOPTING }
  if (host.stateSince.getTime() !== stateSince.getTime()) {
    if (isLift && host.state === 'foreign')
      return { tone: 'warn', message: 'It was not lifted: the host belongs to another installation.' }
    if (!isLift && host.state === 'quarantined')
      return { tone: 'warn', message: 'The host is this installation’s now, and in quarantine.' }
    return null
  }
  const unreached = host.lastSeenAt?.getTime() === lastSeenAt?.getTime()
  const stays = isLift ? 'The quarantine stays.' : 'The host was not adopted.'
  return { tone: 'warn', message: unreached ? `The host was not reached. ${stays}` : stays }
}

const LIFTING = 'The fencing probe is under way: lock, new token, then a reading.'
const LIFTED = 'The quarantine is lifted: nothing older can act here any more, and the host was read anew.'
const ADOPTING = 'Adopting: lock, new record, then a reading.'
const ADOPTED = 'The host is this installation’s now, and was read anew.'
