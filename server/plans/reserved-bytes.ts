import type { PlanItem, PlanResult } from '@/agents/protocol'
import type { ServiceContext } from '@/server/lib/service-context'
import { type PlanKind, planKindOf, takesAway } from './vocabulary'

/**
 * Bytes of memory that other devices of this host are still to take: struct pages of conversions out of its ordinary
 * memory, or what restores give back. One headroom is there for all of them. Counts what is approved, what has begun, and
 * what the same rollout has planned for the host; too careful for a moment, never too bold.
 */
export async function reservedBytes(
  ctx: Pick<ServiceContext, 'db'>,
  { id, hostId, deviceId, kind }: { id: string; hostId: string; deviceId: string; kind: string },
): Promise<bigint> {
  const open = await ctx.db.job.findMany({
    where: { hostId, endedAt: null, NOT: { deviceId } },
    select: { deviceId: true, plan: { select: { result: true } } },
  })
  const own = await ctx.db.rolloutItem.findUnique({ where: { planId: id }, select: { rolloutId: true } })
  const siblings = await ctx.db.rolloutItem.findMany({
    where: { hostId, rolloutId: own?.rolloutId ?? id, state: 'planned', NOT: { deviceId } },
    select: { deviceId: true, plan: { select: { result: true } } },
  })
  const byDevice = new Map([...siblings, ...open].map((each) => [each.deviceId, each.plan]))
  return [...byDevice.values()].reduce((sum, plan) => {
    // Written by recordPlan alone, from an answer the agent's client has parsed.
    const item = (plan?.result as unknown as PlanResult | null)?.item ?? null
    return item === null ? sum : sum + takenBy(item, planKindOf({ kind }))
  }, 0n)
}

/** What an item takes of the headroom that an item of `kind` needs. */
function takenBy(item: PlanItem, kind: PlanKind): bigint {
  if ('lossBytes' in item) return takesAway(kind) ? BigInt(item.lossBytes) : 0n
  if (item.kind !== 'convert') return 0n
  const { memmapFrom, memmapBytes } = item.prediction
  return memmapFrom === 'normal' ? BigInt(memmapBytes) : 0n
}
