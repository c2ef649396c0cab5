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

/** What lies in no group, or in one with others; no label has this for its value, which is one line of text. */
const REST = '\n'

/**
 * What each group had at each point: all changes up to it, which must be in order. Largest at the end first; of more than
 * `most` groups the least ones are one.
 */
export function groupsOf(changes: readonly Change[], { length }: Grid, most: number): Group[] {
  const sizes = sizesOf(changes)
  const names = [...sizes.keys()].sort(
    (a, b) => (sizes.get(b) ?? 0) - (sizes.get(a) ?? 0) || String(a).localeCompare(String(b)),
  )
  const kept = names.length <= most ? names : [...names.slice(0, most - 1), REST]
  const folded = names.length - kept.length + 1
  const byName = new Map<string | null, Change[]>(kept.map((name) => [name, []]))
  for (const change of changes) (byName.get(change.name) ?? byName.get(REST))?.push(change)
  return [...byName].map(([name, some]) => ({
    name: name === REST ? null : name,
    folded: name === REST ? folded : 1,
    hosts: running(some, length, ({ hosts }) => hosts),
    series: Object.fromEntries(
      FLEET_SERIES.map((each, index) => [each, running(some, length, ({ sums }) => sums[index] ?? 0)]),
    ) as Record<FleetSeries, number[]>,
  }))
}

/** What each group has in the end. What is lost is nobody's memory, and does not make a group large. */
function sizesOf(changes: readonly Change[]): Map<string | null, number> {
  const sizes = new Map<string | null, number>()
  for (const { name, sums } of changes) {
    const gained = sums.reduce((sum, each, index) => (FLEET_SERIES[index] === 'lost' ? sum : sum + each), 0)
    sizes.set(name, (sizes.get(name) ?? 0) + gained)
  }
  return sizes
}

function running(changes: readonly Change[], length: number, amount: (change: Change) => number): number[] {
  const values = new Array<number>(length).fill(0)
  for (const change of changes) values[change.point] = (values[change.point] ?? 0) + amount(change)
  let sum = 0
  for (let at = 0; at < length; at += 1) {
    sum += values[at] ?? 0
    values[at] = sum
  }
  return values
}
