'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { Card, CardBody } from '@/app/_components/card'
import { RANGE_SECONDS, refreshSeconds } from '@/app/_components/chart/ranges'
import { useTick } from '@/app/_components/chart/use-tick'
import { FleetArea } from '@/app/_components/fleet/fleet-area'
import { QueryFault } from '@/app/_components/query-fault'
import { Skeleton } from '@/app/_components/skeleton'
import { useTRPC } from '@/app/_lib/trpc'

const SPAN = RANGE_SECONDS['30d']

/** A month of the whole fleet; the page it leads to has every other range. */
export function OverviewChart() {
  const trpc = useTRPC()
  const to = useTick(refreshSeconds(SPAN))
  const range = { from: to - SPAN, to }
  const query = useQuery(
    trpc.capacity.fleet.queryOptions(
      { from: new Date(range.from * 1000), to: new Date(range.to * 1000), maxPoints: 400 },
      { placeholderData: keepPreviousData, gcTime: 60_000 },
    ),
  )
  const { data } = query
  return (
    <Card
      title="Memory by tier"
      meta="30 days"
      aside={
        <Link
          href={{ pathname: '/capacity', query: { range: '30d' } }}
          className="rounded-sm text-xs underline decoration-line-strong underline-offset-4"
        >
          Other ranges, groups and figures
        </Link>
      }
    >
      <CardBody>
        {data ? (
          <FleetArea data={data} range={range} className="h-52" />
        ) : query.error ? (
          <QueryFault error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <Skeleton className="h-72" />
        )}
      </CardBody>
    </Card>
  )
}
