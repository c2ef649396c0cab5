import type { JobContext } from './context'

/** Rows one sweep takes up of each kind; the next takes the rest. */
export const sweepBatch = 500

/** Finds jobs that ran though nobody holds them any more, that are overdue, or that wait though nobody was woken. */
export async function sweepJobs(ctx: JobContext): Promise<void> {
  for (const orphan of await ctx.store.releaseOrphans()) {
    const { jobId, state } = orphan
    ctx.log('warn', 'a job ran under a lease nobody holds', { jobId, now: state })
    // Its message is still the dead worker's: a new one takes the key, and nobody waits until that is taken for lost.
    if (state !== 'cancelled') await ctx.records.wakeJob(jobId, 0)
  }
  for (const jobId of await ctx.store.endOverdue(ctx.limits.unknownDeadlineMs)) {
    ctx.log('warn', 'a job is lost: its outcome did not arrive in time', { jobId })
  }
  const waiting = [
    ...(await ctx.store.listUnattended(sweepBatch)),
    ...(await ctx.store.listRunnable(sweepBatch)),
  ]
  await ctx.records.wakeUnawaitedJobs(
    waiting.map(({ jobId }) => jobId),
    // Nobody holds a job's host for longer than a lease without saying so: then its message was lost, not slow.
    Math.min(ctx.limits.messageLostMs, ctx.limits.lease.ttlMs),
  )
}
