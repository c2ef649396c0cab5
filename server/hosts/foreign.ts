import type { RecordedToken } from '@/agents/protocol'
import type { Prisma } from '@/prisma/generated/client'
import { installationId } from '@/server/lib/installation'
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
  const ours = await installationId(tx)
  if (recorded.installationId !== ours) {
    return status(
      `${name} belongs to the Daxfleet installation ${recorded.installationId}; this one is ${ours}.`,
      'Adopt the host if that installation no longer acts on it.',
    )
  }
  const last = await lastEpoch(tx)
  if (BigInt(recorded.epoch) <= last) return null
  return status(
    `${name} has seen epoch ${recorded.epoch} of this installation, and this database has handed out ${last} at most: it is an older copy.`,
    restoredNext,
  )
}

async function lastEpoch(tx: Prisma.TransactionClient): Promise<bigint> {
  const rows = await tx.$queryRaw<{ last: bigint }[]>`
    SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS last FROM fencing_epoch`
  return rows[0]?.last ?? 0n
}
