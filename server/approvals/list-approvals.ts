import type { z } from 'zod'
import type { Prisma } from '@/prisma/generated/client'
import type { Principal } from '@/server/auth/principal'
import { notFound } from '@/server/lib/domain-error'
import type { ServiceContext } from '@/server/lib/service-context'
import { rulesFor } from './rules'
import {
  type ApprovalRequestView,
  type ApprovalSubject,
  approvalRequestSchema,
  type approvalStandingOutput,
  type listApprovalsInput,
  type listApprovalsOutput,
} from './schema'

type Ctx = Pick<ServiceContext, 'db' | 'pg'> & { user: Principal }

const parts = {
  plan: { include: { host: { select: { name: true } }, device: { select: { daxName: true } } } },
  rollout: { select: { name: true, kind: true, zone: true } },
} as const
type Row = Prisma.ApprovalRequestGetPayload<{ include: typeof parts }>

/** Requests, those that wait first, then the latest. */
export async function listApprovals(
  ctx: Ctx,
  { states, limit }: z.infer<typeof listApprovalsInput>,
): Promise<z.infer<typeof listApprovalsOutput>> {
  const [rows, waiting] = await Promise.all([
    ctx.db.approvalRequest.findMany({
      where: states.length === 0 ? {} : { state: { in: states } },
      // The states of the enum stand in this order.
      orderBy: [{ state: 'asc' }, { requestedAt: 'desc' }],
      take: limit,
      include: parts,
    }),
    ctx.db.approvalRequest.count({ where: { state: 'waiting', expiresAt: { gt: new Date() } } }),
  ])
  return { requests: await viewsOf(ctx, rows), waiting }
}

/** What the page of a plan or a rollout has to know. Throws DomainError when it is gone. */
export async function approvalStanding(
  ctx: Ctx,
  subject: ApprovalSubject,
): Promise<z.infer<typeof approvalStandingOutput>> {
  const { planId, rolloutId = null } = subject
  const where = planId === undefined ? { rolloutId } : { planId }
  const row = await ctx.db.approvalRequest.findFirst({
    where,
    orderBy: { requestedAt: 'desc' },
    include: parts,
  })
  const [request = null] = row === null ? [] : await viewsOf(ctx, [row])
  return { rules: await rulesFor(ctx.db, await hostsOf(ctx, subject)), request }
}

async function hostsOf({ db }: Ctx, { planId, rolloutId = '' }: ApprovalSubject) {
  if (planId !== undefined) {
    const plan = await db.plan.findUnique({ where: { id: planId }, select: { host: true } })
    if (plan === null) throw notFound('plan')
    return [plan.host]
  }
  if ((await db.rollout.count({ where: { id: rolloutId } })) === 0) throw notFound('rollout')
  return db.host.findMany({
    where: { rolloutItems: { some: { rolloutId } } },
    select: { name: true, labels: true },
  })
}

async function viewsOf({ pg, user }: Ctx, rows: readonly Row[]): Promise<ApprovalRequestView[]> {
  const rolloutIds = rows.flatMap(({ rolloutId }) => (rolloutId === null ? [] : [rolloutId]))
  const counted = await pg.query<{ rolloutId: string; devices: number; hosts: number }>(
    `SELECT "rolloutId", count(*)::int AS devices, count(DISTINCT "hostId")::int AS hosts FROM "RolloutItem"
     WHERE "rolloutId" = ANY($1::uuid[]) AND state NOT IN ('planning', 'excluded') GROUP BY 1`,
    [rolloutIds],
  )
  return rows.map((row) => {
    const { plan, rollout, rolloutId, requesterId } = row
    const sums = counted.rows.find((each) => each.rolloutId === rolloutId)
    const { devices, hosts } = plan === null ? { devices: 0, hosts: 0, ...sums } : { devices: 1, hosts: 1 }
    const isOver = row.state === 'waiting' && row.expiresAt.getTime() <= Date.now()
    return approvalRequestSchema.parse({
      ...row,
      state: isOver ? 'expired' : row.state,
      title: plan === null ? rollout?.name : `${plan.device.daxName} on ${plan.host.name}`,
      kind: (plan ?? rollout)?.kind,
      zone: (plan ?? rollout)?.zone ?? null,
      hostId: plan?.hostId ?? null,
      deviceId: plan?.deviceId ?? null,
      ...{ devices, hosts, isMine: requesterId === user.id },
    })
  })
}
