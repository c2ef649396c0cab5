'use client'

import { useQuery } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { ButtonLink } from '@/app/_components/button'
import { FleetTiles } from '@/app/_components/fleet/fleet-tiles'
import { HostMap } from '@/app/_components/host-map/lazy-host-map'
import { PageTitle } from '@/app/_components/page-title'
import { QueryFault } from '@/app/_components/query-fault'
import { Skeleton } from '@/app/_components/skeleton'
import { useTRPC } from '@/app/_lib/trpc'
import { AttentionCard } from './attention-card'
import { GainsCard } from './gains-card'
import { OverviewChart } from './overview-chart'
import { OverviewSentence } from './overview-sentence'
import { RolloutsCard } from './rollouts-card'
import { TieringCard } from './tiering-card'

const FirstSteps = dynamic(
  () => import('@/app/_components/fleet/first-steps').then((part) => part.FirstSteps),
  { ssr: false },
)

/** What is so now, what it was, and what somebody has to look at. */
export function OverviewPage() {
  const trpc = useTRPC()
  const summary = useQuery(trpc.hosts.summary.queryOptions())
  const { data } = summary
  if (summary.error && !data)
    return <QueryFault error={summary.error} onRetry={() => void summary.refetch()} />
  return (
    <>
      <PageTitle
        title="Overview"
        sentence={data ? <OverviewSentence summary={data} /> : <>&nbsp;</>}
        actions={
          data && data.convertibleDevices > 0 ? (
            <ButtonLink href="/rollouts/new" look="primary">
              New rollout…
            </ButtonLink>
          ) : null
        }
      />
      {data === undefined ? (
        <Skeleton className="h-96" />
      ) : data.hosts === 0 ? (
        <FirstSteps />
      ) : (
        <>
          <FleetTiles summary={data} />
          <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1.7fr)_minmax(0,1fr)]">
            <OverviewChart />
            <AttentionCard />
          </div>
          <div className="grid items-start gap-4 xl:grid-cols-2">
            <RolloutsCard />
            <GainsCard />
          </div>
          <TieringCard />
          <HostMap />
        </>
      )}
    </>
  )
}
