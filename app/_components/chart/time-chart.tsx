'use client'

import { clsx } from 'clsx'
import Link from 'next/link'
import { useEffect, useMemo, useRef, useState } from 'react'
import { formatMoment } from '@/app/_lib/format'
import { formatValue } from './axis'
import type { ChartBand, ChartData, ChartMark, SecondsRange } from './chart-data'
import { ChartLegend } from './chart-legend'
import type { Plot, PlotEvents } from './plot'
import { stack } from './stack'
import { useChartKeys } from './use-chart-keys'

/**
 * The one chart: a stack of areas in steps, lines over it, marks and bands. The drawing itself says nothing to a screen
 * reader: it is a slider over time whose value is read out, and a table twin stands beside it.
 */
export function TimeChart({
  label,
  data,
  range,
  marks = NO_MARKS,
  bands = NO_BANDS,
  bare = false,
  top = null,
  legend = true,
  className = 'h-64',
  onZoom = null,
  onZoomOut = null,
}: {
  label: string
  data: ChartData
  range: SecondsRange
  marks?: readonly ChartMark[]
  bands?: readonly ChartBand[]
  bare?: boolean
  /** The end of the scale, where several charts share one. */
  top?: number | null
  legend?: boolean
  className?: string
  onZoom?: ((range: SecondsRange) => void) | null
  onZoomOut?: (() => void) | null
}) {
  const element = useRef<HTMLDivElement>(null)
  const [plot, setPlot] = useState<Plot | null>(null)
  const [pointed, setPointed] = useState<number | null>(null)
  const [places, setPlaces] = useState<readonly { key: string; left: number }[]>([])
  const events = useRef<PlotEvents | null>(null)
  useEffect(() => {
    events.current = {
      onPoint: setPointed,
      onZoom,
      onZoomOut,
      onMarks: (next) => setPlaces((before) => (samePlaces(before, next) ? before : next)),
    }
  })
  const canZoom = onZoom !== null

  // The drawing library comes when the first chart is on the page: no other page pays for it.
  useEffect(() => {
    let made: Plot | null = null
    let isGone = false
    void import('./plot').then(({ createPlot }) => {
      if (isGone || element.current === null) return
      made = createPlot(element.current, {
        onPoint: (index) => events.current?.onPoint(index),
        onZoom: canZoom ? (zoomed) => events.current?.onZoom?.(zoomed) : null,
        onZoomOut: () => events.current?.onZoomOut?.(),
        onMarks: (next) => events.current?.onMarks(next),
      })
      setPlot(made)
    })
    return () => {
      isGone = true
      made?.destroy()
      setPlot(null)
    }
  }, [canZoom])
  useEffect(
    () => plot?.show({ data, range, marks, bands, bare, top }),
    [plot, data, range, marks, bands, bare, top],
  )

  const last = data.times.length - 1
  const index = pointed === null || pointed > last ? null : pointed
  const shown = index ?? last
  const point = (next: number | null) => {
    setPointed(next)
    plot?.point(next)
  }
  const onKeyDown = useChartKeys({ data, range, index, point, onZoom, onZoomOut })
  const readings = useMemo(() => readingsAt(data, shown), [data, shown])
  const text =
    shown < 0
      ? 'no reading'
      : `${formatMoment(new Date((data.times[shown] ?? 0) * 1000))}: ${readings.map((each) => `${each.label} ${each.text}`).join(', ')}`
  return (
    <figure aria-label={label} className="grid min-w-0 gap-1.5">
      {legend ? (
        <ChartLegend
          readings={readings}
          atSeconds={shown < 0 ? null : (data.times[shown] ?? null)}
          isLatest={index === null}
        />
      ) : null}
      <div className="relative">
        <div
          ref={element}
          role="slider"
          tabIndex={0}
          aria-label={`${label}: time`}
          aria-valuemin={range.from}
          aria-valuemax={range.to}
          aria-valuenow={data.times[shown] ?? range.to}
          aria-valuetext={text}
          aria-keyshortcuts="ArrowLeft ArrowRight Home End + - Escape"
          onKeyDown={onKeyDown}
          onBlur={() => point(null)}
          className={clsx('chart w-full rounded-sm', className)}
        />
        {apart(places).map(({ key, left, more }) => {
          const mark = marks.find((each) => each.key === key)
          return mark === undefined ? null : <MarkFlag key={key} mark={mark} more={more} left={left} />
        })}
      </div>
    </figure>
  )
}

const NO_MARKS: readonly ChartMark[] = []
const NO_BANDS: readonly ChartBand[] = []
/** About as wide as a flag is. */
const FLAG_PIXELS = 64

function samePlaces(one: readonly { key: string; left: number }[], other: typeof one): boolean {
  return (
    one.length === other.length &&
    one.every(({ key, left }, at) => other[at]?.key === key && other[at]?.left === left)
  )
}

/** Flags that would cover each other become one, which says how many. */
function apart(places: readonly { key: string; left: number }[]) {
  const found: { key: string; left: number; more: string[] }[] = []
  for (const { key, left } of places) {
    const before = found.at(-1)
    if (before && left - before.left < FLAG_PIXELS) before.more.push(key)
    else found.push({ key, left, more: [] })
  }
  return found
}

/** Leads to what happened; says it on hover and to a screen reader. */
function MarkFlag({ mark, more, left }: { mark: ChartMark; more: readonly string[]; left: number }) {
  const ref = useRef<HTMLAnchorElement>(null)
  // By script: a style attribute in the page's text would be refused by its security policy.
  useEffect(() => {
    const flag = ref.current
    const width = flag?.parentElement?.clientWidth ?? 0
    if (!flag) return
    // Over its line, but never beyond the edge.
    const half = flag.offsetWidth / 2
    flag.style.left = `${Math.max(half, Math.min(left, width - half))}px`
  }, [left])
  const words = more.length === 0 ? mark.label : `${mark.label}; and ${more.length} more close by`
  return (
    <Link
      ref={ref}
      href={mark.href}
      title={words}
      aria-label={words}
      className="-translate-x-1/2 absolute top-0 whitespace-nowrap rounded-sm border border-line-strong bg-surface px-1 text-[11px] text-ink-2 leading-4 hover:border-accent hover:text-ink"
    >
      {more.length === 0 ? mark.short : `${mark.short} and ${more.length} more`}
    </Link>
  )
}

export interface Reading {
  key: string
  label: string
  text: string
  fill: ChartData['parts'][number]['fill'] | null
  shade: number
  dash: readonly number[]
}

/** What stands at an index, from the top of the stack down, as it is drawn. */
function readingsAt(data: ChartData, index: number): Reading[] {
  const sums = stack(data.parts, data.times.length)
  const told = (value: number | null | undefined) =>
    value === null || value === undefined ? 'no reading' : formatValue(value, data.unit)
  return [
    ...data.parts.map(({ key, label, fill, shade, values }, part) => ({
      key,
      label,
      fill,
      shade,
      dash: [],
      text: told((sums[part]?.high[index] ?? null) === null ? null : (values[index] ?? 0)),
    })),
    ...data.lines.map(({ key, label, dash, values }) => ({
      key,
      label,
      fill: null,
      shade: 0,
      dash,
      text: told(values[index]),
    })),
  ]
}
