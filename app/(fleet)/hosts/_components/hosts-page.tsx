'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { ButtonLink } from '@/app/_components/button'
import { PageTitle } from '@/app/_components/page-title'
import { QueryFault } from '@/app/_components/query-fault'
import { Skeleton } from '@/app/_components/skeleton'
import { useTRPC } from '@/app/_lib/trpc'
import { useDebounced } from '@/app/_lib/use-debounced'
import { useHotkeys } from '@/app/_lib/use-hotkeys'
import { FirstSteps } from './first-steps'
import { FleetSentence } from './fleet-sentence'
import { FleetTiles } from './fleet-tiles'
import { HostFilter } from './host-filter'
import { HostTable } from './host-table'
import { SelectionBar } from './selection-bar'
import { useHostView } from './use-host-view'

export function HostsPage() {
  const trpc = useTRPC()
  const router = useRouter()
  const [view, setView] = useHostView()
  const query = useDebounced(view.q, 180)
  const summary = useQuery(trpc.hosts.summary.queryOptions())
  const list = useQuery(
    trpc.hosts.list.queryOptions(
      { query, sort: view.sort, direction: view.dir },
      { placeholderData: keepPreviousData },
    ),
  )
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  useHotkeys({ a: () => router.push('/hosts/add') })

  if (list.error) return <QueryFault error={list.error} onRetry={() => void list.refetch()} />
  const isEmpty = list.data?.total === 0
  return (
    <>
      <PageTitle
        title="Hosts"
        sentence={summary.data ? <FleetSentence summary={summary.data} /> : <>&nbsp;</>}
        actions={
          <ButtonLink href="/hosts/add" look="primary">
            Add hosts…
          </ButtonLink>
        }
      />
      {isEmpty ? (
        <FirstSteps />
      ) : (
        <>
          {summary.data ? <FleetTiles summary={summary.data} /> : <Skeleton className="h-[92px]" />}
          <HostFilter
            text={view.q}
            onText={(q) => void setView({ q: q === '' ? null : q })}
            error={list.data?.queryError ?? null}
            list={list.data}
          />
          {selected.size > 0 && list.data ? (
            <SelectionBar hosts={list.data.hosts} selected={selected} onSelect={setSelected} />
          ) : null}
          {list.data ? (
            <HostTable
              hosts={list.data.hosts}
              sort={view.sort}
              direction={view.dir}
              onSort={(sort, dir) => void setView({ sort, dir })}
              onClear={() => void setView({ q: null })}
              selected={selected}
              onSelect={setSelected}
            />
          ) : (
            <Skeleton className="h-96" />
          )}
        </>
      )}
    </>
  )
}
