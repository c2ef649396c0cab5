import type { Decimal, RecordedToken } from '@/agents/protocol'
import type { HostStatus } from './transitions'
import { restoredNext } from './words'

/** This installation, and the highest epoch it has handed out: 0 before the first. */
export interface Issuer {
  ours: string
  last: Decimal
}

/**
 * Whether the record on a host's disk is one that this database cannot have written: another installation's, no token
 * at all, or an epoch that was never handed out here (the database is an older copy). Null: it is ours, or there is none.
 */
export function foreignTo(
  { ours, last }: Issuer,
  name: string,
  recorded: RecordedToken | null,
): { token: RecordedToken; status: HostStatus } | null {
  if (recorded === null) return null
  const status = (message: string, next: string) => ({
    token: recorded,
    status: { state: 'foreign' as const, message, next },
  })
  if (recorded === 'unreadable') {
    return status(
      `The token file on ${name} (/var/lib/daxfleet/token.json) cannot be read, so nobody can tell who may act there.`,
      'Adopt the host if no other installation acts on it.',
    )
  }
  if (recorded.installationId !== ours) {
    return status(
      `${name} belongs to the Daxfleet installation ${recorded.installationId}; this one is ${ours}.`,
      'Adopt the host if that installation no longer acts on it.',
    )
  }
  if (BigInt(recorded.epoch) <= BigInt(last)) return null
  return status(
    `${name} has seen epoch ${recorded.epoch} of this installation, and this database has handed out ${last} at most: it is an older copy.`,
    restoredNext,
  )
}
