import type { z } from 'zod'
import { notFound } from '@/server/lib/domain-error'
import type { ServiceContext } from '@/server/lib/service-context'
import { createPostgresStore } from './postgres-store'
import type { cancelJobOutput } from './schema'

/** Cancels before the first write, or says honestly that it is too late for that. */
export async function cancelJob(
  ctx: Pick<ServiceContext, 'pg' | 'actor'>,
  jobId: string,
): Promise<z.infer<typeof cancelJobOutput>> {
  const result = await createPostgresStore(ctx.pg).requestCancel(jobId, ctx.actor)
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
      return {
        type: 'requested',
        message:
          'Asked to stop. The host was told to go on already, so it rests at the next safe point: back on device_dax if ' +
          'no block is there yet; on kmem with its blocks offline if they are; at the end if they are being onlined.',
      }
  }
}
