/** Hosts of a group in rows of squares, all of one pitch: what lies where is arithmetic, for ten thousand as for ten. */
export interface Grid {
  columns: number
  rows: number
  pitch: number
}

/** From one square to the next, in pixels: the more hosts, the closer. */
export function pitchFor(hosts: number): number {
  if (hosts <= 100) return 22
  if (hosts <= 600) return 16
  if (hosts <= 3000) return 11
  return 8
}

export function gridOf(count: number, widthPixels: number, pitch: number): Grid {
  const columns = Math.max(1, Math.floor(widthPixels / pitch))
  return { columns, rows: Math.ceil(count / columns), pitch }
}

/** Which square lies at a point; null beside them. */
export function squareAt(grid: Grid, count: number, x: number, y: number): number | null {
  const column = Math.floor(x / grid.pitch)
  const row = Math.floor(y / grid.pitch)
  if (column < 0 || column >= grid.columns || row < 0) return null
  const index = row * grid.columns + column
  return index < count ? index : null
}

export function cornerOf(grid: Grid, index: number): { x: number; y: number } {
  return { x: (index % grid.columns) * grid.pitch, y: Math.floor(index / grid.columns) * grid.pitch }
}

/** A square among groups, one below the other. */
export interface Spot {
  group: number
  index: number
}

/** Where an arrow key leads: on through the groups, up and down in the same column. */
export function nextSpot(
  groups: readonly { count: number; grid: Grid }[],
  { group, index }: Spot,
  key: string,
): Spot | null {
  const here = groups[group]
  if (here === undefined) return null
  const { columns } = here.grid
  const column = index % columns
  switch (key) {
    case 'ArrowRight':
      return index + 1 < here.count ? { group, index: index + 1 } : first(groups, group + 1)
    case 'ArrowLeft':
      return index > 0 ? { group, index: index - 1 } : last(groups, group - 1)
    case 'ArrowDown': {
      if (index + columns < here.count) return { group, index: index + columns }
      const below = groups[group + 1]
      return below ? { group: group + 1, index: Math.min(column, below.count - 1) } : null
    }
    case 'ArrowUp': {
      if (index >= columns) return { group, index: index - columns }
      const above = groups[group - 1]
      if (above === undefined) return null
      const start = (above.grid.rows - 1) * above.grid.columns
      return { group: group - 1, index: Math.min(start + column, above.count - 1) }
    }
    case 'Home':
      return first(groups, 0)
    case 'End':
      return last(groups, groups.length - 1)
    default:
      return null
  }
}

function first(groups: readonly { count: number }[], group: number): Spot | null {
  return groups[group] ? { group, index: 0 } : null
}

function last(groups: readonly { count: number }[], group: number): Spot | null {
  const found = groups[group]
  return found ? { group, index: found.count - 1 } : null
}
