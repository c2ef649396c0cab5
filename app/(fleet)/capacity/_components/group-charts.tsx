'use client'

import { useMemo, useState } from 'react'
import { Button } from '@/app/_components/button'
import { Bytes } from '@/app/_components/bytes'
import { Card } from '@/app/_components/card'
import { kibToBytes } from '@/app/_components/chart/axis'
import type { SecondsRange } from '@/app/_components/chart/chart-data'
import { TimeChart } from '@/app/_components/chart/time-chart'
import { groupChart, usedSeries } from '@/app/_components/fleet/fleet-chart'
import { groupName } from '@/app/_components/host-map/group-hosts'
import { GroupLink } from '@/app/_components/host-map/group-link'
import { formatCount, plural } from '@/app/_lib/format'
import type { FleetCapacity } from '@/server/capacity/schema'
import { FLEET_SERIES, TIERS } from '@/server/capacity/vocabulary'
import { GroupTable } from './group-table'

const FIRST = 12

/** Every group by itself, all on one scale: what is larger is drawn larger. */
export function GroupCharts({
  data,
  label,
  filter,
  range,
  table,
  onZoom,
  onZoomOut,
}: {
  data: FleetCapacity
  label: string
  filter: string
  range: SecondsRange
  /** In figures, in the place of the charts. */
  table: boolean
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
  if (table) return <GroupTable data={data} label={label} filter={filter} />
  return (
    <Card title={`By ${label}`} meta={`${plural(charts.length, 'group')}, all on one scale`}>
      <ul className="grid gap-x-5 gap-y-4 px-3.5 py-3 md:grid-cols-2 xl:grid-cols-3">
        {visible.map(({ group, chart }) => (
          <li key={`${group.name} ${group.folded}`} className="grid min-w-0 gap-1">
            <div className="flex items-baseline gap-2">
              <GroupLink label={label} group={group} filter={filter} />
              <span className="ml-auto text-ink-3 text-xs whitespace-nowrap">
                {formatCount(group.hosts.at(-1) ?? 0)} heard ·{' '}
                <Bytes value={kibToBytes(onlineAtEnd(group.series))} />
              </span>
            </div>
            <TimeChart
              label={`Memory of ${label} ${groupName(label, group)}`}
              data={chart}
              range={range}
              top={top}
              legend={false}
              className="h-28"
              onZoom={onZoom}
              onZoomOut={onZoomOut}
            />
          </li>
        ))}
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
