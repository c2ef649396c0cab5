'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { useState } from 'react'
import { Pager } from '@/app/_components/pager'
import { QueryFault } from '@/app/_components/query-fault'
import { Skeleton } from '@/app/_components/skeleton'
import { useTRPC } from '@/app/_lib/trpc'

const PAGE_ROWS = 20

/** The hosts and devices of one reason, each with what is so and the next action. */
export function LeftOutEntries({ rolloutId, reason }: { rolloutId: string; reason: string }) {
  const trpc = useTRPC()
  const [page, setPage] = useState(0)
  const list = useQuery(
    trpc.rollouts.leftOut.queryOptions(
      { rolloutId, reason, limit: PAGE_ROWS, offset: page * PAGE_ROWS },
      { placeholderData: keepPreviousData },
    ),
  )
  if (list.error && !list.data) return <QueryFault error={list.error} onRetry={() => void list.refetch()} />
  if (!list.data) return <Skeleton className="mb-2 h-10" />
  return (
    <div className="pb-1.5">
      <ul className="grid gap-1 pl-5 text-xs">
        {list.data.entries.map((each) => (
          <li key={`${each.hostId} ${each.deviceId}`} className="text-ink-2 [overflow-wrap:anywhere]">
            <Link
              href={`/hosts/${each.hostId}`}
              prefetch={false}
              className="rounded-sm font-mono text-ink hover:underline"
            >
              {each.hostName}
              {each.daxName === null ? '' : ` ${each.daxName}`}
            </Link>{' '}
            {each.message} <span className="text-ink-3">{each.next}</span>
          </li>
        ))}
      </ul>
      <Pager what="entries" page={page} pageRows={PAGE_ROWS} matching={list.data.matching} onPage={setPage} />
    </div>
  )
}
