'use client'

import { useQuery } from '@tanstack/react-query'
import { Card } from '@/app/_components/card'
import { PageTitle } from '@/app/_components/page-title'
import { QueryFault } from '@/app/_components/query-fault'
import { Skeleton } from '@/app/_components/skeleton'
import { plural } from '@/app/_lib/format'
import { useTRPC } from '@/app/_lib/trpc'
import { RolloutTable } from './rollout-table'

export function RolloutsPage() {
  const trpc = useTRPC()
  const list = useQuery(trpc.rollouts.list.queryOptions({}))
  if (list.error && !list.data) return <QueryFault error={list.error} onRetry={() => void list.refetch()} />
  const rollouts = list.data?.rollouts
  return (
    <>
      <PageTitle title="Rollouts" />
      {rollouts === undefined ? (
        <Skeleton className="h-60" />
      ) : (
        <Card title="All rollouts" meta={plural(rollouts.length, 'rollout')}>
          <RolloutTable rollouts={rollouts} />
        </Card>
      )}
    </>
  )
}
