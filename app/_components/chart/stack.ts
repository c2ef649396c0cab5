import type { ChartPart } from './chart-data'

/** Where one part lies on top of those below it. */
export interface Layer {
  low: (number | null)[]
  high: (number | null)[]
}

/** Sums from the bottom up. A time at which no part has a value is a gap in all of them. */
export function stack(parts: readonly Pick<ChartPart, 'values'>[], count: number): Layer[] {
  const top: (number | null)[] = Array.from({ length: count }, (_, index) =>
    parts.some(({ values }) => typeof values[index] === 'number') ? 0 : null,
  )
  return parts.map(({ values }) => {
    const low = [...top]
    for (const [index, below] of low.entries()) {
      if (below !== null) top[index] = below + (values[index] ?? 0)
    }
    return { low, high: [...top] }
  })
}

/** The index of the value that holds at a time: the last one at or before it. Null before the first. */
export function indexAt(times: readonly number[], seconds: number): number | null {
  let low = 0
  let high = times.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((times[middle] ?? 0) <= seconds) low = middle + 1
    else high = middle
  }
  return low === 0 ? null : low - 1
}

/** Until when the value at an index holds: the next time, and for the last as long as one step. */
export function heldUntil(times: readonly number[], index: number, stepSeconds: number): number {
  return times[index + 1] ?? (times[index] ?? 0) + stepSeconds
}

/** Runs of neighbouring indices that have a value: what is drawn in one piece. */
export function pieces(values: readonly (number | null)[]): { first: number; last: number }[] {
  const found: { first: number; last: number }[] = []
  for (const [index, value] of values.entries()) {
    if (value === null) continue
    const open = found.at(-1)
    if (open && open.last === index - 1) open.last = index
    else found.push({ first: index, last: index })
  }
  return found
}
