import { isEnded } from '@/server/jobs/transitions'
import { type HeldHost, holdHost } from '@/server/leases/hold'
import { actOnJob } from './act-on-job'
import { attachJob } from './attach-job'
import type { JobContext } from './context'

/**
 * What a wake-up for a job leads to. The message proves nothing: the job may have ended, be another worker's, or wait
 * for its host. Who may act is decided by the host's lease and by the claim; whoever loses either goes away.
 */
export async function runJob(ctx: JobContext, jobId: string): Promise<void> {
  if (ctx.draining.aborted) return
  const job = await ctx.store.readJob(jobId)
  if (job === null || isEnded(job.state)) return
  const held = await holdHost(ctx.store, job.hostId, ctx.holder, ctx.limits.lease)
  // Held by another job's worker, which wakes the next one when it is done.
  if (held === null) return
  try {
    await act(ctx, held, jobId)
  } finally {
    await held.release()
  }
  await wakeNext(ctx, job.hostId)
  await ctx.records.wakeRolloutsOn(job.hostId)
}

async function act(ctx: JobContext, held: HeldHost, jobId: string): Promise<void> {
  const claimed = await ctx.store.claimJob(jobId, held.token)
  if (claimed === 'claimed') await actOnJob(ctx, held, jobId)
  else if (claimed === 'not_queued') await attachJob(ctx, held, jobId)
}

/** The host is free: wakes whatever waits for it, an unknown job first. Lost wake-ups are the sweep's. */
async function wakeNext(ctx: JobContext, hostId: string): Promise<void> {
  const [next] = await ctx.records.listWaiting(hostId)
  if (next === undefined) return
  const afterMs = next.state === 'unknown' ? ctx.limits.reattachMs : Math.max(0, next.dueInMs)
  await ctx.records.wakeJob(next.jobId, afterMs)
}
