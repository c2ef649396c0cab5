'use client'

import { useQueries, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { isLiveRollout } from '@/app/_lib/rollout-states'
import { useTRPC } from '@/app/_lib/trpc'
import { useDebounced } from '@/app/_lib/use-debounced'
import type { RolloutRow, RowFilter } from '@/server/rollouts/progress-schema'
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
  const shown = useQueries({ queries: pages.map(pageOptions) })
  // How many match is told by every page; the one in view is the newest.
  const newest = shown.toSorted((a, b) => b.dataUpdatedAt - a.dataUpdatedAt)[0]
  const counts = useQuery({ ...pageOptions(pages[0] ?? 0), enabled: false })
  const latest = newest?.data ?? counts.data
  const rows = new Map<number, RolloutRow>()
  for (const [index, page] of pages.entries()) {
    for (const [at, row] of (shown[index]?.data?.rows ?? []).entries()) rows.set(page * PAGE_ROWS + at, row)
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
