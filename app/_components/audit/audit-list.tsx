'use client'

import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { formatMoment } from '@/app/_lib/format'
import { useTRPC } from '@/app/_lib/trpc'
import { Ago } from '../ago'
import { Button } from '../button'
import { Card } from '../card'
import { QueryFault } from '../query-fault'
import { Skeleton } from '../skeleton'
import { Table, Td, Th, Tr } from '../table'
import { detailText } from './detail-text'

const PAGE = 100
const MOST = 1000

/** Who did what to what, newest first; written with the change itself and never altered. */
export function AuditList({ subject }: { subject?: { kind: string; id: string } }) {
  const trpc = useTRPC()
  const [limit, setLimit] = useState(PAGE)
  const filter = subject ? { subjectKind: subject.kind, subjectId: subject.id } : {}
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
            {subject ? null : <Th>On</Th>}
            <Th className="w-full">Details</Th>
          </>
        }
      >
        {entries.map((entry) => (
          <Tr key={entry.id}>
            <Td className="text-ink-2 text-xs" title={formatMoment(entry.at)}>
              <Ago at={entry.at} />
            </Td>
            <Td className="max-w-52 truncate" title={`${entry.actorKind} ${entry.actorId}`}>
              {entry.actorId}
            </Td>
            <Td className="font-medium">{entry.action}</Td>
            {subject ? null : (
              <Td className="max-w-52 truncate text-ink-2 text-xs" title={entry.subjectId}>
                {entry.subjectKind} <span className="font-mono">{entry.subjectId.slice(0, 8)}</span>
              </Td>
            )}
            <Td className="max-w-0 truncate text-ink-2 text-xs" title={detailText(entry.detail)}>
              {detailText(entry.detail)}
            </Td>
          </Tr>
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
