'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { Card } from '@/app/_components/card'
import { QueryFault } from '@/app/_components/query-fault'
import { RolloutProgress } from '@/app/_components/rollout-progress'
import { Skeleton } from '@/app/_components/skeleton'
import { StatePill } from '@/app/_components/state-pill'
import { Table, Td, Th, Tr } from '@/app/_components/table'
import { formatCount } from '@/app/_lib/format'
import { RUNNING_ROLLOUTS } from '@/app/_lib/rollout-phases'
import { ROLLOUT_MARKS } from '@/app/_lib/rollout-states'
import { ofWords, sumCounts } from '@/app/_lib/rollout-words'
import { useTRPC } from '@/app/_lib/trpc'

const SHOWN = 5

/** Rollouts that act on hosts now, or wait for somebody to let them. */
export function RolloutsCard() {
  const trpc = useTRPC()
  const list = useQuery(
    trpc.rollouts.list.queryOptions({ states: [...RUNNING_ROLLOUTS, 'ready'], limit: SHOWN }),
  )
  const { data } = list
  return (
    <Card title="Rollouts" meta={data && data.matching > 0 ? `${formatCount(data.matching)} live` : null}>
      {data === undefined ? (
        list.error ? (
          <QueryFault error={list.error} onRetry={() => void list.refetch()} />
        ) : (
          <Skeleton className="m-3.5 h-20" />
        )
      ) : data.rollouts.length === 0 ? (
        <p className="px-3.5 py-6 text-center text-ink-2">
          None is running, none waits for an approval.{' '}
          <Link href="/rollouts" className="rounded-sm text-ink underline underline-offset-4">
            All rollouts
          </Link>
        </p>
      ) : (
        <Table
          label="Live rollouts"
          head={
            <>
              <Th>State</Th>
              <Th>Rollout</Th>
              <Th>Hosts</Th>
              <Th className="text-right">Converted</Th>
            </>
          }
        >
          {data.rollouts.map((rollout) => (
            <Tr key={rollout.id}>
              <Td>
                <StatePill {...ROLLOUT_MARKS[rollout.state]} />
              </Td>
              <Td wraps>
                <Link href={`/rollouts/${rollout.id}`} className="rounded-sm font-medium hover:underline">
                  {rollout.name}
                </Link>
              </Td>
              <Td label="Hosts">
                <RolloutProgress hostsByState={rollout.hostsByState} />
              </Td>
              <Td label="Converted" className="text-right">
                {ofWords(sumCounts(rollout.hostsByState, 'succeeded'), sumCounts(rollout.hostsByState))}
              </Td>
            </Tr>
          ))}
        </Table>
      )}
    </Card>
  )
}
