'use client'

import { parseAsInteger, parseAsStringLiteral, useQueryStates } from 'nuqs'
import { useMemo } from 'react'
import type { SecondsRange } from './chart-data'
import { boundedRange, RANGE_NAMES, RANGE_SECONDS, type RangeName, refreshSeconds } from './ranges'
import { useTick } from './use-tick'

/** The range of time on show: a named one that ends now and moves on, or one that was brushed. It lives in the URL. */
export function useTimeRange(usual: RangeName) {
  const [view, setView] = useQueryStates(
    { range: parseAsStringLiteral(RANGE_NAMES).withDefault(usual), from: parseAsInteger, to: parseAsInteger },
    { history: 'push' },
  )
  const seconds = RANGE_SECONDS[view.range]
  const isZoomed = view.from !== null && view.to !== null && view.from < view.to
  const now = useTick(isZoomed ? null : refreshSeconds(seconds))
  const from = isZoomed ? (view.from ?? now - seconds) : now - seconds
  const to = isZoomed ? (view.to ?? now) : now
  // The same object as long as it is the same time: charts draw anew only when there is something new.
  const range = useMemo<SecondsRange>(() => ({ from, to }), [from, to])
  return {
    range,
    name: view.range,
    isZoomed,
    choose: (name: RangeName) => void setView({ range: name === usual ? null : name, from: null, to: null }),
    zoom: (wanted: SecondsRange) => {
      const { from, to } = boundedRange(wanted, Math.floor(Date.now() / 1000))
      void setView({ from, to })
    },
    zoomOut: () => {
      if (isZoomed) void setView({ from: null, to: null })
    },
  }
}
