'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { Bytes } from '@/app/_components/bytes'
import { Dialog } from '@/app/_components/dialog'
import { FaultNote } from '@/app/_components/fault-note'
import { QueryFault } from '@/app/_components/query-fault'
import { Skeleton } from '@/app/_components/skeleton'
import { StatePill } from '@/app/_components/state-pill'
import { rowMark } from '@/app/_lib/rollout-cells'
import { failureWords, OUTCOME_MARKS } from '@/app/_lib/rollout-run-words'
import { waveName } from '@/app/_lib/rollout-words'
import { useTRPC } from '@/app/_lib/trpc'
import type { RolloutDetail } from '@/server/rollouts/schema'
import { DrawerJob } from './drawer-job'

/** One host's run from the side: its devices, and every job in order with steps and the very writes. */
export function HostDrawer({
  rollout,
  hostId,
  onClose,
}: {
  rollout: RolloutDetail
  hostId: string
  onClose: () => void
}) {
  const trpc = useTRPC()
  const query = useQuery(trpc.rollouts.hostRun.queryOptions({ rolloutId: rollout.id, hostId }))
  const run = query.data
  return (
    <Dialog
      title={run?.hostName ?? 'Host'}
      onClose={onClose}
      className="mr-0! h-dvh max-h-none! w-[min(640px,100vw)]! max-w-none! rounded-none! border-y-0 border-r-0"
    >
      {query.error && !run ? (
        <QueryFault error={query.error} onRetry={() => void query.refetch()} />
      ) : run === undefined ? (
        <Skeleton className="h-64" />
      ) : (
        <>
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <StatePill {...OUTCOME_MARKS[run.outcome]} />
            <span className="text-ink-3 text-xs">
              {run.wave === null ? 'nothing to convert' : waveName(run.wave, rollout.policy)}
              {run.cause === null ? '' : ` · ${failureWords(run.cause)}`}
              {run.checked ? ' · looked at again after the soak' : ''}
            </span>
            <Link
              href={`/hosts/${hostId}`}
              className="ml-auto rounded-sm underline decoration-line-strong underline-offset-4 hover:decoration-accent"
            >
              The host’s page
            </Link>
          </div>
          <ul aria-label="Devices" className="grid gap-2">
            {run.rows.map((row) => (
              <li key={row.id} className="grid gap-1.5">
                <p className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
                  <span className="font-mono text-xs">{row.daxName}</span>
                  <StatePill {...rowMark(row)} />
                  <span className="ml-auto text-ink-3 text-xs">
                    gained <Bytes value={row.gainedBytes} /> of <Bytes value={row.predictedBytes} /> predicted
                  </span>
                </p>
                {row.message === '' || row.state === 'running' || rowMark(row).tone === 'ok' ? null : (
                  <FaultNote
                    live={false}
                    tone={rowMark(row).tone}
                    message={row.message}
                    {...(row.next === '' ? {} : { next: row.next })}
                  />
                )}
              </li>
            ))}
          </ul>
          {run.jobs.length === 0 ? (
            <p className="text-ink-3">No job was started on this host.</p>
          ) : (
            run.jobs.map(({ jobId }, index) => (
              <DrawerJob key={jobId} jobId={jobId} isLast={index === run.jobs.length - 1} />
            ))
          )}
        </>
      )}
    </Dialog>
  )
}
