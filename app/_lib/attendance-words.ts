import type { JobDetail } from '@/server/jobs/schema'
import { isUntouched } from './run-words'
import type { Tone } from './states'

export interface AttendanceWords {
  tone: Tone
  message: string
  next: string
  /** To be run where Daxfleet is, should nothing happen by itself. */
  command: string | null
}

/** What to say while a run goes on that nobody looks after; null while somebody does, and once it has ended. */
export function attendanceWords(job: Pick<JobDetail, 'state' | 'attendance'>): AttendanceWords | null {
  const { attendance, state } = job
  if (attendance === null || attendance.type === 'attended') return null
  const touched = isUntouched(state)
    ? 'Nothing has been written.'
    : 'The host was told to go on, and carries on by itself.'
  if (attendance.type === 'silent') {
    const which = state === 'queued' || state === 'unknown' ? 'that holds this host' : 'of the run'
    return {
      tone: 'warn',
      message: `The worker ${which} has stopped answering. ${touched}`,
      next: `Wait: another takes over within ${attendance.takeOverWithinSeconds} s.`,
      command: null,
    }
  }
  if (attendance.type === 'unserved')
    return {
      tone: 'warn',
      message: `${attendance.message} ${touched}`,
      next: attendance.next,
      command: null,
    }
  return {
    tone: 'lost',
    message: `${who(state)} ${touched}`,
    next: 'Wait 30 s: a running worker takes it up by then. If none does, none is running; start Daxfleet on its server:',
    command: 'npm start',
  }
}

function who(state: JobDetail['state']): string {
  if (state === 'queued') return 'No worker has taken the run up yet.'
  if (state === 'unknown') return 'Nobody is asking the host what became of the run right now.'
  return 'Nobody is looking after the run right now.'
}

/** True while a run has not ended and does not go on as it should. */
export function isTroubled(job: JobDetail): boolean {
  return job.stuck !== null || job.state === 'unknown' || attendanceWords(job) !== null
}
