import type { ReactNode } from 'react'
import { attendanceWords } from '@/app/_lib/attendance-words'
import type { JobDetail } from '@/server/jobs/schema'
import { StuckRun } from './stuck-run'
import { Unattended } from './unattended'
import { UnknownRun } from './unknown-run'

/** What stands in the way of a run that has not ended, each kind with its own next action. */
export function RunTrouble({ job, children }: { job: JobDetail; children?: ReactNode }) {
  const alone = attendanceWords(job)
  return (
    <div className="grid gap-4">
      {job.stuck === null ? null : <StuckRun job={{ hostName: job.hostName, stuck: job.stuck }} />}
      {alone === null ? null : <Unattended words={alone} />}
      {job.state === 'unknown' ? <UnknownRun job={job}>{children}</UnknownRun> : null}
    </div>
  )
}
