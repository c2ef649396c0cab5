import type { z } from 'zod'
import { notFound } from '@/server/lib/domain-error'
import { enqueue } from '@/server/lib/queue'
import type { ServiceContext } from '@/server/lib/service-context'
import { createPostgresStore } from './postgres-store'
import type { cancelJobOutput } from './schema'

/** Cancels before the first write, or says honestly that it is too late for that. */
export async function cancelJob(
  ctx: Pick<ServiceContext, 'pg' | 'actor'>,
  jobId: string,
): Promise<z.infer<typeof cancelJobOutput>> {
  const store = createPostgresStore(ctx.pg)
  const result = await store.requestCancel(jobId, ctx.actor)
  switch (result) {
    case 'missing':
      throw notFound('job')
    case 'ended':
      return { type: 'refused', message: 'This job has ended already.', next: 'Look at its outcome.' }
    case 'cancelled':
      return { type: 'requested', message: 'Cancelled. Nothing was written on the host.' }
    case 'asked_before_go':
      return {
        type: 'requested',
        message: 'Asked to stop. Nothing has been written yet, and no permission to write will be given.',
      }
    case 'asked_after_go':
      if ((await store.readJob(jobId))?.state === 'unknown') {
        // Nobody watches it now who could be told: whoever takes it up begins with the stop.
        await enqueue(ctx.pg, 'run-job', { jobId }, { jobKey: `run-job:${jobId}` })
        return {
          type: 'requested',
          message:
            'Asked to stop. What became of the job is not known; the host is asked now. What still acts there rests at ' +
            'the next safe point, and what is half-done goes back to how it was, as far as that is safe.',
        }
      }
      return {
        type: 'requested',
        message:
          'Asked to stop. The host was told to go on already, so it rests at the next safe point: ' +
          'as it was, as far as that is safe. What came of it is read back.',
      }
  }
}
