'use client'

import { formatDuration, formatMoment } from '@/app/_lib/format'
import { stuckWrite } from '@/app/_lib/unknown-words'
import { useNow } from '@/app/_lib/use-now'
import type { JobDetail } from '@/server/jobs/schema'
import { FaultNote } from '../fault-note'

/** A write the kernel does not give back: who waits for it, how long, and that nothing here can hurry it. */
export function StuckRun({
  job,
}: {
  job: Pick<JobDetail, 'hostName'> & { stuck: NonNullable<JobDetail['stuck']> }
}) {
  const { stuck, hostName } = job
  return (
    <>
      <p role="alert" className="sr-only">
        {stuckWrite(stuck)} is stuck in the kernel.
      </p>
      <FaultNote
        tone="warn"
        live={false}
        message={
          <>
            {stuckWrite(stuck)} has been in the kernel for <Counter since={stuck.since} />.
          </>
        }
        detail={<p>The lock on {hostName}, and the host with it, stay held until it comes back.</p>}
        next={`Wait, or restart ${hostName}: nothing else can be done from here.`}
      />
    </>
  )
}

function Counter({ since }: { since: Date }) {
  const now = useNow()
  const ms = Math.max(0, now.getTime() - since.getTime())
  return (
    <time dateTime={since.toISOString()} title={`since ${formatMoment(since)}`} className="tabular-nums">
      {ms < 1000 ? '1 s' : formatDuration(Math.floor(ms / 1000) * 1000).replace(/\.\d s$/, ' s')}
    </time>
  )
}
