import type { OnPartial, RequestParams, ShareZone, Zone } from '@/agents/protocol'
import { recordContactError } from '@/server/hosts/record-contact-error'
import { deadlineSignal } from '@/server/lib/deadline'
import { type AskedPlan, askedPlan, failPlan, recordAnswer } from '@/server/plans/record-plan'
import { reservedBytes } from '@/server/plans/reserved-bytes'
import { planKindOf } from '@/server/plans/vocabulary'
import { ContactError } from '@/server/ssh/target'
import type { WorkerContext } from './context'

/** Asks the host what it would take, and writes down the answer, or why there is none. */
export async function planDevice(ctx: WorkerContext, planId: string): Promise<void> {
  const plan = await askedPlan(ctx, planId)
  if (plan === null || plan.state !== 'requested') return
  const signal = deadlineSignal(ctx.limits.questionMs, ctx.draining)
  try {
    const target = await ctx.loadTarget(plan.hostId)
    const question = questionOf(ctx, plan, String(await reservedBytes(ctx, plan)))
    await recordAnswer(ctx, plan, await ctx.client.plan(target, question, { signal }))
  } catch (error) {
    if (ctx.draining.aborted) return
    if (!(error instanceof ContactError)) throw error
    await recordContactError(ctx, plan.hostId, error)
    await failPlan(ctx, planId, error.message, error.next)
  }
  await ctx.records.wakeRolloutsOn(plan.hostId)
}

function questionOf(
  { limits: { hookSeconds, offlineSeconds } }: Pick<WorkerContext, 'limits'>,
  plan: AskedPlan,
  reservedBytes: string,
): RequestParams['plan'] {
  const { identity: deviceId, healthPolicy: health } = plan
  const common = { deviceId, reservedBytes, hookSeconds }
  const kind = planKindOf(plan)
  if (kind === 'unpersist') return { kind, deviceId }
  if (kind === 'persist') return { kind, deviceId, zone: plan.zone as Zone }
  const judged = health === null ? {} : { health }
  if (kind === 'convert') return { ...common, zone: plan.zone as Zone, ...judged }
  const share =
    plan.shareBytes === null ? { blocks: plan.shareBlocks ?? [] } : { shareBytes: String(plan.shareBytes) }
  if (kind === 'online') return { ...common, kind, ...share, zone: plan.zone as ShareZone, ...judged }
  const terms = {
    ...common,
    floorBytes: String(plan.floorBytes),
    onPartial: plan.onPartial as OnPartial,
    offlineSeconds,
  }
  return kind === 'restore' ? { ...terms, kind } : { ...terms, ...share, kind }
}
