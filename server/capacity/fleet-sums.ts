import type { FleetCapacity } from './schema'
import { FLEET_SERIES, type FleetSeries } from './vocabulary'

/** Equal steps of time. */
export interface Grid {
  firstMs: number
  stepMs: number
  length: number
}

/** What began, less what ended, between the point before and this one. */
export interface Change {
  name: string | null
  point: number
  hosts: number
  /** KiB, in the order of FLEET_SERIES. */
  sums: number[]
}

type Group = FleetCapacity['groups'][number]

/** What each group had at each point: all changes up to it. Changes must be in the order of their points. */
export function sumGroups(changes: readonly Change[], { length }: Grid): Group[] {
  const byName = new Map<string | null, Change[]>()
  for (const change of changes) {
    const some = byName.get(change.name)
    if (some === undefined) byName.set(change.name, [change])
    else some.push(change)
  }
  return [...byName].map(([name, some]) => ({
    name,
    folded: 1,
    hosts: running(some, length, ({ hosts }) => hosts),
    series: seriesOf((index) => running(some, length, ({ sums }) => sums[index] ?? 0)),
  }))
}

function running(changes: readonly Change[], length: number, amount: (change: Change) => number): number[] {
  const values = new Array<number>(length).fill(0)
  for (const change of changes) values[change.point] = (values[change.point] ?? 0) + amount(change)
  let sum = 0
  return values.map((value) => {
    sum += value
    return sum
  })
}

/** Largest first; the least ones as a single group, so that `most` are left. */
export function foldGroups(groups: readonly Group[], most: number): Group[] {
  const size = ({ series }: Group) =>
    FLEET_SERIES.reduce(
      (sum, each) => (each === 'lost' ? sum : sum + Math.max(0, ...series[each].slice(-1))),
      0,
    )
  const sizes = new Map(groups.map((group) => [group, size(group)]))
  const sorted = groups.toSorted(
    (a, b) => (sizes.get(b) ?? 0) - (sizes.get(a) ?? 0) || String(a.name).localeCompare(String(b.name)),
  )
  if (sorted.length <= most) return sorted
  const [kept, rest] = [sorted.slice(0, most - 1), sorted.slice(most - 1)]
  const add = (pick: (group: Group) => number[]) =>
    rest.slice(1).reduce(
      (sum, group) => {
        const more = pick(group)
        return sum.map((value, at) => value + (more[at] ?? 0))
      },
      [...pick(rest[0] as Group)],
    )
  const folded: Group = {
    name: null,
    folded: rest.length,
    hosts: add(({ hosts }) => hosts),
    series: seriesOf((_, each) => add(({ series }) => series[each])),
  }
  return [...kept, folded]
}

function seriesOf(values: (index: number, series: FleetSeries) => number[]): Group['series'] {
  return Object.fromEntries(FLEET_SERIES.map((each, index) => [each, values(index, each)])) as Group['series']
}
