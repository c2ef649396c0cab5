import type { CapacityMap } from '@/server/capacity/schema'
import { TIERS } from '@/server/capacity/vocabulary'

/** Hosts that share a label's value; `name` is null for those without the label. */
export interface HostGroup {
  name: string | null
  /** How many groups this one stands for: 1, but for the rest. */
  folded: number
  /** Places of its hosts in the map's columns, in the order of their names. */
  places: number[]
  /** Memory online, as last heard of each. */
  onlineKib: number
}

/** More groups than these are told as one: nobody reads a hundred names. */
const MOST_GROUPS = 60

/** The groups of a label's values, by name; without a label all hosts are one group. */
export function groupHosts(map: Pick<CapacityMap, 'labels' | 'series'>, label: string | null): HostGroup[] {
  const groups = new Map<string | null, HostGroup>()
  for (const [place, labels] of map.labels.entries()) {
    const name = label === null ? null : (labels[label] ?? null)
    const group = groups.get(name) ?? { name, folded: 1, places: [], onlineKib: 0 }
    groups.set(name, group)
    group.places.push(place)
    group.onlineKib += onlineKib(map, place)
  }
  const sorted = [...groups.values()].sort(byName)
  if (sorted.length <= MOST_GROUPS) return sorted
  const kept = new Set(
    [...sorted].sort((a, b) => b.places.length - a.places.length).slice(0, MOST_GROUPS - 1),
  )
  const rest = sorted.filter((group) => !kept.has(group))
  return [
    ...sorted.filter((group) => kept.has(group)),
    {
      name: null,
      folded: rest.length,
      places: rest.flatMap(({ places }) => places).sort((a, b) => a - b),
      onlineKib: rest.reduce((sum, group) => sum + group.onlineKib, 0),
    },
  ]
}

/** All tiers of a host together, as last heard: a silent host keeps its size. */
export function onlineKib(map: Pick<CapacityMap, 'series'>, place: number): number {
  return TIERS.reduce((sum, tier) => sum + (map.series[tier][place] ?? 0), 0)
}

/** `r2` before `r12`; those without the label come last. */
function byName(one: HostGroup, other: HostGroup): number {
  if (one.name === null) return 1
  if (other.name === null) return -1
  return one.name.localeCompare(other.name, 'en', { numeric: true })
}

/** Labels by which hosts can be grouped: those that most hosts have come first. */
export function labelKeys(map: Pick<CapacityMap, 'labels'>): string[] {
  const counts = new Map<string, number>()
  for (const labels of map.labels) {
    for (const key of Object.keys(labels)) counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return [...counts.entries()].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([key]) => key)
}

/** The hosts list with only what a group counts; null for a group that is no single value. */
export function groupFilter(
  label: string | null,
  group: { name: string | null; folded: number },
  filter: string,
): string | null {
  if (group.folded > 1) return null
  const own =
    label === null ? '' : group.name === null ? `label!=${label}` : `label:${label}=${quoted(group.name)}`
  return [filter.trim(), own].filter((part) => part !== '').join(' ')
}

/** What a group is called: its value of the label, or that it is of none, or of many. */
export function groupName(label: string | null, group: { name: string | null; folded: number }): string {
  if (label === null) return 'all hosts'
  return group.folded > 1 ? `${group.folded} more` : (group.name ?? `no ${label}`)
}

/** As the filter language reads it back: quotes keep a value with spaces together. */
function quoted(value: string): string {
  return /\s/.test(value) ? `"${value}"` : value
}
