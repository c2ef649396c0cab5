import type { PlanResult } from '@/agents/protocol'
import type { ServiceContext } from '@/server/lib/service-context'

/**
 * Bytes of struct pages that conversions approved for the host, of other devices than this, will take from its
 * ordinary memory: headroom is one for all of them. Counts what has begun as well; too careful for a moment, never
 * too bold.
 */
export async function reservedBytes(
  ctx: Pick<ServiceContext, 'db'>,
  hostId: string,
  deviceId: string,
): Promise<bigint> {
  const open = await ctx.db.job.findMany({
    where: { hostId, endedAt: null, NOT: { deviceId } },
    select: { plan: { select: { result: true } } },
  })
  return open.reduce((sum, { plan }) => {
    // Written by recordPlan alone, from an answer the agent's client has parsed.
    const prediction = (plan.result as unknown as PlanResult | null)?.item?.prediction
    return prediction?.memmapFrom === 'normal' ? sum + BigInt(prediction.memmapBytes) : sum
  }, 0n)
}
