import type { PlanResult } from '@/agents/protocol'
import type { Plan, Prisma } from '@/prisma/generated/client'
import { withdrawOutplanned } from '@/server/approvals/withdraw'
import { recordAudit } from '@/server/audit/record'
import { recordEvent } from '@/server/events/record'
import { storableJson } from '@/server/hosts/untrusted'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import { digestOf } from './digest'

type Ctx = Pick<ServiceContext, 'db' | 'actor'>

/**
 * Writes down the host's answer to a plan that is still open; a late or second answer changes nothing. An answer that
 * is not about the device and what was asked of it, or whose digest is not that of its item, fails the plan.
 */
export async function recordPlan(ctx: Ctx, planId: string, result: PlanResult): Promise<void> {
  const plan = await ctx.db.plan.findUnique({ where: { id: planId }, include: { device: true } })
  if (plan === null) return
  const fault = faultOf(result, plan.device.identity, plan)
  if (fault !== null) {
    return failPlan(ctx, planId, fault, 'Update Daxfleet, or look at the host: its answer cannot be trusted.')
  }
  await close(ctx, planId, {
    state: 'ready',
    result: storableJson(result),
    digest: result.digest,
    readyAt: new Date(),
  })
}

/** The host could not be asked, or its answer is of no use. */
export async function failPlan(ctx: Ctx, planId: string, message: string, next: string): Promise<void> {
  await close(ctx, planId, { state: 'failed', errorMessage: message, errorNext: next })
}

async function close(ctx: Ctx, planId: string, data: Prisma.PlanUpdateManyMutationInput): Promise<void> {
  await ctx.db.$transaction(async (tx) => {
    const { count } = await tx.plan.updateMany({ where: { id: planId, state: 'requested' }, data })
    if (count === 0) return
    const digest = typeof data.digest === 'string' ? data.digest : null
    await recordAudit(tx, ctx.actor, `plan.${data.state}`, 'plan', planId, { digest })
    await recordEvent(tx, 'plan', planId)
    if (data.state === 'ready') await withdrawOutplanned(tx, ctx.actor, planId)
  }, transactionLimits)
}

function faultOf({ item, digest, verdict }: PlanResult, identity: string, asked: Plan): string | null {
  if (item === null) return verdict === 'refused' ? null : 'The host agreed to a plan without describing it.'
  if (item.invariants.deviceId !== identity) return 'The host answered for another device than was asked.'
  if (item.kind !== asked.kind) return 'The host planned something else than was asked.'
  if (item.kind === 'convert') {
    if (item.invariants.zone !== asked.zone) return 'The host answered for another zone than was asked.'
  } else if (
    item.policy.floorBytes !== String(asked.floorBytes) ||
    item.policy.onPartial !== asked.onPartial
  ) {
    return 'The host answered for another floor or policy than was asked.'
  }
  return digest === digestOf(item) ? null : 'The digest the host sent is not that of the plan it sent.'
}
