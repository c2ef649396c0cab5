import { recordAudit } from '@/server/audit/record'
import { recordEvent } from '@/server/events/record'
import { notFound } from '@/server/lib/domain-error'
import { inTransaction } from '@/server/lib/pg'
import { enqueue } from '@/server/lib/queue'
import type { ServiceContext } from '@/server/lib/service-context'
import { createPostgresStore } from './postgres-store'
import type { JobVerbOutcome } from './schema'
import { isEnded } from './transitions'

type Ctx = Pick<ServiceContext, 'pg' | 'actor'>

/** Asks the host of an unknown job now, instead of at the next turn: attach, or recover what is half-done. */
export async function requestRecovery(ctx: Ctx, jobId: string): Promise<JobVerbOutcome> {
  const job = await createPostgresStore(ctx.pg).readJob(jobId)
  if (job === null) throw notFound('job')
  if (job.state !== 'unknown') return notUnknown(isEnded(job.state))
  await inTransaction(ctx.pg, async (tx) => {
    await recordAudit(tx, ctx.actor, 'job.recover_requested', 'job', jobId)
    await recordEvent(tx, 'job', jobId)
    await enqueue(tx, 'run-job', { jobId }, { jobKey: `run-job:${jobId}` })
  })
  return {
    type: 'done',
    message:
      'Asking the host now. Its journal tells what was done; what is half-done is taken to its end, or back to ' +
      'how it was when a cancel was asked for or the fleet-wide stop is pulled.',
  }
}

/** Gives an unknown job up. Its host stays in quarantine: what the job did there is still not known. */
export async function markLost(ctx: Ctx, jobId: string): Promise<JobVerbOutcome> {
  const store = createPostgresStore(ctx.pg)
  switch (await store.markLost(jobId, ctx.actor)) {
    case 'missing':
      throw notFound('job')
    case 'not_unknown': {
      const job = await store.readJob(jobId)
      return notUnknown(job === null || isEnded(job.state))
    }
    case 'lost':
      return {
        type: 'done',
        message:
          'Marked lost. The host stays in quarantine until a fencing probe has made sure that nothing acts there.',
      }
  }
}

function notUnknown(ended: boolean): JobVerbOutcome {
  return ended
    ? { type: 'refused', message: 'This job has ended already.', next: 'Look at its outcome.' }
    : {
        type: 'refused',
        message: 'This job is not unknown: a worker has it in hand.',
        next: 'Wait for its end, or cancel it.',
      }
}
