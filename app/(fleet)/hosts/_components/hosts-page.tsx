'use client'

import { useQuery } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { ButtonLink } from '@/app/_components/button'
import { FleetSentence } from '@/app/_components/fleet/fleet-sentence'
import { FleetTiles } from '@/app/_components/fleet/fleet-tiles'
import { PageTitle } from '@/app/_components/page-title'
import { QueryFault } from '@/app/_components/query-fault'
import { Skeleton } from '@/app/_components/skeleton'
import { plural } from '@/app/_lib/format'
import { useTRPC } from '@/app/_lib/trpc'
import { useDebounced } from '@/app/_lib/use-debounced'
import { useHotkeys } from '@/app/_lib/use-hotkeys'
import { HostFilter } from './host-filter'
import { useAllHosts } from './use-all-hosts'
import { useHostView } from './use-host-view'
import { useHostWindow } from './use-host-window'
import { useRolloutOver } from './use-rollout-over'

const FirstSteps = dynamic(
  () => import('@/app/_components/fleet/first-steps').then((part) => part.FirstSteps),
  { ssr: false },
)
const SelectionBar = dynamic(() => import('./selection-bar').then((part) => part.SelectionBar), {
  ssr: false,
})
// Comes beside the first rows it shows: neither waits for the other.
const HostTable = dynamic(() => import('./host-table').then((part) => part.HostTable), {
  ssr: false,
  loading: () => <Skeleton className="h-96" />,
})
const LabelSelection = dynamic(() => import('./label-selection').then((part) => part.LabelSelection), {
  ssr: false,
})

export function HostsPage() {
  const trpc = useTRPC()
  const router = useRouter()
  const [view, setView] = useHostView()
  const query = useDebounced(view.q, 180)
  const summary = useQuery(trpc.hosts.summary.queryOptions())
  const hostQuery = { query, sort: view.sort, direction: view.dir }
  const { top, matching, rows, onRange } = useHostWindow(hostQuery)
  const readAll = useAllHosts(hostQuery)
  const rollOut = useRolloutOver(query, readAll)
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const [isLabelling, setIsLabelling] = useState(false)
  useHotkeys({ a: () => router.push('/hosts/add') })

  // A selection belongs to the view it was made in: what is no longer in sight is not acted on.
  const filter = (q: string) => {
    setSelected(new Set())
    void setView({ q: q === '' ? null : q })
  }
  const selectAll = async () => {
    const all = await readAll()
    if (all) setSelected(new Set(all.map((host) => host.id)))
  }
  const exportAll = async (only: ReadonlySet<string> | null) => {
    const [all, { exportHosts }] = await Promise.all([readAll(), import('./export-hosts')])
    if (all) exportHosts(only ? all.filter((host) => only.has(host.id)) : all)
  }

  const { key_review: first = 0, key_changed: changed = 0 } = summary.data?.hostsByStanding ?? {}
  const keysToReview = first + changed

  if (top.error && !top.data) return <QueryFault error={top.error} onRetry={() => void top.refetch()} />
  return (
    <>
      <PageTitle
        title="Hosts"
        sentence={summary.data ? <FleetSentence summary={summary.data} /> : <>&nbsp;</>}
        actions={
          <>
            {keysToReview > 0 ? (
              <ButtonLink href="/hosts/keys">Review {plural(keysToReview, 'key')}…</ButtonLink>
            ) : null}
            <ButtonLink href="/hosts/add" look="primary">
              Add hosts…
            </ButtonLink>
          </>
        }
      />
      {top.data?.total === 0 ? (
        <FirstSteps />
      ) : (
        <>
          {summary.data ? <FleetTiles summary={summary.data} /> : <Skeleton className="h-[76px]" />}
          <HostFilter text={view.q} onText={filter} list={top.data} onExport={() => void exportAll(null)} />
          {selected.size > 0 ? (
            <SelectionBar
              selected={selected}
              matching={matching}
              onSelectAll={() => void selectAll()}
              onRollout={() => rollOut(selected, selected.size === matching)}
              onLabel={() => setIsLabelling(true)}
              onExport={() => void exportAll(selected)}
              onClear={() => setSelected(new Set())}
            />
          ) : null}
          {isLabelling && selected.size > 0 ? (
            <LabelSelection
              // All that match go as the filter: what matches is for the server to say.
              targets={
                selected.size === matching
                  ? { type: 'query', query }
                  : { type: 'hosts', hostIds: [...selected] }
              }
              onClose={() => setIsLabelling(false)}
            />
          ) : null}
          {top.data ? (
            <HostTable
              rows={rows}
              count={matching}
              onRange={onRange}
              sort={view.sort}
              direction={view.dir}
              onSort={(sort, dir) => void setView({ sort, dir })}
              onClear={() => filter('')}
              selected={selected}
              onSelect={setSelected}
              onSelectAll={() => void selectAll()}
            />
          ) : (
            <Skeleton className="h-96" />
          )}
        </>
      )}
    </>
  )
}
