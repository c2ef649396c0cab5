'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { AuditTable } from '@/app/_components/audit/audit-table'
import { Card } from '@/app/_components/card'
import { PageTitle } from '@/app/_components/page-title'
import { Pager } from '@/app/_components/pager'
import { QueryFault } from '@/app/_components/query-fault'
import { Skeleton } from '@/app/_components/skeleton'
import { formatCount } from '@/app/_lib/format'
import { useTRPC } from '@/app/_lib/trpc'
import { useDebounced } from '@/app/_lib/use-debounced'
import { AuditCheck } from './audit-check'
import { AuditFilter } from './audit-filter'
import { type AuditView, useAuditView } from './use-audit-view'

const PAGE_ROWS = 100

export function AuditPage() {
  const trpc = useTRPC()
  const [view, setView] = useAuditView()
  const page = Math.max(0, view.page)
  const filter = { ...filterOf(view), who: useDebounced(view.who, 180), what: useDebounced(view.what, 180) }
  const list = useQuery(
    trpc.audit.list.queryOptions(
      { ...filter, limit: PAGE_ROWS, offset: page * PAGE_ROWS },
      { placeholderData: keepPreviousData },
    ),
  )
  if (list.error && !list.data) return <QueryFault error={list.error} onRetry={() => void list.refetch()} />
  const { data } = list
  return (
    <>
      <PageTitle
        title="Audit"
        sentence="Who did what to what. Written together with each change, and chained to the entry before it."
      />
      <div className="grid gap-4">
        <AuditCheck />
        <Card
          title="Entries"
          meta={data === undefined ? null : `${formatCount(data.matching)}, newest first`}
        >
          <AuditFilter
            view={view}
            onView={(changes) => void setView(changes)}
            exportPath={`/api/audit/csv?${queryOf(filterOf(view))}`}
          />
          <div className="border-line border-t">
            {data === undefined ? (
              <Skeleton className="h-60" />
            ) : data.entries.length === 0 ? (
              <p className="px-3.5 py-6 text-center text-ink-2">
                {data.matching === 0 ? 'No entry matches this.' : 'There is no such page any more.'}
              </p>
            ) : (
              <AuditTable entries={data.entries} withHost />
            )}
          </div>
          {data === undefined ? null : (
            <Pager
              what="entries"
              page={page}
              pageRows={PAGE_ROWS}
              matching={data.matching}
              onPage={(next) => void setView({ page: next === 0 ? null : next })}
            />
          )}
        </Card>
      </div>
    </>
  )
}

function filterOf({ who, what, on, since, until }: AuditView) {
  return {
    who,
    what,
    ...(on === null ? {} : { subjectKind: on }),
    ...(since === null ? {} : { since }),
    ...(until === null ? {} : { until }),
  }
}

function queryOf(filter: ReturnType<typeof filterOf>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(filter)) {
    const text = value instanceof Date ? value.toISOString() : value
    if (text !== '') query.set(name, text)
  }
  return query.toString()
}
