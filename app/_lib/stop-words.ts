import type { JobDetail } from '@/server/jobs/schema'
import type { PlanKind } from '@/server/plans/vocabulary'
import { isUntouched } from './run-words'

const SAFE_POINTS: Readonly<Record<PlanKind, string>> = {
  convert:
    'back on device_dax while no block of it is there, else on kmem with the blocks that are not online yet left offline',
  restore:
    'online as it was while kmem holds the device, or left in part where the plan says so; once kmem has let go, on device_dax',
  online: 'on kmem, with the blocks that are not online yet left offline',
  offline: 'online as it was, or left in part where the plan says so; kmem keeps the device',
  persist: 'between two files, each of which is whole or not there',
  unpersist: 'between two files, each of which is there or gone',
}
const WAYS_BACK: Readonly<Record<PlanKind, string>> = {
  convert: 'goes back to device_dax, as long as no block of it is there',
  restore: 'comes back online, as long as kmem holds the device',
  online: 'is left as it is, some blocks online',
  offline: 'comes back online, as long as kmem holds the device',
  persist: 'is taken away again',
  unpersist: 'stays as it is',
}

/** What stopping a run means at this very moment; once it was asked for, what comes of it. */
export function stopMeaning(job: Pick<JobDetail, 'kind' | 'state' | 'stuck' | 'cancelRequestedAt'>): string {
  const safePoint = SAFE_POINTS[job.kind]
  const wayBack = WAYS_BACK[job.kind]
  const asked = job.cancelRequestedAt !== null
  if (isUntouched(job.state))
    return asked
      ? 'Nothing has been written, and no leave to write will be given.'
      : 'Nothing has been written yet: stopping now leaves the host as it is.'
  if (job.state === 'unknown')
    return asked
      ? `It is passed on as soon as the host is reached. What is half-done ${wayBack}.`
      : `The host may be writing without us. A stop is passed on as soon as it is reached: what is half-done ${wayBack}.`
  if (job.stuck !== null)
    return asked
      ? `It takes effect once the write has come back from the kernel: ${safePoint}.`
      : `A write is in the kernel, which nobody can call back. A stop takes effect once it has come back: ${safePoint}.`
  if (job.state === 'verifying')
    return 'All is written; the host only reads back what came of it. A stop changes nothing any more.'
  return asked
    ? `It rests at the next safe point: ${safePoint}.`
    : `Writes have begun. Stopping rests at the next safe point: ${safePoint}.`
}
