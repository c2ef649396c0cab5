import type { z } from 'zod'
import type { PlanItem, PlanResult } from '@/agents/protocol'
import { Prisma } from '@/prisma/generated/client'
import { recordAudit } from '@/server/audit/record'
import { recordEvent } from '@/server/events/record'
import { lockHost } from '@/server/hosts/transitions'
import { notFound } from '@/server/lib/domain-error'
import { enqueue } from '@/server/lib/queue'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import { approvalPhrase } from '@/server/plans/phrase'
import type { startJobInput, startJobOutput } from './schema'

type Tx = Prisma.TransactionClient
type Output = z.infer<typeof startJobOutput>

/** Approves the plan as it was seen and queues its one job; one transaction, so that both stand or neither. */
export async function startJob(
  ctx: Pick<ServiceContext, 'db' | 'actor'>,
  input: z.infer<typeof startJobInput>,
): Promise<Output> {
  try {
    return await ctx.db.$transaction((tx) => approve(tx, ctx.actor, input), transactionLimits)
  } catch (error) {
    // Two clicks at one moment: the partial unique index lets one through.
    if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002') return busy
    throw error
  }
}

async function approve(
  tx: Tx,
  actor: ServiceContext['actor'],
  { planId, digest, phrase }: z.infer<typeof startJobInput>,
): Promise<Output> {
  const plan = await tx.plan.findUnique({ where: { id: planId }, include: { device: true, host: true } })
  if (plan === null) throw notFound('plan')
  const host = await lockHost(tx, plan.hostId)
  if (host === null) throw notFound('host')
  const result = plan.result as unknown as PlanResult | null
  const item = result?.item ?? null
  if (plan.state !== 'ready' || result === null)
    return refused('The host has not answered yet.', 'Wait for the plan.')
  if (result.verdict === 'refused' || item === null)
    return refused(
      result.refusals[0]?.message ?? 'The host refuses this conversion.',
      result.refusals[0]?.next ?? 'Look at the plan.',
    )
  if (plan.digest !== digest)
    return refused('What you saw is not this plan any more.', 'Reload the page and read the plan again.')
  const expected = approvalPhrase(item.preconditions.daxName, host.name)
  if (phrase.trim() !== expected) return refused('The phrase does not match.', `Type: ${expected}`)
  if (host.state !== 'ready')
    return refused(
      `${host.name} is not ready. ${host.stateMessage}`.trim(),
      host.stateNext || 'Probe the host.',
    )
  const stop = await tx.fleetStop.findFirst()
  if (stop === null || stop.pulled)
    return refused('The fleet-wide stop is pulled.', 'Release it, then start the conversion again.')
  const carriedOut = await tx.job.findFirst({
    where: { planId, state: { in: ['converted', 'already', 'partial', 'stranded', 'lost'] } },
  })
  if (carriedOut !== null)
    return refused('This plan was carried out already.', 'Make a new plan and look at what is left to do.')
  const open = await tx.job.findFirst({ where: { deviceId: plan.deviceId, endedAt: null } })
  if (open !== null) return busy

  const job = await tx.job.create({
    data: {
      hostId: host.id,
      deviceId: plan.deviceId,
      planId,
      digest,
      zone: plan.zone,
      approvedBy: actor.id,
      predictedBytes: BigInt(item.prediction.usableBytes),
      onlineBytesBefore: onlineBytesBefore(item),
      bootId: item.invariants.bootId,
    },
  })
  await recordAudit(tx, actor, 'job.approved', 'job', job.id, { planId, digest, phrase: expected })
  await recordEvent(tx, 'job', job.id)
  await recordEvent(tx, 'host', host.id)
  await enqueue(tx, 'run-job', { jobId: job.id }, { jobKey: `run-job:${job.id}` })
  return { type: 'started', jobId: job.id }
}

/** Blocks of the device that read online when the plan was made, times the block size. */
function onlineBytesBefore({ preconditions, invariants }: PlanItem): bigint {
  const blocks = preconditions.plannedBlocksOnline.reduce((sum, [first, last]) => sum + last - first + 1, 0)
  return BigInt(blocks) * BigInt(invariants.blockSizeBytes)
}

const refused = (message: string, next: string): Output => ({ type: 'refused', message, next })

const busy = refused(
  'A job for this device waits or runs already.',
  'Open it on the Runs page, and wait for its end.',
)
