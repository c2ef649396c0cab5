'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { Card } from '@/app/_components/card'
import { PageTitle } from '@/app/_components/page-title'
import { QueryFault } from '@/app/_components/query-fault'
import { RunTable } from '@/app/_components/run/run-table'
import { Skeleton } from '@/app/_components/skeleton'
import { plural } from '@/app/_lib/format'
import { isEnded } from '@/app/_lib/states'
import { useTRPC } from '@/app/_lib/trpc'
import type { JobRow } from '@/server/jobs/schema'

const NEWEST = 500

export function RunsPage() {
  const trpc = useTRPC()
  const list = useQuery(trpc.jobs.list.queryOptions({ limit: NEWEST }))
  if (list.error) return <QueryFault error={list.error} onRetry={() => void list.refetch()} />
  const jobs = list.data?.jobs
  return (
    <>
      <PageTitle title="Runs" sentence={jobs ? sentence(jobs) : <>&nbsp;</>} />
      {jobs === undefined ? (
        <Skeleton className="h-60" />
      ) : jobs.length > 0 ? (
        <Card
          title="All hosts"
          meta={jobs.length === NEWEST ? `the newest ${NEWEST}` : plural(jobs.length, 'run')}
        >
          <RunTable jobs={jobs} withHost />
        </Card>
      ) : (
        <p className="text-ink-2">
          A run is one attempt to convert one device, or to give it back. It begins on a{' '}
          <Link href="/hosts" className="rounded-sm text-ink underline underline-offset-4">
            host
          </Link>
          , at a device that says Convertible or System RAM.
        </p>
      )}
    </>
  )
}

function sentence(jobs: readonly JobRow[]): string {
  if (jobs.length === 0) return 'Nothing has been converted or given back yet.'
  const going = jobs.filter((job) => !isEnded(job.state)).length
  const good = jobs.filter((job) => job.state === 'converted').length
  const back = jobs.filter((job) => job.state === 'restored').length
  const returned = back === 0 ? '' : `, ${back} given back`
  const head = going === 0 ? 'Nothing is running' : `${going} ${going === 1 ? 'is' : 'are'} running`
  return `${head}; ${good} of ${plural(jobs.length, 'run')} converted${returned}.`
}
