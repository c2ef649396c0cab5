'use client'

import { useMemo } from 'react'
import type { SecondsRange } from '@/app/_components/chart/chart-data'
import { TimeChart } from '@/app/_components/chart/time-chart'
import type { FleetCapacity } from '@/server/capacity/schema'
import { groupChart, heardChart, rolloutBands, rolloutMarks, usedSeries, wholeFleet } from './fleet-chart'

/** The fleet by tier, rollouts behind it, and below it how many hosts it was heard from. */
export function FleetArea({
  data,
  range,
  className = 'h-72',
  onZoom = null,
  onZoomOut = null,
}: {
  data: FleetCapacity
  range: SecondsRange
  className?: string
  onZoom?: ((range: SecondsRange) => void) | null
  onZoomOut?: (() => void) | null
}) {
  const { chart, heard, bands } = useMemo(() => {
    const whole = wholeFleet(data)
    return {
      chart: groupChart(data, whole, usedSeries(data)),
      heard: heardChart(data, whole),
      bands: rolloutBands(data),
    }
  }, [data])
  const marks = useMemo(() => rolloutMarks(data, range.from), [data, range.from])
  const zooming = { onZoom, onZoomOut }
  return (
    <div className="grid gap-1">
      <TimeChart
        label="Memory of the fleet by tier"
        data={chart}
        range={range}
        marks={marks}
        bands={bands}
        bare
        className={className}
        {...zooming}
      />
      <TimeChart label="Hosts heard from" data={heard} range={range} className="h-20" {...zooming} />
    </div>
  )
}
