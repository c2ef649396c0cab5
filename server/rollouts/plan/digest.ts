import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { Prisma } from '@/prisma/generated/client'
import { takesAway } from '@/server/plans/vocabulary'
import type { LockedRollout } from '../rows/load'

interface PlannedRow {
  hostId: string
  identity: string
  wave: number
  position: number
  digest: string
}

/**
 * SHA-256, in hex, over canonical JSON of policy, zone or kind, waves, identities and the digest of every plan, as the rows stand
 * now: what people approve.
 */
export async function digestOfPlanned(
  tx: Pick<Prisma.TransactionClient, '$queryRaw'>,
  { id, asked, share, rollout: { policy } }: Pick<LockedRollout, 'id' | 'asked' | 'share' | 'rollout'>,
): Promise<string> {
  const items = await tx.$queryRaw<PlannedRow[]>`
    SELECT i."hostId", d.identity, r.wave, i.position, i.digest
    FROM "RolloutItem" i JOIN "Device" d ON d.id = i."deviceId"
      JOIN "RolloutHost" r ON r."rolloutId" = i."rolloutId" AND r."hostId" = i."hostId"
    WHERE i."rolloutId" = ${id}::uuid AND i.state = 'planned' ORDER BY i."hostId", i.position`
  // A conversion's names its zone alone, as it did before there was a way back: what was approved stays approved.
  const { kind = 'convert', zone, onPartial } = asked
  const terms = takesAway(kind) ? { kind, onPartial } : kind === 'online' ? { kind, zone } : { zone }
  const shared = share === null ? {} : { share: { bytes: String(share.bytes), per: share.per } }
  return createHash('sha256')
    .update(canonicalize({ version: 1, ...terms, ...shared, policy, items }) ?? '', 'utf8')
    .digest('hex')
}
