'use client'

import dynamic from 'next/dynamic'
import { parseAsStringLiteral, useQueryState } from 'nuqs'
import { Missing } from '@/app/_components/missing'
import { QueryFault } from '@/app/_components/query-fault'
import { Skeleton } from '@/app/_components/skeleton'
import { TabTitle } from '@/app/_components/tab-title'
import { useHost } from '@/app/_lib/use-host'
import { useHostMark } from '@/app/_lib/use-host-mark'
import type { HostDetail } from '@/server/hosts/schemas/detail'
import { HostHeader } from './host-header'
import { HostNotes } from './host-notes'
import { HOST_TABS, HostTabs } from './host-tabs'
import { MemoryTab } from './memory/memory-tab'

// Memory is what a host is opened for; the others are loaded when somebody goes there.
const loading = () => <Skeleton className="h-72" />
const AccessTab = dynamic(() => import('./access/access-tab').then((tab) => tab.AccessTab), { loading })
const AuditTab = dynamic(() => import('./audit-tab').then((tab) => tab.AuditTab), { loading })
const CapacityTab = dynamic(() => import('./capacity/capacity-tab').then((tab) => tab.CapacityTab), {
  loading,
})
const RunsTab = dynamic(() => import('./runs/runs-tab').then((tab) => tab.RunsTab), { loading })

export function HostPage({ hostId }: { hostId: string }) {
  const { data: host, error, isMissing, refetch } = useHost(hostId)
  const [tab] = useQueryState('tab', parseAsStringLiteral(HOST_TABS).withDefault('memory'))
  if (isMissing) return <Missing what="No such host" why="It was removed, or the address is not whole." />
  if (error && !host) return <QueryFault error={error} onRetry={() => void refetch()} />
  if (!host) return <Skeleton className="h-96" />
  return (
    <>
      <HostTitle host={host} />
      <HostHeader host={host} />
      <HostNotes host={host} tab={tab} />
      <HostTabs host={host} tab={tab} />
      {tab === 'memory' ? <MemoryTab host={host} /> : null}
      {tab === 'runs' ? <RunsTab host={host} /> : null}
      {tab === 'capacity' ? <CapacityTab host={host} /> : null}
      {tab === 'access' ? <AccessTab host={host} /> : null}
      {tab === 'audit' ? <AuditTab hostId={host.id} /> : null}
    </>
  )
}

function HostTitle({ host }: { host: HostDetail }) {
  return <TabTitle title={`${host.name} · ${useHostMark(host).word}`} />
}
