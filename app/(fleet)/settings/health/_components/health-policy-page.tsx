'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { PageTitle } from '@/app/_components/page-title'
import { QueryFault } from '@/app/_components/query-fault'
import { Skeleton } from '@/app/_components/skeleton'
import { Tiles } from '@/app/_components/tiles'
import { formatCount } from '@/app/_lib/format'
import { HEALTH_MARKS } from '@/app/_lib/health-marks'
import { useTRPC } from '@/app/_lib/trpc'
import type { DeviceHealthState } from '@/server/health-policy/vocabulary'
import { HealthPolicyCard } from './health-policy-card'

const TILES: [DeviceHealthState, string][] = [
  ['block', 'may not become RAM'],
  ['warn', 'shown with every plan'],
  ['ok', 'nothing speaks against them'],
  ['unknown', 'nothing of their health was read'],
]

/** What of a device's health speaks against its becoming RAM. */
export function HealthPolicyPage() {
  const trpc = useTRPC()
  const policy = useQuery(trpc.healthPolicy.get.queryOptions())
  if (policy.error) return <QueryFault error={policy.error} onRetry={() => void policy.refetch()} />
  if (policy.data === undefined) return <Skeleton className="h-40" />
  const { devices, changedAt } = policy.data
  return (
    <>
      <PageTitle
        title="Health"
        sentence="What of a device’s health speaks against its becoming RAM. It is judged when a conversion is planned, and again on the host before anything is written. Plans made before keep the policy they were made with."
      />
      <Tiles
        label="Devices of the fleet by this policy"
        tiles={TILES.map(([state, note]) => ({
          label: HEALTH_MARKS[state].word,
          value: (
            <Link
              href={{ pathname: '/hosts', query: { q: `health:${state}` } }}
              className="rounded-sm underline decoration-line-strong underline-offset-4 hover:decoration-accent"
            >
              {formatCount(devices[state])}
            </Link>
          ),
          note,
        }))}
      />
      <HealthPolicyCard key={changedAt.getTime()} policy={policy.data} />
    </>
  )
}
