import type { JobDetail } from '@/server/jobs/schema'
import { isUntouched } from './run-words'

const SAFE_POINT =
  'back on device_dax while no block of it is there, else on kmem with the blocks that are not online yet left offline'

/** What stopping a run means at this very moment; once it was asked for, what comes of it. */
export function stopMeaning(job: Pick<JobDetail, 'state' | 'stuck' | 'cancelRequestedAt'>): string {
  const asked = job.cancelRequestedAt !== null
  if (isUntouched(job.state))
    return asked
      ? 'Nothing has been written, and no leave to write will be given.'
      : 'Nothing has been written yet: stopping now leaves the host as it is.'
  if (job.state === 'unknown')
    return asked
      ? 'It is passed on as soon as the host is reached. What is half-done goes back to device_dax, as long as no block of it is there.'
      : 'The host may be writing without us. A stop is passed on as soon as it is reached: what is half-done goes back to device_dax, as long as no block of it is there.'
  if (job.stuck !== null)
    return asked
      ? `It takes effect once the write has come back from the kernel: ${SAFE_POINT}.`
      : `A write is in the kernel, which nobody can call back. A stop takes effect once it has come back: ${SAFE_POINT}.`
  if (job.state === 'verifying')
    return 'All is written; the host only reads back what came of it. A stop changes nothing any more.'
  return asked
    ? `It rests at the next safe point: ${SAFE_POINT}.`
    : `Writes have begun. Stopping rests at the next safe point: ${SAFE_POINT}.`
}
