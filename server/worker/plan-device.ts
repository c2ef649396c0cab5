import type { Zone } from '@/agents/protocol'
import { recordContactError } from '@/server/hosts/record-contact-error'
import { deadlineSignal } from '@/server/lib/deadline'
import { failPlan, recordPlan } from '@/server/plans/record-plan'
import { reservedBytes } from '@/server/plans/reserved-bytes'
import { wakeRolloutsOn } from '@/server/rollouts/wake'
import { ContactError } from '@/server/ssh/target'
import type { WorkerContext } from './context'

/** Asks the host what a conversion would take, and writes down the answer, or why there is none. */
export async function planDevice(ctx: WorkerContext, planId: string): Promise<void> {
  const plan = await ctx.db.plan.findUnique({ where: { id: planId }, include: { device: true } })
  if (plan === null || plan.state !== 'requested') return
  const signal = deadlineSignal(ctx.limits.questionMs, ctx.draining)
  try {
    const target = await ctx.loadTarget(plan.hostId)
    const question = {
      deviceId: plan.device.identity,
      zone: plan.zone as Zone,
      reservedBytes: String(await reservedBytes(ctx, plan)),
      hookSeconds: ctx.limits.hookSeconds,
    }
    await recordPlan(ctx, planId, await ctx.client.plan(target, question, { signal }))
  } catch (error) {
    if (ctx.draining.aborted) return
    if (!(error instanceof ContactError)) throw error
    await recordContactError(ctx, plan.hostId, error)
    await failPlan(ctx, planId, error.message, error.next)
  }
  await wakeRolloutsOn(ctx.pg, plan.hostId)
}
