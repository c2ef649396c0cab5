'use client'

import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { actionWords, actorWords, detailWords } from '@/app/_lib/audit-words'
import { useTRPC } from '@/app/_lib/trpc'
import type { AuditEntryView } from '@/server/audit/schema'
import { Ago } from '../ago'
import { Button } from '../button'
import { Card } from '../card'
import { QueryFault } from '../query-fault'
import { Skeleton } from '../skeleton'
import { Table, Td, Th, Tr } from '../table'
import { AuditPlace } from './audit-place'

const PAGE = 100
const MOST = 1000

/** Who did what to what, newest first; written with the change itself and never altered. */
export function AuditList({ hostId }: { hostId?: string }) {
  const trpc = useTRPC()
  const [limit, setLimit] = useState(PAGE)
  const filter = hostId === undefined ? {} : { hostId }
  const list = useQuery(
    trpc.audit.list.queryOptions({ ...filter, limit }, { placeholderData: (before) => before }),
  )
  if (list.error) return <QueryFault error={list.error} onRetry={() => void list.refetch()} />
  if (!list.data) return <Skeleton className="h-60" />
  const { entries } = list.data
  return (
    <Card title="Audit" meta={entries.length === 0 ? 'nothing yet' : 'newest first'}>
      <Table
        label="Audit"
        head={
          <>
            <Th>When</Th>
            <Th>Who</Th>
            <Th>What</Th>
            <Th>On</Th>
            <Th className="w-full">Details</Th>
          </>
        }
      >
        {entries.map((entry) => (
          <AuditRow key={entry.id} entry={entry} withHost={hostId === undefined} />
        ))}
      </Table>
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

function AuditRow({ entry, withHost }: { entry: AuditEntryView; withHost: boolean }) {
  const detail = detailWords(entry.detail)
  return (
    <Tr>
      <Td className="text-ink-2 text-xs">
        <Ago at={entry.at} />
      </Td>
      <Td className="max-w-52 truncate max-sm:text-right!" title={`${entry.actorKind} ${entry.actorId}`}>
        {actorWords(entry)}
      </Td>
      <Td wide className="font-medium" title={entry.action}>
        {actionWords(entry.action)}
      </Td>
      <Td wide className="text-ink-2 text-xs">
        <AuditPlace entry={entry} withHost={withHost} />
      </Td>
      <Td wide className="max-w-0 truncate text-ink-2 text-xs" title={JSON.stringify(entry.detail)}>
        {detail}
      </Td>
    </Tr>
  )
}
