'use client'

import Link from 'next/link'
import { useMemo, useState } from 'react'
import { Button } from '@/app/_components/button'
import { Bytes } from '@/app/_components/bytes'
import { Card } from '@/app/_components/card'
import { kibToBytes } from '@/app/_components/chart/axis'
import type { SecondsRange } from '@/app/_components/chart/chart-data'
import { TimeChart } from '@/app/_components/chart/time-chart'
import { groupChart, usedSeries } from '@/app/_components/fleet/fleet-chart'
import { groupFilter } from '@/app/_components/host-map/group-hosts'
import { formatCount, plural } from '@/app/_lib/format'
import type { FleetCapacity } from '@/server/capacity/schema'
import { FLEET_SERIES, TIERS } from '@/server/capacity/vocabulary'

const FIRST = 12

/** Every group by itself, all on one scale: what is larger is drawn larger. */
export function GroupCharts({
  data,
  label,
  filter,
  range,
  onZoom,
  onZoomOut,
}: {
  data: FleetCapacity
  label: string
  filter: string
  range: SecondsRange
  onZoom: (range: SecondsRange) => void
  onZoomOut: () => void
}) {
  const [all, setAll] = useState(false)
  const charts = useMemo(() => {
    const shown = usedSeries(data)
    return data.groups.map((group) => ({ group, chart: groupChart(data, group, shown) }))
  }, [data])
  const top = useMemo(
    () =>
      data.groups.reduce(
        (most, { series }) =>
          data.times.reduce(
            (high, _, index) =>
              Math.max(
                high,
                FLEET_SERIES.reduce((sum, name) => sum + (series[name][index] ?? 0), 0),
              ),
            most,
          ),
        0,
      ),
    [data],
  )
  const visible = all ? charts : charts.slice(0, FIRST)
  return (
    <Card title={`By ${label}`} meta={`${plural(charts.length, 'group')}, all on one scale`}>
      <ul className="grid gap-x-5 gap-y-4 px-3.5 py-3 md:grid-cols-2 xl:grid-cols-3">
        {visible.map(({ group, chart }) => {
          const query = groupFilter(label, group, filter)
          const name = group.folded > 1 ? `${group.folded} more groups` : (group.name ?? `no ${label}`)
          const heard = group.hosts.at(-1) ?? 0
          return (
            <li key={`${group.name} ${group.folded}`} className="grid min-w-0 gap-1">
              <div className="flex items-baseline gap-2">
                {query === null ? (
                  <span className="truncate font-medium">{name}</span>
                ) : (
                  <Link
                    href={{ pathname: '/hosts', query: { q: query } }}
                    prefetch={false}
                    title={query}
                    className="truncate rounded-sm font-medium font-mono text-xs underline decoration-line-strong underline-offset-4"
                  >
                    {name}
                  </Link>
                )}
                <span className="ml-auto text-ink-3 text-xs whitespace-nowrap">
                  {formatCount(heard)} heard · <Bytes value={kibToBytes(onlineAtEnd(group.series))} />
                </span>
              </div>
              <TimeChart
                label={`Memory of ${label} ${name}`}
                data={chart}
                range={range}
                top={top}
                legend={false}
                className="h-28"
                onZoom={onZoom}
                onZoomOut={onZoomOut}
              />
            </li>
          )
        })}
      </ul>
      {charts.length > visible.length ? (
        <div className="px-3.5 pb-3">
          <Button onClick={() => setAll(true)}>Show all {charts.length} groups</Button>
        </div>
      ) : null}
    </Card>
  )
}

function onlineAtEnd(series: FleetCapacity['groups'][number]['series']): number {
  return TIERS.reduce((sum, tier) => sum + (series[tier].at(-1) ?? 0), 0)
}
