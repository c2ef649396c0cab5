import type { z } from 'zod'
import { Prisma } from '@/prisma/generated/client'
import { recordAudit } from '@/server/audit/record'
import type { Principal } from '@/server/auth/principal'
import { tellApprovalsChanged } from '@/server/events/record'
import { notFound } from '@/server/lib/domain-error'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import { hoursValid } from './policy'
import { rulesFor } from './rules'
import type { requestApprovalInput, requestApprovalOutput } from './schema'

type Ctx = Pick<ServiceContext, 'db' | 'actor'> & { user: Principal }
type Outcome = z.infer<typeof requestApprovalOutput>
type Tx = Prisma.TransactionClient

/** Asks for somebody else's approval of what stands under `digest`. Throws DomainError when it is gone. */
export async function requestApproval(
  ctx: Ctx,
  { planId, rolloutId, digest, note }: z.infer<typeof requestApprovalInput>,
): Promise<Outcome> {
  try {
    return await ctx.db.$transaction(async (tx): Promise<Outcome> => {
      const found =
        planId === undefined ? await rolloutOf(tx, rolloutId ?? '', digest) : await planOf(tx, planId, digest)
      if ('type' in found) return found
      const rules = await rulesFor(tx, found.hosts)
      if (rules.length === 0)
        return refused('No second person is needed for this.', 'Approve it with the role approver.')
      const id = planId === undefined ? { rolloutId: rolloutId ?? '' } : { planId }
      // One that has run out and was not swept yet must not stand in the way.
      await tx.approvalRequest.updateMany({
        where: { ...id, state: 'waiting', expiresAt: { lte: new Date() } },
        data: { state: 'expired', decidedAt: new Date(), reason: 'Nobody decided in time.' },
      })
      const expiresAt = new Date(Date.now() + (await hoursValid(tx)) * 3_600_000)
      const request = await tx.approvalRequest.create({
        data: { ...id, digest, note, rules, expiresAt, requesterId: ctx.user.id, requestedBy: ctx.actor.id },
      })
      await recordAudit(tx, ctx.actor, 'approval.requested', 'approval', request.id, {
        ...id,
        digest,
        rules,
        note,
      })
      await tellApprovalsChanged(tx)
      return { type: 'requested', requestId: request.id, expiresAt }
    }, transactionLimits)
  } catch (error) {
    if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002')
      return refused(
        'Somebody has asked for this already.',
        'Wait for the decision, or withdraw the request.',
      )
    throw error
  }
}

type Found = { hosts: { name: string; labels: unknown }[] } | Extract<Outcome, { type: 'refused' }>

async function planOf(tx: Tx, planId: string, digest: string): Promise<Found> {
  const plan = await tx.plan.findUnique({ where: { id: planId }, include: { host: true } })
  if (plan === null) throw notFound('plan')
  if (plan.state !== 'ready' || plan.digest === null)
    return refused('There is nothing to approve: the host has no plan for it.', 'Ask the host for a plan.')
  if (plan.digest !== digest) return changed
  if ((await tx.job.count({ where: { planId } })) > 0)
    return refused('This plan was approved already.', 'Make a new plan.')
  return { hosts: [plan.host] }
}

async function rolloutOf(tx: Tx, rolloutId: string, digest: string): Promise<Found> {
  const rollout = await tx.rollout.findUnique({ where: { id: rolloutId } })
  if (rollout === null) throw notFound('rollout')
  if (rollout.state !== 'ready')
    return refused(`This rollout is ${rollout.state}: it cannot be approved.`, 'Reload the page.')
  if (rollout.digest !== digest) return changed
  const hosts = await tx.host.findMany({
    where: { rolloutItems: { some: { rolloutId, state: 'planned' } } },
    select: { name: true, labels: true },
  })
  return { hosts }
}

const refused = (message: string, next: string): Extract<Outcome, { type: 'refused' }> => ({
  type: 'refused',
  message,
  next,
})
const changed = refused('What you saw has changed since.', 'Reload the page and read it again.')
