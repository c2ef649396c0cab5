'use client'

import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type FoldedEntry, foldRepeats } from '@/app/_lib/audit-fold'
import { actionWords, actorWords, detailWords } from '@/app/_lib/audit-words'
import { formatCount } from '@/app/_lib/format'
import { useTRPC } from '@/app/_lib/trpc'
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
        {foldRepeats(entries).map((folded) => (
          <AuditRow key={folded.entry.id} {...folded} withHost={hostId === undefined} />
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

function AuditRow({ entry, count, since, withHost }: FoldedEntry & { withHost: boolean }) {
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
        {count > 1 ? (
          <span className="ml-1.5 font-normal text-ink-3 text-xs">
            {formatCount(count)} times, first <Ago at={since} />
          </span>
        ) : null}
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
