'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { Ago } from '@/app/_components/ago'
import { QueryFault } from '@/app/_components/query-fault'
import { RunTimeline } from '@/app/_components/run/run-timeline'
import { RunTrouble } from '@/app/_components/run/run-trouble'
import { StopRun } from '@/app/_components/run/stop-run'
import { WriteList } from '@/app/_components/run/write-list'
import { Skeleton } from '@/app/_components/skeleton'
import { StatePill } from '@/app/_components/state-pill'
import { isTroubled } from '@/app/_lib/attendance-words'
import { formatDuration } from '@/app/_lib/format'
import { kindVerb } from '@/app/_lib/kind-words'
import { noWrites, runMark, writeResult } from '@/app/_lib/run-words'
import { isEnded } from '@/app/_lib/states'
import { useTRPC } from '@/app/_lib/trpc'

/** A worker that dies sends no event. */
const WATCH_EVERY_MS = 5_000

/** One job of the host: folded once another came after it. */
export function DrawerJob({ jobId, isLast }: { jobId: string; isLast: boolean }) {
  const trpc = useTRPC()
  const query = useQuery(
    trpc.jobs.get.queryOptions(
      { jobId },
      { refetchInterval: ({ state }) => (state.data && isEnded(state.data.state) ? false : WATCH_EVERY_MS) },
    ),
  )
  const job = query.data
  if (query.error && !job) return <QueryFault error={query.error} onRetry={() => void query.refetch()} />
  if (!job) return <Skeleton className="h-48" />
  // What came of the last one stands with its device, the next action beside it.
  const isToldAbove = isLast && isEnded(job.state) && runMark(job).tone !== 'ok'
  return (
    <details open={isLast || !isEnded(job.state)} className="rounded-lg border border-line bg-surface">
      <summary className="flex flex-wrap items-center gap-x-2.5 gap-y-1 px-3.5 py-2">
        <span className="font-medium">
          {kindVerb(job.kind)} <span className="font-mono text-xs">{job.daxName}</span>
        </span>
        <StatePill {...runMark(job)} />
        <span className="ml-auto text-ink-3 text-xs">
          <Ago at={job.createdAt} />
          {job.startedAt && job.endedAt
            ? ` · took ${formatDuration(job.endedAt.getTime() - job.startedAt.getTime())}`
            : null}
        </span>
      </summary>
      <div className="grid gap-3 border-line border-t px-3.5 py-3">
        {isTroubled(job) ? <RunTrouble job={job} /> : null}
        {job.message === '' || isToldAbove ? null : <p className="text-ink-2 break-words">{job.message}</p>}
        <RunTimeline job={job} />
        <h3 className="font-medium">What was written</h3>
        {job.writes.length > 0 ? (
          <WriteList
            label={`What was written for ${job.daxName}`}
            writes={job.writes.map((write, index) => ({ ...write, result: writeResult(job, index) }))}
          />
        ) : (
          <p className="text-ink-3">{noWrites(job)}</p>
        )}
        <StopRun job={job} />
        <p className="text-xs">
          <Link
            href={{ pathname: `/hosts/${job.hostId}`, query: { tab: 'runs', run: job.id } }}
            className="rounded-sm text-ink-2 underline decoration-line-strong underline-offset-4 hover:decoration-accent"
          >
            This run on the host’s page, with before and after
          </Link>
        </p>
      </div>
    </details>
  )
}
