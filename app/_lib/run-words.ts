import type { JobDetail } from '@/server/jobs/schema'
import { isEnded, jobMark, type Mark, STUCK } from './states'

const UNTOUCHED: ReadonlySet<string> = new Set(['queued', 'dispatching', 'preflight'])

/** True while no host was told to go on: whatever happens to the run now, nothing has been written. */
export function isUntouched(state: JobDetail['state']): boolean {
  return UNTOUCHED.has(state)
}

/** True while the run goes on and nobody looks after it. */
export function isAlone({ attendance }: Pick<JobDetail, 'attendance'>): boolean {
  return attendance !== null && attendance.type !== 'attended'
}

export const UNATTENDED: Mark = { tone: 'lost', word: 'Unattended' }

/** A run's mark on its own page, where it is known whether anybody runs it. */
export function runMark(job: Pick<JobDetail, 'kind' | 'state' | 'attendance' | 'stuck'>): Mark {
  if (job.stuck !== null) return STUCK
  const waits = job.state === 'queued' || job.state === 'unknown'
  return isAlone(job) && !waits ? UNATTENDED : jobMark(job)
}

const WELL: ReadonlySet<string> = new Set(['converted', 'restored', 'persisted', 'unpersisted', 'already'])

/** How a step looks that the run has not come to: one that ended will not come to it any more. */
export function notBegun(state: JobDetail['state']): Mark {
  if (!isEnded(state)) {
    return state === 'unknown' ? { tone: 'lost', word: 'not known yet' } : { tone: 'wait', word: 'pending' }
  }
  if (state === 'lost') return { tone: 'lost', word: 'not known' }
  const isWell = WELL.has(state)
  return { tone: 'skip', word: isWell ? 'not needed' : 'not reached' }
}

/** Of a step that whoever did it did not live to end: as little as of its last write. */
export const CUT_SHORT: Mark = { tone: 'lost', word: 'how it ended is not known' }

/** How a step looks that had begun and not ended when the run did. */
export function cutShort(state: JobDetail['state']): Mark {
  return state === 'cancelled' || state === 'refused' ? { tone: 'skip', word: 'stopped here' } : CUT_SHORT
}

/** Where the journal may have lines that never came. */
function isIncomplete(job: Pick<JobDetail, 'causeCode'>): boolean {
  return job.causeCode === 'agent_died' || job.causeCode === 'host_restarted'
}

/** What stands in the place of a list of writes that has none. */
export function noWrites(job: Pick<JobDetail, 'state' | 'causeCode'>): string {
  if (!isEnded(job.state)) return 'The first write comes after the preflight.'
  if (job.state === 'lost')
    return "No line of the host's journal arrived: whether anything was written is not known."
  if (isIncomplete(job)) return "The host's journal names no write."
  return 'Nothing was written to the host.'
}

/**
 * True when there is something to set beside what was there before. A refused run wrote nothing: what differs then was
 * somebody else's doing, before it, and is no change of its own.
 */
export function hasReadBack(
  job: Pick<JobDetail, 'state' | 'onlineBytesAfter' | 'memTotalBytesAfter' | 'blocksAfter'>,
) {
  if (job.state === 'refused') return false
  return job.onlineBytesAfter !== null || job.memTotalBytesAfter !== null || job.blocksAfter !== null
}

/** Why an ended run has no before and after. */
export function noReadBack(job: Pick<JobDetail, 'state' | 'causeCode' | 'writes'>): string {
  if (job.state === 'lost')
    return 'What became of the device is not known: nothing was read back. A probe reads what the kernel shows now.'
  if (job.writes.length > 0 || isIncomplete(job))
    return 'Nothing was read back at its end. A probe reads what the kernel shows now.'
  if (job.state === 'refused')
    return 'Nothing was written, so there is nothing to compare: the device is as the run found it.'
  return 'Nothing was written, so there is nothing to compare: the device is as it was.'
}

/** What came of a write, in a word. Only the last one of a run that is at work can still be in the kernel. */
export function writeResult(job: Pick<JobDetail, 'state' | 'writes'>, index: number): string {
  const write = job.writes[index]
  if (write === undefined) return ''
  if (write.errno === null) {
    const isLast = index === job.writes.length - 1
    return isLast && !isEnded(job.state) && job.state !== 'unknown' ? IN_KERNEL : 'not known'
  }
  return write.errno === 0 ? 'ok' : write.errnoName || `errno ${write.errno}`
}

export const IN_KERNEL = 'in the kernel…'
