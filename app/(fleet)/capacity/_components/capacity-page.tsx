'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { parseAsBoolean, parseAsString, useQueryStates } from 'nuqs'
import { useMemo } from 'react'
import { Button } from '@/app/_components/button'
import { Card, CardBody } from '@/app/_components/card'
import { ChartTable } from '@/app/_components/chart/chart-table'
import { exportChart } from '@/app/_components/chart/export-chart'
import { RangePicker } from '@/app/_components/chart/range-picker'
import { chartRows } from '@/app/_components/chart/rows'
import { Toggle } from '@/app/_components/chart/segments'
import { useTimeRange } from '@/app/_components/chart/use-time-range'
import { FleetArea } from '@/app/_components/fleet/fleet-area'
import { groupChart, heardChart, usedSeries, wholeFleet } from '@/app/_components/fleet/fleet-chart'
import { HostMap } from '@/app/_components/host-map/lazy-host-map'
import { PageTitle } from '@/app/_components/page-title'
import { QueryFault } from '@/app/_components/query-fault'
import { Skeleton } from '@/app/_components/skeleton'
import { formatTimeSpan } from '@/app/_lib/time-span'
import { useTRPC } from '@/app/_lib/trpc'
import { useDebounced } from '@/app/_lib/use-debounced'
import { CapacityFilter } from './capacity-filter'
import { CapacitySentence } from './capacity-sentence'
import { GroupCharts } from './group-charts'

/** Memory by tier over time: the fleet or what of it is filtered, and each group by itself. */
export function CapacityPage() {
  const trpc = useTRPC()
  const [view, setView] = useQueryStates({
    q: parseAsString.withDefault(''),
    group: parseAsString,
    table: parseAsBoolean.withDefault(false),
  })
  const filter = useDebounced(view.q, 180)
  const groupBy = view.group === null || view.group === '' ? null : view.group
  // Whether the filter can be read is asked first: charts keep what they show until it can.
  const list = useQuery(trpc.hosts.list.queryOptions({ query: filter, limit: 1 }))
  const fault = list.data?.queryError ?? null
  const isReadable = list.data !== undefined && fault === null
  const time = useTimeRange('30d')
  const { range } = time
  const query = useQuery(
    trpc.capacity.fleet.queryOptions(
      { from: new Date(range.from * 1000), to: new Date(range.to * 1000), filter, groupBy, maxPoints: 600 },
      { enabled: isReadable, placeholderData: keepPreviousData, gcTime: 60_000 },
    ),
  )
  const { data } = query
  const rows = useMemo(() => {
    if (!data) return null
    const whole = wholeFleet(data)
    return chartRows(groupChart(data, whole, usedSeries(data)), range, heardChart(data, whole))
  }, [data, range])
  return (
    <>
      <PageTitle
        title="Capacity"
        sentence={data ? <CapacitySentence data={data} filter={filter} /> : <>&nbsp;</>}
      />
      <CapacityFilter
        text={view.q}
        filter={filter}
        group={groupBy}
        fault={fault}
        matching={isReadable ? (list.data?.matching ?? null) : null}
        onText={(q) => void setView({ q: q === '' ? null : q })}
        onGroup={(group) => void setView({ group })}
      />
      {query.error ? <QueryFault error={query.error} onRetry={() => void query.refetch()} /> : null}
      <Card
        title="Memory by tier"
        meta={data ? `steps of ${formatTimeSpan(data.stepSeconds)}` : null}
        aside={
          <div className="flex flex-wrap items-center gap-2">
            <RangePicker
              name={time.name}
              isZoomed={time.isZoomed}
              onRange={time.choose}
              onZoomOut={time.zoomOut}
            />
            <Toggle
              label="Table"
              pressed={view.table}
              onPress={() => void setView({ table: view.table ? null : true })}
            />
            <Button
              look="quiet"
              blocked={rows && rows.rows.length > 0 ? null : 'There is nothing to export in this range.'}
              onClick={() => rows && exportChart('capacity', rows)}
              className="px-2 py-0.5 text-xs"
            >
              <Download size={13} aria-hidden="true" />
              CSV
            </Button>
          </div>
        }
      >
        {data === undefined || rows === null ? (
          <Skeleton className="m-3.5 h-96" />
        ) : view.table ? (
          <ChartTable label="Memory of the fleet by tier" table={rows} />
        ) : (
          <CardBody className="grid gap-2">
            <FleetArea data={data} range={range} onZoom={time.zoom} onZoomOut={time.zoomOut} />
            <p className="text-ink-3 text-xs">
              Drag to zoom, double click or Esc to go back; with the keyboard: arrows, + and −. Where capacity
              dips together with the hosts heard from, hosts were silent; where it dips alone, memory went
              away.
            </p>
          </CardBody>
        )}
      </Card>
      {data && groupBy !== null ? (
        <GroupCharts
          data={data}
          label={groupBy}
          filter={filter}
          range={range}
          table={view.table}
          onZoom={time.zoom}
          onZoomOut={time.zoomOut}
        />
      ) : null}
      <HostMap filter={filter} isReadable={isReadable} />
    </>
  )
}
