'use client'

import { keepPreviousData, useQueries, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { isLiveRollout } from '@/app/_lib/rollout-phases'
import { useTRPC } from '@/app/_lib/trpc'
import { useDebounced } from '@/app/_lib/use-debounced'
import type { RolloutRow, RowFilter } from '@/server/rollouts/views/progress-schema'
import type { RolloutState } from '@/server/rollouts/vocabulary'

const PAGE_ROWS = 60
/** A net below the live stream, for as long as something is to come. */
const WATCH_EVERY_MS = 5_000

/** Rows that match, read (and read again when something happens) only where one looks. */
export function useRowWindow(filter: RowFilter, state: RolloutState) {
  const trpc = useTRPC()
  const [range, setRange] = useState({ first: 0, last: 0 })
  const settled = useDebounced(range, 60)
  const refetchInterval = isLiveRollout(state) ? WATCH_EVERY_MS : (false as const)
  const pageOptions = (page: number) =>
    trpc.rollouts.rows.queryOptions(
      { ...filter, limit: PAGE_ROWS, offset: page * PAGE_ROWS },
      { refetchInterval },
    )
  const pages = pagesOf(settled)
  // Held while one is elsewhere, and read again only in view: it tells how many there are until another page does.
  const top = useQuery({
    ...pageOptions(0),
    // While another filter is on its way, the old list stands in its place.
    placeholderData: keepPreviousData,
    enabled: pages[0] === 0,
  })
  const rest = pages.filter((page) => page > 0)
  const others = useQueries({ queries: rest.map(pageOptions) })
  const shown = [top, ...others]
  const read = shown.filter(({ data }) => data !== undefined)
  const latest = read.toSorted((a, b) => b.dataUpdatedAt - a.dataUpdatedAt)[0]?.data
  const rows = new Map<number, RolloutRow>()
  for (const [at, row] of (top.data?.rows ?? []).entries()) rows.set(at, row)
  for (const [index, page] of rest.entries()) {
    for (const [at, row] of (others[index]?.data?.rows ?? []).entries()) rows.set(page * PAGE_ROWS + at, row)
  }
  return {
    error: shown.find(({ error }) => error !== null)?.error ?? null,
    refetch: () => Promise.all(shown.map((page) => page.refetch())),
    isRead: latest !== undefined,
    matching: latest?.matching ?? 0,
    matchingHosts: latest?.matchingHosts ?? 0,
    rows,
    onRange: (first: number, last: number) => {
      if (first !== range.first || last !== range.last) setRange({ first, last })
    },
  }
}

function pagesOf({ first, last }: { first: number; last: number }): number[] {
  const pages: number[] = []
  for (let page = Math.floor(first / PAGE_ROWS); page * PAGE_ROWS <= last; page += 1) pages.push(page)
  return pages
}
