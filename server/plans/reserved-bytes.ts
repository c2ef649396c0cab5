import type { PlanItem } from '@/agents/protocol'
import type { ServiceContext } from '@/server/lib/service-context'
import { type PlanKind, planKindOf, takesAway } from './vocabulary'

/**
 * Bytes of memory that other devices of this host are still to take: struct pages of conversions out of its ordinary
 * memory, or what restores give back. One headroom is there for all of them. Counts what is approved, what has begun, and
 * what the same rollout has planned for the host; too careful for a moment, never too bold.
 */
export async function reservedBytes(
  { pg }: Pick<ServiceContext, 'pg'>,
  { id, hostId, deviceId, kind }: { id: string; hostId: string; deviceId: string; kind: string },
): Promise<bigint> {
  const { rows } = await pg.query<{ item: PlanItem | null }>(others, [id, hostId, deviceId])
  return rows.reduce((sum, { item }) => (item === null ? sum : sum + takenBy(item, planKindOf({ kind }))), 0n)
}

// One a device, its open job before its place in the rollout. Items were written by recordPlan alone, from answers the
// agent's client has parsed.
const others = `
  SELECT DISTINCT ON (other."deviceId") p.result->'item' AS item FROM (
    SELECT "deviceId", "planId", 0 AS rank FROM "Job"
    WHERE "hostId" = $2::uuid AND "endedAt" IS NULL AND "deviceId" <> $3::uuid
    UNION ALL
    SELECT s."deviceId", s."planId", 1 FROM "RolloutItem" s
      JOIN "RolloutItem" own ON own."rolloutId" = s."rolloutId" AND own."planId" = $1::uuid
    WHERE s."hostId" = $2::uuid AND s.state = 'planned' AND s."deviceId" <> $3::uuid) AS other
  LEFT JOIN "Plan" p ON p.id = other."planId" ORDER BY other."deviceId", other.rank`

/** What an item takes of the headroom that an item of `kind` needs. */
function takenBy(item: PlanItem, kind: PlanKind): bigint {
  if ('lossBytes' in item) return takesAway(kind) ? BigInt(item.lossBytes) : 0n
  if (item.kind !== 'convert') return 0n
  const { memmapFrom, memmapBytes } = item.prediction
  return memmapFrom === 'normal' ? BigInt(memmapBytes) : 0n
}
