import type { PlanResult } from '@/agents/protocol'
import type { ServiceContext } from '@/server/lib/service-context'

/**
 * Bytes of struct pages that conversions of other devices of this host will take from its ordinary memory: headroom is
 * one for all of them. Counts what is approved, what has begun, and what the same rollout has planned for the host; too
 * careful for a moment, never too bold.
 */
export async function reservedBytes(
  ctx: Pick<ServiceContext, 'db'>,
  { id, hostId, deviceId }: { id: string; hostId: string; deviceId: string },
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
    const prediction = (plan?.result as unknown as PlanResult | null)?.item?.prediction
    return prediction?.memmapFrom === 'normal' ? sum + BigInt(prediction.memmapBytes) : sum
  }, 0n)
}
