import type { OfflineItem, OnlineItem, PlanResult, RestoreItem, RestoreOutlook } from '@/agents/protocol'
import { fleetFloorRefusal } from '@/server/floors/fleet-floor'
import { readFleetRoom } from '@/server/floors/queries'
import { carriedOutStates } from '@/server/jobs/vocabulary'
import { notFound } from '@/server/lib/domain-error'
import type { ServiceContext } from '@/server/lib/service-context'
import { gainBytesOf, onlineBlocksBefore, shareBytesOf } from './before'
import { approvalPhrase } from './phrase'
import { type PlanView, planViewSchema } from './schema'
import { planKindOf } from './vocabulary'

/** One plan as its page shows it; figures are null until the host has answered. */
export async function getPlan(ctx: Pick<ServiceContext, 'db'>, planId: string): Promise<PlanView> {
  const plan = await ctx.db.plan.findUnique({
    where: { id: planId },
    include: {
      host: true,
      device: true,
      jobs: {
        where: { OR: [{ endedAt: null }, { state: { in: [...carriedOutStates] } }] },
        select: { id: true },
        orderBy: { createdAt: 'desc' },
        take: 1,
      },
    },
  })
  if (plan === null) throw notFound('plan')
  // Written by recordPlan alone, from an answer the agent's client has parsed.
  const result = plan.result as unknown as PlanResult | null
  const item = result?.item ?? null
  const floor =
    (result?.verdict === 'restorable' || result?.verdict === 'offlinable') &&
    item !== null &&
    'lossBytes' in item
      ? fleetFloorRefusal(await readFleetRoom(ctx.db), BigInt(item.lossBytes))
      : null
  const daxName = item?.preconditions.daxName || plan.device.daxName
  return planViewSchema.parse({
    id: plan.id,
    hostId: plan.hostId,
    deviceId: plan.deviceId,
    daxName,
    kind: plan.kind,
    zone: plan.zone,
    state: plan.state,
    errorMessage: plan.errorMessage,
    errorNext: plan.errorNext,
    createdAt: plan.createdAt,
    digest: plan.digest,
    verdict: floor === null ? (result?.verdict ?? null) : 'refused',
    refusals: [...(result?.refusals ?? []), ...(floor === null ? [] : [{ code: 'fleet_floor', ...floor }])],
    hazards: result?.hazards ?? [],
    reversible: result?.reversible ?? null,
    gainBytes: item === null ? null : gainBytesOf(item),
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
    restore: item !== null && 'lossBytes' in item ? outlookOf(item, result?.restore) : null,
    share: item !== null && 'share' in item ? shareOf(item) : null,
    jobId: plan.jobs[0]?.id ?? null,
    phrase: approvalPhrase(planKindOf(plan), daxName, plan.host.name, shareBytesOf(item)),
  })
}

function shareOf({ share: { askedBytes, bytes, blocks }, invariants }: OnlineItem | OfflineItem) {
  return {
    askedBytes: askedBytes === null ? null : BigInt(askedBytes),
    bytes: BigInt(bytes),
    blocks,
    blockSizeBytes: BigInt(invariants.blockSizeBytes),
  }
}

function outlookOf(item: RestoreItem | OfflineItem, outlook: RestoreOutlook | undefined) {
  const { floorBytes, onPartial, offlineSeconds } = item.policy
  const bytes = (value: string | null | undefined) => (value == null ? null : BigInt(value))
  return {
    lossBytes: BigInt(item.lossBytes),
    floorBytes: BigInt(floorBytes),
    onPartial,
    offlineSeconds,
    availableBytes: bytes(outlook?.availableBytes),
    availableAfterBytes: bytes(outlook?.availableAfterBytes),
    memmapReturnedBytes: bytes(outlook?.memmapReturnedBytes),
    nodeUsedBytes: bytes(outlook?.nodeUsedBytes),
    holders: (outlook?.holders ?? []).map((holder) => ({
      ...holder,
      onNodeBytes: BigInt(holder.onNodeBytes),
      lockedBytes: BigInt(holder.lockedBytes),
      pinnedBytes: BigInt(holder.pinnedBytes),
      hugeBytes: BigInt(holder.hugeBytes),
    })),
  }
}
