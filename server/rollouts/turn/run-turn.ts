import { createPostgresStore } from '@/server/jobs/postgres-store'
import { enqueue } from '@/server/lib/queue'
import type { ServiceContext } from '@/server/lib/service-context'
import { advanceRollout } from './advance'

/**
 * One turn of a rollout and what comes of it. Jobs it started are woken by their own messages; those that are to stop
 * are asked once the turn stands, and again at the next one if this process dies in between.
 */
export async function runTurn(
  ctx: Pick<ServiceContext, 'db' | 'pg' | 'actor'>,
  rolloutId: string,
): Promise<void> {
  const { cancels, wakeAfterMs } = await advanceRollout(ctx, rolloutId)
  const store = createPostgresStore(ctx.pg)
  for (const { jobId } of cancels) {
    await store.requestCancel(jobId, ctx.actor)
    // One that nobody watches now hears of it from whoever takes it up.
    await enqueue(ctx.pg, 'run-job', { jobId }, { jobKey: `run-job:${jobId}` })
  }
  const afterMs = cancels.length > 0 ? 0 : wakeAfterMs
  if (afterMs === null) return
  // A key of its own: it must never put off a wake-up that waits for now.
  await enqueue(ctx.pg, 'rollout', { rolloutId }, { jobKey: `rollout-later:${rolloutId}`, afterMs })
}
