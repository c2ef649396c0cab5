import type { z } from 'zod'
import { Prisma } from '@/prisma/generated/client'
import { rulesFor, secondPersonWords } from '@/server/approvals/rules'
import { recordAudit } from '@/server/audit/record'
import { recordEvent } from '@/server/events/record'
import type { SecondPerson } from '@/server/jobs/queue-job'
import { notFound } from '@/server/lib/domain-error'
import { enqueue } from '@/server/lib/queue'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import { rolloutPhrase } from '@/server/plans/phrase'
import { takesAway } from '@/server/plans/vocabulary'
import { lockRollout } from '../rows/load'
import type { approveRolloutInput, RolloutVerbOutcome } from '../schema'
import { digestOfPlanned } from './digest'
import { breaksFloor } from './fleet-floor'

type Input = z.infer<typeof approveRolloutInput>

/** Approves exactly what was seen, and lets it begin: one transaction, so that both stand or neither. */
export async function approveRollout(
  ctx: Pick<ServiceContext, 'db' | 'actor'>,
  input: Input,
): Promise<RolloutVerbOutcome> {
  try {
    return await ctx.db.$transaction((tx) => approveWithin(tx, ctx.actor, input, null), transactionLimits)
  } catch (error) {
    // Two rollouts with one device, approved at one moment: the partial unique index lets one through.
    if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002') return taken
    throw error
  }
}

/** As approveRollout, in the caller's transaction; with `second` it is the second person who approves. */
export async function approveWithin(
  tx: Prisma.TransactionClient,
  actor: ServiceContext['actor'],
  { rolloutId, digest, phrase }: Input,
  second: SecondPerson | null,
): Promise<RolloutVerbOutcome> {
  const locked = await lockRollout(tx, rolloutId, 'turn')
  if (locked === null) throw notFound('rollout')
  const row = await tx.rollout.findUniqueOrThrow({ where: { id: rolloutId } })
  if (row.state === 'planning') return refused('Not every device is planned yet.', 'Wait for the plans.')
  if (row.state !== 'ready')
    return refused(`This rollout is ${row.state}: it cannot be approved.`, 'Reload the page.')
  if (row.digest === null || row.digest !== digest)
    return refused('What you saw is not this rollout any more.', 'Reload the page and read it again.')
  // A host that was removed since has taken its devices along: then this is no longer what was planned.
  if ((await digestOfPlanned(tx, locked)) !== digest)
    return refused('The list has changed since it was planned: a host was removed.', 'Make the rollout anew.')
  const items = await tx.rolloutItem.findMany({
    where: { rolloutId, state: 'planned' },
    select: { hostId: true, gainBytes: true, host: { select: { name: true, labels: true } } },
  })
  const hostCount = new Set(items.map(({ hostId }) => hostId)).size
  const expected = rolloutPhrase(locked.kind, items.length, hostCount, movedBytes(items))
  if (phrase.trim() !== expected) return refused('The phrase does not match.', `Type: ${expected}`)
  const hosts = new Map(items.map(({ hostId, host }) => [hostId, host]))
  const rules = second === null ? await rulesFor(tx, [...hosts.values()]) : []
  if (rules.length > 0) return { type: 'refused', ...secondPersonWords(rules) }
  if (takesAway(locked.kind)) {
    const broken = await breaksFloor(tx, items)
    if (broken !== null) return refused(broken.message, broken.next)
  }
  const elsewhere = await tx.rolloutItem.findFirst({
    where: {
      device: { rolloutItems: { some: { rolloutId, state: 'planned' } } },
      state: { in: ['pending', 'running'] },
    },
    include: { host: { select: { name: true } }, rollout: { select: { name: true } } },
  })
  if (elsewhere !== null)
    return refused(
      `A device of ${elsewhere.host.name} is in the rollout ${elsewhere.rollout.name} already.`,
      'Wait for the end of that one, then make this rollout anew.',
    )
  await tx.rolloutItem.updateMany({ where: { rolloutId, state: 'planned' }, data: { state: 'pending' } })
  const approvedAt = new Date(locked.nowMs)
  await tx.rollout.update({
    where: { id: rolloutId },
    data: { state: 'running', approvedBy: actor.id, approvedAt, approvalEndsAt: second?.endsAt ?? null },
  })
  const asked = second === null ? {} : { requestId: second.requestId, requestedBy: second.requestedBy }
  await recordAudit(tx, actor, 'rollout.approved', 'rollout', rolloutId, {
    digest,
    phrase: expected,
    ...asked,
  })
  await recordEvent(tx, 'rollout', rolloutId)
  await enqueue(tx, 'rollout', { rolloutId }, { jobKey: `rollout:${rolloutId}` })
  return { type: 'done', message: 'Approved. The first wave begins now.' }
}

/** What comes or goes, of all of them together. */
function movedBytes(items: readonly { gainBytes: bigint | null }[]): bigint {
  const gain = items.reduce((sum, { gainBytes }) => sum + (gainBytes ?? 0n), 0n)
  return gain < 0n ? -gain : gain
}

const refused = (message: string, next: string): RolloutVerbOutcome => ({ type: 'refused', message, next })
const taken = refused(
  'Another rollout with one of these devices was approved at this moment.',
  'Reload the page.',
)
