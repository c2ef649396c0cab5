import type { RecordedToken } from '@/agents/protocol'
import type { Prisma } from '@/prisma/generated/client'
import type { HostStatus } from './transitions'
import { restoredNext } from './words'

/**
 * Whether the record on a host's disk is one that this database cannot have written: another installation's, no token
 * at all, or an epoch that was never handed out here (the database is an older copy). Null: it is ours, or there is none.
 */
export async function foreignTo(
  tx: Prisma.TransactionClient,
  name: string,
  recorded: RecordedToken | null,
): Promise<{ token: RecordedToken; status: HostStatus } | null> {
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
  const { ours, last } = await issuer(tx)
  if (recorded.installationId !== ours) {
    return status(
      `${name} belongs to the Daxfleet installation ${recorded.installationId}; this one is ${ours}.`,
      'Adopt the host if that installation no longer acts on it.',
    )
  }
  if (BigInt(recorded.epoch) <= last) return null
  return status(
    `${name} has seen epoch ${recorded.epoch} of this installation, and this database has handed out ${last} at most: it is an older copy.`,
    restoredNext,
  )
}

/** This installation, and the highest epoch it has handed out: 0 before the first. */
async function issuer(tx: Prisma.TransactionClient): Promise<{ ours: string; last: bigint }> {
  const [row] = await tx.$queryRaw<{ ours: string; last: bigint }[]>`
    SELECT i.id AS ours, CASE WHEN f.is_called THEN f.last_value ELSE 0 END AS last
    FROM "Installation" i, fencing_epoch f`
  if (row === undefined) throw new Error('This database has no installation id.')
  return row
}
