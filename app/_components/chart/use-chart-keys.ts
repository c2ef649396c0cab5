'use client'

import type { KeyboardEvent } from 'react'
import type { ChartData, SecondsRange } from './chart-data'
import { indexAt } from './stack'

/** How many values a step with Page Up and Page Down goes over. */
const PAGE = 10

/** Arrow keys move the cursor from value to value, `+` and `-` zoom around it, Escape goes back to the whole. */
export function useChartKeys({
  data,
  range,
  index,
  point,
  onZoom,
  onZoomOut,
}: {
  data: ChartData
  range: SecondsRange
  index: number | null
  point: (index: number | null) => void
  onZoom: ((range: SecondsRange) => void) | null
  onZoomOut: (() => void) | null
}): (event: KeyboardEvent) => void {
  const first = data.times.findIndex((time) => time >= range.from)
  const last = indexAt(data.times, range.to)
  const move = (to: number) => {
    if (first === -1 || last === null) return
    point(Math.min(last, Math.max(first, to)))
  }
  const zoom = (factor: number) => {
    const middle = (index === null ? undefined : data.times[index]) ?? (range.from + range.to) / 2
    // What the cursor stands on stays where it is.
    onZoom?.({
      from: Math.round(middle - (middle - range.from) * factor),
      to: Math.round(middle + (range.to - middle) * factor),
    })
  }
  const from = index ?? last ?? 0
  const act = (key: string): boolean => {
    switch (key) {
      case 'ArrowLeft':
        move(from - 1)
        return true
      case 'ArrowRight':
        move(from + 1)
        return true
      case 'PageDown':
        move(from - PAGE)
        return true
      case 'PageUp':
        move(from + PAGE)
        return true
      case 'Home':
        move(first)
        return true
      case 'End':
        move(last ?? 0)
        return true
      case '+':
      case '=':
        zoom(0.5)
        return true
      case '-':
        zoom(2)
        return true
      case 'Escape':
        onZoomOut?.()
        return true
      default:
        return false
    }
  }
  return (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (act(event.key)) event.preventDefault()
  }
}
