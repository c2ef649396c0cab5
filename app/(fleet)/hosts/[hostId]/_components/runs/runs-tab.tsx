'use client'

import { useQuery } from '@tanstack/react-query'
import { parseAsString, useQueryState } from 'nuqs'
import { Card } from '@/app/_components/card'
import { QueryFault } from '@/app/_components/query-fault'
import { RunPanel } from '@/app/_components/run/run-panel'
import { RunTable } from '@/app/_components/run/run-table'
import { Skeleton } from '@/app/_components/skeleton'
import { plural } from '@/app/_lib/format'
import { tierOf } from '@/app/_lib/states'
import { useTRPC } from '@/app/_lib/trpc'
import type { HostDetail } from '@/server/hosts/schemas/detail'

/** All attempts on this host; the newest stands open unless the URL names another. */
export function RunsTab({ host }: { host: HostDetail }) {
  const trpc = useTRPC()
  const [chosen] = useQueryState('run', parseAsString)
  const list = useQuery(trpc.jobs.list.queryOptions({ hostId: host.id }))
  if (list.error) return <QueryFault error={list.error} onRetry={() => void list.refetch()} />
  if (!list.data) return <Skeleton className="h-60" />
  const { jobs } = list.data
  const open = jobs.find((job) => job.id === chosen) ?? jobs[0]
  if (!open) {
    return (
      <p className="text-ink-2">
        Nothing has been done on this host yet. A conversion begins at a device on the Memory tab.
      </p>
    )
  }
  const device = host.devices.find((each) => each.id === open.deviceId)
  return (
    <>
      <Card title="Runs" meta={plural(jobs.length, 'run')}>
        <RunTable jobs={jobs} open={open.id} withHost={false} />
      </Card>
      <RunPanel key={open.id} jobId={open.id} tier={tierOf(device?.kind ?? 'pmem')} />
    </>
  )
}
