'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { useState } from 'react'
import { Card, CardBody } from '@/app/_components/card'
import { RANGE_SECONDS, refreshSeconds } from '@/app/_components/chart/ranges'
import { useTick } from '@/app/_components/chart/use-tick'
import { FleetArea } from '@/app/_components/fleet/fleet-area'
import { QueryFault } from '@/app/_components/query-fault'
import { Skeleton } from '@/app/_components/skeleton'
import { useTRPC } from '@/app/_lib/trpc'
import type { FleetCapacity } from '@/server/capacity/schema'

/** Enough to tell since when there is anything. */
const COARSE_POINTS = 60
const FINE_POINTS = 400
const WORDS = { '24h': '24 hours', '7d': '7 days', '30d': '30 days' } as const

/** A month of the whole fleet, or as much as there is of it; the page it leads to has every other range. */
export function OverviewChart() {
  const trpc = useTRPC()
  const to = useTick(refreshSeconds(RANGE_SECONDS['30d']))
  const [openedAt] = useState(to)
  const first = useQuery(
    trpc.capacity.fleet.queryOptions(spanTo(openedAt, '30d', COARSE_POINTS), {
      staleTime: Number.POSITIVE_INFINITY,
    }),
  )
  const name = first.data ? rangeFor(first.data, openedAt) : '30d'
  const query = useQuery(
    trpc.capacity.fleet.queryOptions(spanTo(to, name, FINE_POINTS), {
      enabled: first.data !== undefined,
      placeholderData: keepPreviousData,
      gcTime: 60_000,
    }),
  )
  const { data } = query
  const range = { from: to - RANGE_SECONDS[name], to }
  return (
    <Card
      title="Memory by tier"
      meta={WORDS[name]}
      aside={
        <Link
          href={{ pathname: '/capacity', query: { range: name } }}
          className="rounded-sm text-xs underline decoration-line-strong underline-offset-4"
        >
          Other ranges, groups and figures
        </Link>
      }
    >
      <CardBody>
        {data ? (
          <FleetArea data={data} range={range} className="h-52" />
        ) : (first.error ?? query.error) ? (
          <QueryFault
            error={first.error ?? query.error}
            onRetry={() => void (first.error ? first : query).refetch()}
          />
        ) : (
          <Skeleton className="h-72" />
        )}
      </CardBody>
    </Card>
  )
}

type Name = keyof typeof WORDS

function spanTo(to: number, name: Name, maxPoints: number) {
  return { from: new Date((to - RANGE_SECONDS[name]) * 1000), to: new Date(to * 1000), maxPoints }
}

/** The shortest range that holds all there is: a day-old installation need not show a month of nothing. */
function rangeFor({ groups, times }: FleetCapacity, now: number): Name {
  const first = times.findIndex((_, index) => groups.some(({ hosts }) => (hosts[index] ?? 0) > 0))
  const age = first === -1 ? 0 : now - (times[first] ?? now)
  return (['24h', '7d'] as const).find((name) => age <= RANGE_SECONDS[name]) ?? '30d'
}
