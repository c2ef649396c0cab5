import type { z } from 'zod'
import { Prisma } from '@/prisma/generated/client'
import { telling } from '@/server/events/outbox'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import { busy, type QueuedJob, queueJob } from './queue-job'
import type { startJobInput, startJobOutput } from './schema'

/** Approves the plan as it was seen and queues its one job; one transaction, so that both stand or neither. */
export async function startJob(
  ctx: Pick<ServiceContext, 'db' | 'actor'>,
  { planId, digest, phrase }: z.infer<typeof startJobInput>,
): Promise<z.infer<typeof startJobOutput>> {
  const queued = await ctx.db
    .$transaction(
      (tx) =>
        telling(tx, ctx.actor, (outbox) =>
          queueJob(tx, ctx.actor, { planId, digest }, { type: 'phrase', phrase }, outbox),
        ),
      transactionLimits,
    )
    .catch((error: unknown): QueuedJob => {
      // Two clicks at one moment: the partial unique index lets one through.
      if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002') return busy
      throw error
    })
  if (queued.type === 'queued') return { type: 'started', jobId: queued.jobId }
  return { type: 'refused', message: queued.message, next: queued.next }
}
