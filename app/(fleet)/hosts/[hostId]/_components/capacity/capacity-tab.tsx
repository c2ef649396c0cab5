'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { useMemo } from 'react'
import { Ago } from '@/app/_components/ago'
import { Button } from '@/app/_components/button'
import { Card, CardBody } from '@/app/_components/card'
import { ChartTable } from '@/app/_components/chart/chart-table'
import { exportChart } from '@/app/_components/chart/export-chart'
import { RangePicker } from '@/app/_components/chart/range-picker'
import { chartRows } from '@/app/_components/chart/rows'
import { Segments, Toggle } from '@/app/_components/chart/segments'
import { TimeChart } from '@/app/_components/chart/time-chart'
import { useTimeRange } from '@/app/_components/chart/use-time-range'
import { QueryFault } from '@/app/_components/query-fault'
import { Skeleton } from '@/app/_components/skeleton'
import { formatTimeSpan } from '@/app/_lib/time-span'
import { useTRPC } from '@/app/_lib/trpc'
import { HOST_DIVISIONS, type HostDivision } from '@/server/capacity/vocabulary'
import type { HostDetail } from '@/server/hosts/schemas/detail'
import { hostChart, hostMarks, LINE_NAMES, LINE_WORDS } from './host-chart'
import { useCapacityView } from './use-capacity-view'

const DIVISION_WORDS: Record<HostDivision, string> = { tier: 'Tier', node: 'Node', device: 'Device' }

/** What this host's memory was made of over time, and which run changed it. */
export function CapacityTab({ host }: { host: HostDetail }) {
  const trpc = useTRPC()
  const [view, setView] = useCapacityView()
  const time = useTimeRange('24h')
  const { range } = time
  const query = useQuery(
    trpc.capacity.host.queryOptions(
      { hostId: host.id, by: view.by, from: new Date(range.from * 1000), to: new Date(range.to * 1000) },
      // Every look at the live edge is a question of its own: yesterday's answers need not be kept.
      { placeholderData: keepPreviousData, gcTime: 60_000 },
    ),
  )
  const { data } = query
  const chart = useMemo(() => (data ? hostChart(data, view.lines) : null), [data, view.lines])
  const marks = useMemo(() => (data ? hostMarks(host.id, data) : []), [host.id, data])
  const rows = useMemo(() => (chart ? chartRows(chart, range) : null), [chart, range])
  const toggleLine = (line: (typeof LINE_NAMES)[number]) =>
    void setView({
      lines: view.lines.includes(line) ? view.lines.filter((each) => each !== line) : [...view.lines, line],
    })
  const label = `Memory of ${host.name} by ${view.by}`
  if (query.error && !data) return <QueryFault error={query.error} onRetry={() => void query.refetch()} />
  return (
    <Card
      title="Capacity"
      meta={data ? `steps of ${formatTimeSpan(data.stepSeconds)}` : null}
      aside={
        <RangePicker
          name={time.name}
          isZoomed={time.isZoomed}
          onRange={time.choose}
          onZoomOut={time.zoomOut}
        />
      }
    >
      <div className="flex flex-wrap items-center gap-2 border-line border-b px-3.5 py-2">
        <Segments
          label="Divided by"
          values={HOST_DIVISIONS}
          words={DIVISION_WORDS}
          value={view.by}
          onValue={(by) => void setView({ by })}
        />
        <fieldset className="flex gap-1">
          <legend className="sr-only">Lines over the chart</legend>
          {LINE_NAMES.map((line) => (
            <Toggle
              key={line}
              label={LINE_WORDS[line]}
              pressed={view.lines.includes(line)}
              onPress={() => toggleLine(line)}
            />
          ))}
        </fieldset>
        <div className="ml-auto flex gap-1">
          <Toggle
            label="Table"
            pressed={view.table}
            onPress={() => void setView({ table: view.table ? null : true })}
          />
          <Button
            look="quiet"
            blocked={rows && rows.rows.length > 0 ? null : 'There is nothing to export in this range.'}
            onClick={() => rows && exportChart(`capacity-${host.name}`, rows)}
            className="px-2 py-0.5 text-xs"
          >
            <Download size={13} aria-hidden="true" />
            CSV
          </Button>
        </div>
      </div>
      {chart === null || rows === null ? (
        <Skeleton className="m-3.5 h-72" />
      ) : data?.latestAt === null ? (
        <CardBody className="text-ink-2">
          Nothing has been read from this host yet. From its first probe on, its memory is told here.
        </CardBody>
      ) : view.table ? (
        <ChartTable label={label} table={rows} />
      ) : (
        <CardBody className="grid gap-2">
          <TimeChart
            label={label}
            data={chart}
            range={range}
            marks={marks}
            className="h-72"
            onZoom={time.zoom}
            onZoomOut={time.zoomOut}
          />
          {rows.rows.length === 0 ? (
            <p className="text-ink-2">
              Nothing was heard from this host in this time; last <Ago at={data?.latestAt ?? null} />.
            </p>
          ) : null}
          <p className="text-ink-3 text-xs">
            Drag to zoom, double click or Esc to go back; with the keyboard: arrows, + and −. A gap is a time
            in which nothing was heard.
          </p>
        </CardBody>
      )}
    </Card>
  )
}
