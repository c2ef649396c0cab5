import type { z } from 'zod'
import { type ApprovalRequest, Prisma } from '@/prisma/generated/client'
import { recordAudit } from '@/server/audit/record'
import type { Principal } from '@/server/auth/principal'
import { covers, rightOf, roles } from '@/server/auth/vocabulary'
import { telling } from '@/server/events/outbox'
import { tellApprovalsChanged } from '@/server/events/record'
import { queueJob, type SecondPerson } from '@/server/jobs/queue-job'
import { notFound } from '@/server/lib/domain-error'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import { approveWithin } from '@/server/rollouts/plan/approve-rollout'
import { hoursValid } from './policy'
import type { approveInput, DecideOutcome, rejectInput, requestIdInput } from './schema'
import { withdrawWaiting } from './withdraw'

type Ctx = Pick<ServiceContext, 'db' | 'actor'> & { user: Principal }
type Tx = Prisma.TransactionClient

/**
 * Gives the second person's approval: of exactly what was asked for, by somebody else, in time. What was approved begins
 * in this transaction, or the request stays as it is and the answer says why.
 */
export async function approve(ctx: Ctx, input: z.infer<typeof approveInput>): Promise<DecideOutcome> {
  try {
    return await ctx.db.$transaction((tx) => approveIn(tx, ctx, input), transactionLimits)
  } catch (error) {
    if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002')
      return refused('Another run with one of these devices was begun at this moment.', 'Reload the page.')
    throw error
  }
}

async function approveIn(
  tx: Tx,
  { user, actor }: Ctx,
  { requestId, digest, phrase }: z.infer<typeof approveInput>,
): Promise<DecideOutcome> {
  // Whoever changes the policy waits for this, or this for them: what was withdrawn is seen to be.
  await tx.$queryRaw`SELECT 1 FROM "TwoPersonPolicy" FOR SHARE`
  const request = await lock(tx, requestId)
  const no = notOpen(request) ?? (await notTheirs(tx, request, user))
  if (no !== null) return no
  if (request.digest !== digest)
    return refused('What you saw is not what was asked for.', 'Reload the page and read it again.')
  const second: SecondPerson = {
    type: 'second_person',
    requestId,
    requestedBy: request.requestedBy,
    phrase,
    endsAt: new Date(Date.now() + (await hoursValid(tx)) * 3_600_000),
  }
  let jobId: string | null = null
  if (request.planId !== null) {
    const { planId } = request
    const queued = await telling(tx, actor, (outbox) =>
      queueJob(tx, actor, { planId, digest }, second, outbox),
    )
    if (queued.type === 'refused') return refused(queued.message, queued.next)
    jobId = queued.jobId
  } else {
    const rolloutId = request.rolloutId ?? ''
    const answer = await approveWithin(tx, actor, { rolloutId, digest, phrase }, second)
    if (answer.type === 'refused') return answer
  }
  await settle(tx, { user, actor }, request, { state: 'approved', reason: '', jobId })
  return { type: 'done', message: 'Approved. It begins now.', jobId }
}

/** Says no, and why. */
export function reject(ctx: Ctx, { requestId, reason }: z.infer<typeof rejectInput>): Promise<DecideOutcome> {
  return ctx.db.$transaction(async (tx): Promise<DecideOutcome> => {
    const request = await lock(tx, requestId)
    const no = notOpen(request)
    if (no !== null) return no
    if (request.requesterId === ctx.user.id)
      return refused('This is your own request.', 'Withdraw it instead.')
    await settle(tx, ctx, request, { state: 'rejected', reason, jobId: null })
    return { type: 'done', message: 'Rejected. Nothing was written.', jobId: null }
  }, transactionLimits)
}

/** Takes one's own request back. */
export function withdraw(ctx: Ctx, { requestId }: z.infer<typeof requestIdInput>): Promise<DecideOutcome> {
  return ctx.db.$transaction(async (tx): Promise<DecideOutcome> => {
    const request = await lock(tx, requestId)
    const no = notOpen(request)
    if (no !== null) return no
    if (request.requesterId !== ctx.user.id)
      return refused(`This is the request of ${request.requestedBy}.`, 'An approver can reject it.')
    await withdrawWaiting(tx, ctx.actor, { id: requestId }, 'Taken back by whoever asked.')
    return { type: 'done', message: 'Withdrawn. Nothing was written.', jobId: null }
  }, transactionLimits)
}

async function lock(tx: Tx, requestId: string): Promise<ApprovalRequest> {
  await tx.$queryRaw`SELECT 1 FROM "ApprovalRequest" WHERE id = ${requestId}::uuid FOR UPDATE`
  const request = await tx.approvalRequest.findUnique({ where: { id: requestId } })
  if (request === null) throw notFound('request')
  return request
}

function notOpen({ state, expiresAt, reason }: ApprovalRequest): DecideOutcome | null {
  if (state !== 'waiting')
    return refused(`This request is ${state} already. ${reason}`.trim(), 'Reload the page.')
  if (expiresAt.getTime() > Date.now()) return null
  return refused('This request has run out: nobody decided in time.', 'Have it asked for again.')
}

/** Two people: another account than the one that asked, and that one still somebody who may ask. */
async function notTheirs(tx: Tx, request: ApprovalRequest, user: Principal): Promise<DecideOutcome | null> {
  if (request.requesterId === user.id)
    return refused(
      'You asked for this yourself: another person has to approve it.',
      'Wait for somebody else.',
    )
  const requester = await tx.user.findUnique({ where: { id: request.requesterId } })
  const role = roles.find((each) => each === requester?.role) ?? 'viewer'
  if (requester === null || requester.disabledAt !== null || !covers(rightOf(role), 'operate'))
    return refused(
      `${request.requestedBy} may no longer ask for it.`,
      'Reject it; somebody who may can ask again.',
    )
  return null
}

async function settle(
  tx: Tx,
  { user, actor }: Pick<Ctx, 'user' | 'actor'>,
  { id, planId, rolloutId, digest, requestedBy }: ApprovalRequest,
  end: { state: 'approved' | 'rejected'; reason: string; jobId: string | null },
): Promise<void> {
  await tx.approvalRequest.update({
    where: { id },
    data: { ...end, deciderId: user.id, decidedBy: actor.id, decidedAt: new Date() },
  })
  const detail = { planId, rolloutId, digest, requestedBy, reason: end.reason }
  await recordAudit(tx, actor, `approval.${end.state}`, 'approval', id, detail)
  await tellApprovalsChanged(tx)
}

const refused = (message: string, next: string): Extract<DecideOutcome, { type: 'refused' }> => ({
  type: 'refused',
  message,
  next,
})
