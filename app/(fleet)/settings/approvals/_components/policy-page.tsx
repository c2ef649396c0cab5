'use client'

import { useQuery } from '@tanstack/react-query'
import { PageTitle } from '@/app/_components/page-title'
import { QueryFault } from '@/app/_components/query-fault'
import { Skeleton } from '@/app/_components/skeleton'
import { useTRPC } from '@/app/_lib/trpc'
import { HoursCard } from './hours-card'
import { RulesCard } from './rules-card'

/** For which hosts a second person is needed, and how long an approval is good. */
export function PolicyPage() {
  const trpc = useTRPC()
  const { data, error, refetch } = useQuery(trpc.approvals.policy.queryOptions())
  if (error && !data) return <QueryFault error={error} onRetry={() => void refetch()} />
  if (data === undefined) return <Skeleton className="h-40" />
  return (
    <>
      <PageTitle
        title="Approvals"
        sentence={
          data.rules.length === 0
            ? 'One person approves conversions everywhere.'
            : 'Where a rule says so, somebody else approves what one person asked for.'
        }
      />
      <RulesCard rules={data.rules} />
      <HoursCard key={data.validHours} validHours={data.validHours} />
    </>
  )
}
