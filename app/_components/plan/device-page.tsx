'use client'

import dynamic from 'next/dynamic'
import type { ReactNode } from 'react'
import { Missing } from '@/app/_components/missing'
import { QueryFault } from '@/app/_components/query-fault'
import { Skeleton } from '@/app/_components/skeleton'
import { TabTitle } from '@/app/_components/tab-title'
import { tierOf } from '@/app/_lib/states'
import type { Outputs } from '@/app/_lib/trpc'
import { useHost } from '@/app/_lib/use-host'
import { HostNotReady } from './host-not-ready'
import { PlanHeader } from './plan-header'

// There is no run before the plan was read and approved.
const RunPanel = dynamic(() => import('@/app/_components/run/run-panel').then((part) => part.RunPanel), {
  ssr: false,
  loading: () => <Skeleton className="h-96" />,
})
const RunActions = dynamic(() => import('./run-actions').then((part) => part.RunActions), { ssr: false })

type HostDetail = Outputs['hosts']['get']
type Device = HostDetail['devices'][number]

/** One device of one host, whatever is done to it: the question and its plan until there is a run, then the run. */
export function DevicePage({
  hostId,
  deviceId,
  verbOf,
  run,
  onAgain,
  question,
}: {
  hostId: string
  deviceId: string
  verbOf: (device: Device) => { title: string; heading: string }
  run: string | null
  onAgain: () => void
  question: (host: HostDetail, device: Device) => ReactNode
}) {
  const { data: host, error, isMissing, refetch } = useHost(hostId)
  const device = host?.devices.find((each) => each.id === deviceId)
  if (isMissing) return <Missing what="No such host" why="It was removed, or the address is not whole." />
  if (error && !host) return <QueryFault error={error} onRetry={() => void refetch()} />
  if (!host) return <Skeleton className="h-96" />
  if (!device)
    return <Missing what="No such device" why={`${host.name} has no device of this identity now.`} />
  const verb = verbOf(device)
  return (
    <>
      <TabTitle title={`${verb.title} ${device.daxName} on ${host.name}`} />
      <PlanHeader verb={verb.heading} host={host} device={device} />
      {run !== null ? (
        <RunPanel
          jobId={run}
          tier={tierOf(device.kind)}
          actions={(job) => <RunActions job={job} onAgain={onAgain} />}
        />
      ) : host.state !== 'ready' || host.activeJobId !== null ? (
        <HostNotReady host={host} />
      ) : (
        question(host, device)
      )}
    </>
  )
}
