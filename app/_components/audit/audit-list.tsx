'use client'

import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTRPC } from '@/app/_lib/trpc'
import { Button } from '../button'
import { Card } from '../card'
import { QueryFault } from '../query-fault'
import { Skeleton } from '../skeleton'
import { AuditTable } from './audit-table'

const PAGE = 100
const MOST = 1000

/** Who did what on one host, newest first. */
export function AuditList({ hostId }: { hostId: string }) {
  const trpc = useTRPC()
  const [limit, setLimit] = useState(PAGE)
  const list = useQuery(
    trpc.audit.list.queryOptions({ hostId, limit }, { placeholderData: (before) => before }),
  )
  if (list.error) return <QueryFault error={list.error} onRetry={() => void list.refetch()} />
  if (!list.data) return <Skeleton className="h-60" />
  const { entries } = list.data
  return (
    <Card title="Audit" meta={entries.length === 0 ? 'nothing yet' : 'newest first'}>
      <AuditTable entries={entries} withHost={false} />
      {entries.length >= limit && limit < MOST ? (
        <div className="border-line border-t p-2 text-center">
          <Button look="quiet" onClick={() => setLimit(MOST)}>
            Show up to {MOST}
          </Button>
        </div>
      ) : null}
    </Card>
  )
}
