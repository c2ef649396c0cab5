import { isEnded } from '@/server/jobs/transitions'
import { type HeldHost, holdHost } from '@/server/leases/hold'
import { enqueue } from '@/server/lib/queue'
import { wakeRolloutsOn } from '@/server/rollouts/wake'
import { attachJob } from './attach-job'
import type { WorkerContext } from './context'
import { convertJob } from './convert-job'

/**
 * What a wake-up for a job leads to. The message proves nothing: the job may have ended, be another worker's, or wait
 * for its host. Who may act is decided by the host's lease and by the claim; whoever loses either goes away.
 */
export async function runJob(ctx: WorkerContext, jobId: string): Promise<void> {
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
  await wakeRolloutsOn(ctx.pg, job.hostId)
}

async function act(ctx: WorkerContext, held: HeldHost, jobId: string): Promise<void> {
  const claimed = await ctx.store.claimJob(jobId, held.token)
  if (claimed === 'claimed') await convertJob(ctx, held, jobId)
  else if (claimed === 'not_queued') await attachJob(ctx, held, jobId)
}

/** The host is free: wakes whatever waits for it, an unknown job first. Lost wake-ups are the sweep's. */
async function wakeNext(ctx: WorkerContext, hostId: string): Promise<void> {
  const waiting = await ctx.db.job.findMany({
    where: { hostId, state: { in: ['unknown', 'queued'] } },
    orderBy: [{ state: 'desc' }, { createdAt: 'asc' }],
    select: { id: true, state: true, runAfter: true },
  })
  const next = waiting[0]
  if (next === undefined) return
  // Compared with this process's clock only to choose a pause; whether it is due, the database decides.
  const dueMs = Math.max(0, next.runAfter.getTime() - Date.now())
  const afterMs = next.state === 'unknown' ? ctx.limits.reattachMs : dueMs
  await enqueue(ctx.pg, 'run-job', { jobId: next.id }, { jobKey: `run-job:${next.id}`, afterMs })
}
