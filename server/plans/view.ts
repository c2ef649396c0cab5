import type { PlanResult } from '@/agents/protocol'
import { notFound } from '@/server/lib/domain-error'
import type { ServiceContext } from '@/server/lib/service-context'
import { onlineBlocksBefore, onlineBytesBefore } from './before'
import { approvalPhrase } from './phrase'
import { type PlanView, planViewSchema } from './schema'

/** One plan as its page shows it; figures are null until the host has answered. */
export async function getPlan(ctx: Pick<ServiceContext, 'db'>, planId: string): Promise<PlanView> {
  const plan = await ctx.db.plan.findUnique({ where: { id: planId }, include: { host: true, device: true } })
  if (plan === null) throw notFound('plan')
  // Written by recordPlan alone, from an answer the agent's client has parsed.
  const result = plan.result as unknown as PlanResult | null
  const item = result?.item ?? null
  const daxName = item?.preconditions.daxName ?? plan.device.daxName
  return planViewSchema.parse({
    id: plan.id,
    hostId: plan.hostId,
    deviceId: plan.deviceId,
    daxName,
    zone: plan.zone,
    state: plan.state,
    errorMessage: plan.errorMessage,
    errorNext: plan.errorNext,
    createdAt: plan.createdAt,
    digest: plan.digest,
    verdict: result?.verdict ?? null,
    refusals: result?.refusals ?? [],
    hazards: result?.hazards ?? [],
    reversible: result?.reversible ?? null,
    gainBytes: item === null ? null : BigInt(item.prediction.usableBytes) - onlineBytesBefore(item),
    lostBytes: item === null ? null : BigInt(item.prediction.lostBytes),
    memmapBytes: item === null ? null : BigInt(item.prediction.memmapBytes),
    memmapFrom: item?.prediction.memmapFrom ?? null,
    blockCount: item?.prediction.blockCount ?? null,
    onlineBlocks: item === null ? 0 : onlineBlocksBefore(item),
    targetNode: item?.invariants.targetNode ?? null,
    writes: item?.writes ?? [],
    recovery: item?.recovery ?? [],
    // Plans of an earlier agent name none.
    hooks: item?.preconditions.hooks ?? [],
    phrase: approvalPhrase(daxName, plan.host.name),
  })
}
