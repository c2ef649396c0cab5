'use client'

import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { isTroubled } from '@/app/_lib/attendance-words'
import { formatDuration } from '@/app/_lib/format'
import { isOfFiles, kindVerb } from '@/app/_lib/kind-words'
import { hasReadBack, noReadBack, noWrites, runMark, writeResult } from '@/app/_lib/run-words'
import { GLYPHS, isEnded, type Tier } from '@/app/_lib/states'
import { stepWord } from '@/app/_lib/steps'
import { useTRPC } from '@/app/_lib/trpc'
import { useNow } from '@/app/_lib/use-now'
import { useTabTitle } from '@/app/_lib/use-tab-title'
import { writesAsText } from '@/app/_lib/writes'
import type { JobDetail } from '@/server/jobs/schema'
import { Ago } from '../ago'
import { Card, CardBody } from '../card'
import { CopyButton } from '../copy-button'
import { FaultNote } from '../fault-note'
import { QueryFault } from '../query-fault'
import { Skeleton } from '../skeleton'
import { StatePill } from '../state-pill'
import { RunDiff } from './run-diff'
import { RunTimeline } from './run-timeline'
import { RunTrouble } from './run-trouble'
import { StopRun } from './stop-run'
import { WriteList } from './write-list'

/** A worker that dies sends no event: while a run goes on, who looks after it is asked this often. */
const WATCH_EVERY_MS = 5_000

/** One run, live while it goes on: steps, writes, what was read back, and what to do next. */
export function RunPanel({
  jobId,
  tier,
  actions,
}: {
  jobId: string
  tier: Tier
  actions?: (job: JobDetail) => ReactNode
}) {
  const trpc = useTRPC()
  const query = useQuery(
    trpc.jobs.get.queryOptions(
      { jobId },
      { refetchInterval: ({ state }) => (state.data && isEnded(state.data.state) ? false : WATCH_EVERY_MS) },
    ),
  )
  const job = query.data
  useTabTitle(job ? tabTitle(job) : null)
  if (query.error) return <QueryFault error={query.error} onRetry={() => void query.refetch()} />
  if (!job) return <Skeleton className="h-72" />
  return (
    <div className="grid gap-4">
      <Outcome job={job}>{actions?.(job)}</Outcome>
      <div className="grid items-start gap-4 xl:grid-cols-[1fr_1.15fr]">
        <Card
          title={`${kindVerb(job.kind)} ${job.daxName}`}
          aside={
            <span className="flex items-center gap-2.5 text-ink-3 text-xs">
              <StatePill {...runMark(job)} />
              <RunTime job={job} />
            </span>
          }
        >
          <CardBody className="grid gap-3">
            <RunTimeline job={job} />
            <StopRun job={job} />
          </CardBody>
        </Card>
        <div className="grid min-w-0 gap-4">
          {isEnded(job.state) && !isOfFiles(job) ? (
            <Card
              title="Before and after"
              meta={hasReadBack(job) ? 'as read from the kernel' : 'nothing was read back'}
            >
              {hasReadBack(job) ? (
                <RunDiff job={job} tier={tier} />
              ) : (
                <CardBody className="text-ink-2">{noReadBack(job)}</CardBody>
              )}
            </Card>
          ) : null}
          <Card
            title="What was written"
            meta={job.writes.length === 0 && !isEnded(job.state) ? 'nothing yet' : null}
            aside={
              job.writes.length > 0 ? (
                <CopyButton label="what was written" text={writesAsText(withResults(job))} />
              ) : null
            }
          >
            <CardBody>
              {job.writes.length > 0 ? (
                <WriteList label="What was written" writes={withResults(job)} />
              ) : (
                <p className="text-ink-3">{noWrites(job)}</p>
              )}
            </CardBody>
          </Card>
        </div>
      </div>
      <p className="text-ink-3 text-xs">
        Approved by {job.approvedBy}, <Ago at={job.createdAt} />. Plan{' '}
        <span className="font-mono">{job.digest.slice(0, 12)}</span>
        {job.epoch === null ? null : `, epoch ${job.epoch}`}
        {job.bootId ? (
          <>
            , boot <span className="font-mono">{job.bootId}</span>
          </>
        ) : null}
        .
      </p>
    </div>
  )
}

function Outcome({ job, children }: { job: JobDetail; children: ReactNode }) {
  const mark = runMark(job)
  if (isTroubled(job)) return <RunTrouble job={job}>{children}</RunTrouble>
  if (job.message === '' && !isEnded(job.state))
    return (
      <div aria-live="polite" className="sr-only">
        {mark.word}
      </div>
    )
  return (
    <div aria-live="polite">
      <FaultNote
        tone={mark.tone}
        live={false}
        message={job.message || mark.word}
        {...(job.next === '' ? {} : { next: job.next })}
      >
        {children}
      </FaultNote>
    </div>
  )
}

function RunTime({ job }: { job: JobDetail }) {
  const now = useNow()
  const start = job.startedAt ?? job.createdAt
  const ms = (job.endedAt ?? now).getTime() - start.getTime()
  return (
    <>
      {job.endedAt ? (
        <>
          <Ago at={job.endedAt} /> ·{' '}
        </>
      ) : null}
      {formatDuration(job.endedAt ? ms : Math.max(0, Math.floor(ms / 1000) * 1000))}
    </>
  )
}

function withResults(job: JobDetail) {
  return job.writes.map((write, index) => ({ ...write, result: writeResult(job, index) }))
}

/** The tab tells the run's state while one works elsewhere. */
function tabTitle(job: JobDetail): string {
  const mark = runMark(job)
  const step = job.steps.find((each) => each.state === 'running')
  const doing = step && mark.tone === 'run' ? stepWord(step.name) : mark.word
  return `${GLYPHS[mark.tone]} ${doing} · ${job.daxName} on ${job.hostName}`
}
