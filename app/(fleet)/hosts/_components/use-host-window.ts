'use client'

import { useQueries, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTRPC } from '@/app/_lib/trpc'
import { useDebounced } from '@/app/_lib/use-debounced'
import type { HostRow } from '@/server/hosts/schemas/row'
import type { Sort } from './use-host-view'

const PAGE_ROWS = 100

export interface HostQuery {
  query: string
  sort: Sort
  direction: 'asc' | 'desc'
}

/**
 * Hosts that match, read only where one looks: ten thousand rows are megabytes, and what is in view is a hundred. The
 * first page is always there; it tells how many match.
 */
export function useHostWindow(view: HostQuery) {
  const trpc = useTRPC()
  const [range, setRange] = useState({ first: 0, last: 0 })
  const settled = useDebounced(range, 60)
  const pageOptions = (page: number) =>
    trpc.hosts.list.queryOptions(
      { ...view, limit: PAGE_ROWS, offset: page * PAGE_ROWS },
      {
        // While another sort or filter is on its way, the same stretch of the old list stands in its place.
        placeholderData: (before, query) =>
          offsetOf(query?.queryKey) === page * PAGE_ROWS ? before : undefined,
      },
    )
  const top = useQuery(pageOptions(0))
  const matching = top.data?.matching ?? 0
  const pages = pagesOf(settled, matching)
  const rest = useQueries({ queries: pages.map(pageOptions) })

  const rows = new Map<number, HostRow>()
  for (const [at, host] of (top.data?.hosts ?? []).entries()) rows.set(at, host)
  for (const [index, page] of pages.entries()) {
    for (const [at, host] of (rest[index]?.data?.hosts ?? []).entries()) rows.set(page * PAGE_ROWS + at, host)
  }
  return {
    top,
    matching,
    rows,
    onRange: (first: number, last: number) => {
      if (first !== range.first || last !== range.last) setRange({ first, last })
    },
  }
}

/** Pages beyond the first that hold rows `first` to `last`. */
function pagesOf({ first, last }: { first: number; last: number }, matching: number): number[] {
  const pages: number[] = []
  const end = Math.min(last, matching - 1)
  for (let page = Math.floor(first / PAGE_ROWS); page * PAGE_ROWS <= end; page += 1) {
    if (page > 0) pages.push(page)
  }
  return pages
}

function offsetOf(queryKey: readonly unknown[] | undefined): number | null {
  const options = queryKey?.[1]
  if (typeof options !== 'object' || options === null || !('input' in options)) return null
  const { input } = options
  if (typeof input !== 'object' || input === null || !('offset' in input)) return null
  return typeof input.offset === 'number' ? input.offset : null
}
