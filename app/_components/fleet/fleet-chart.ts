import type { ChartBand, ChartData, ChartMark, ChartPart } from '@/app/_components/chart/chart-data'
import { ROLLOUT_MARKS } from '@/app/_lib/rollout-states'
import type { FleetCapacity } from '@/server/capacity/schema'
import { FLEET_SERIES, type FleetSeries } from '@/server/capacity/vocabulary'
import { rolloutStates } from '@/server/rollouts/vocabulary'

export const SERIES_WORDS: Record<FleetSeries, string> = {
  dram: 'DRAM',
  pmem: 'PMEM',
  cxl: 'CXL',
  hbm: 'HBM',
  convertible: 'Convertible',
  lost: 'Lost to alignment',
}

type Group = Pick<FleetCapacity['groups'][number], 'hosts' | 'series'>

/** All groups together: what the whole fleet, or what of it is filtered, comes to. */
export function wholeFleet({ groups, times }: Pick<FleetCapacity, 'groups' | 'times'>): Group {
  const sum = (of: (group: Group) => readonly number[] | undefined) =>
    times.map((_, index) => groups.reduce((total, group) => total + (of(group)?.[index] ?? 0), 0))
  return {
    hosts: sum(({ hosts }) => hosts),
    series: Object.fromEntries(
      FLEET_SERIES.map((name) => [name, sum(({ series }) => series[name])]),
    ) as Group['series'],
  }
}

/** A group as the chart draws it. What nobody has anywhere is left out; a time at which nobody was heard is a gap. */
export function groupChart(
  { stepSeconds, times }: Pick<FleetCapacity, 'stepSeconds' | 'times'>,
  { hosts, series }: Group,
  shown: ReadonlySet<FleetSeries>,
): ChartData {
  const isHeard = hosts.map((count) => count > 0)
  const parts = FLEET_SERIES.filter((name) => shown.has(name)).map(
    (name): ChartPart => ({
      key: name,
      label: SERIES_WORDS[name],
      fill: name,
      shade: 0,
      values: times.map((_, index) => (isHeard[index] ? (series[name][index] ?? 0) : null)),
    }),
  )
  return { unit: 'kib', stepSeconds, times, parts, lines: [] }
}

/** How many hosts were heard from: a dip in capacity with a dip here is silence, not loss. */
export function heardChart(
  { stepSeconds, times }: Pick<FleetCapacity, 'stepSeconds' | 'times'>,
  { hosts }: Group,
): ChartData {
  const part: ChartPart = { key: 'hosts', label: 'Hosts heard from', fill: 'hosts', shade: 0, values: hosts }
  return { unit: 'hosts', stepSeconds, times, parts: [part], lines: [] }
}

/** The series that anybody has something of, in the order they are stacked. */
export function usedSeries({ groups }: Pick<FleetCapacity, 'groups'>): Set<FleetSeries> {
  return new Set(
    FLEET_SERIES.filter(
      (name) => name === 'dram' || groups.some(({ series }) => series[name].some((kib) => kib > 0)),
    ),
  )
}

export function rolloutBands({ bands }: Pick<FleetCapacity, 'bands'>): ChartBand[] {
  return bands.map(({ rolloutId, name, startedAt, endedAt }) => ({
    key: rolloutId,
    label: name,
    fromSeconds: secondsOf(startedAt),
    toSeconds: endedAt === null ? null : secondsOf(endedAt),
  }))
}

const SHORT_NAME = 18

/** A flag where each band begins, or at the edge for one that began before: it leads to the rollout. */
export function rolloutMarks({ bands }: Pick<FleetCapacity, 'bands'>, from: number): ChartMark[] {
  return bands.map(({ rolloutId, name, state, startedAt }) => {
    const known = rolloutStates.find((each) => each === state)
    return {
      key: rolloutId,
      atSeconds: Math.max(from, secondsOf(startedAt)),
      label: `Rollout ${name}: ${known === undefined ? state : ROLLOUT_MARKS[known].word.toLowerCase()}`,
      short: name.length > SHORT_NAME ? `${name.slice(0, SHORT_NAME - 1)}…` : name,
      href: { pathname: `/rollouts/${rolloutId}`, query: {} },
    }
  })
}

const secondsOf = (at: Date) => Math.floor(at.getTime() / 1000)
