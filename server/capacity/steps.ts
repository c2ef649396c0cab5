import { decodeColumns, encodeColumns } from './columns'
import type { Sample } from './sample'

/** What a series was in each step: at its end, at the least and at the most. */
export interface Course {
  last: number[]
  low: number[]
  high: number[]
}

/** Readings of one host gathered by equal steps of time. Steps without any reading are not there. */
export interface Steps {
  /** When each step begins: ms since 1970, growing. */
  times: number[]
  /** How many readings each step is of. */
  counts: number[]
  /** By the key of the series. A series is 0 where no reading of the step told of it. */
  series: Map<number, Course>
}

/** Aspects of a series in what is stored, and the number of readings, which is of no series. */
const ASPECTS = 4
const [LAST, BELOW, ABOVE, COUNT] = [0, 1, 2, 3]

/** Gathers samples, which must be in order. Exact: nothing is averaged. */
export function gather(samples: readonly Sample[], stepMs: number): Steps {
  const steps: Steps = { times: [], counts: [], series: new Map() }
  for (const { atMs, values } of samples) {
    const begin = Math.floor(atMs / stepMs) * stepMs
    const isNew = steps.times.at(-1) !== begin
    if (isNew) {
      steps.times.push(begin)
      steps.counts.push(0)
    }
    const at = steps.times.length - 1
    steps.counts[at] = (steps.counts[at] ?? 0) + 1
    for (const key of values.keys())
      if (!steps.series.has(key)) steps.series.set(key, zeros(at, isNew ? 0 : 1))
    for (const [key, course] of steps.series) put(course, at, values.get(key) ?? 0, isNew)
  }
  return steps
}

/** Steps of steps: `stepMs` is a multiple of theirs. */
export function coarsen(steps: Steps, stepMs: number): Steps {
  const coarse: Steps = { times: [], counts: [], series: new Map() }
  for (const key of steps.series.keys()) coarse.series.set(key, zeros(0, 0))
  steps.times.forEach((time, index) => {
    const begin = Math.floor(time / stepMs) * stepMs
    const isNew = coarse.times.at(-1) !== begin
    if (isNew) {
      coarse.times.push(begin)
      coarse.counts.push(0)
    }
    const at = coarse.times.length - 1
    coarse.counts[at] = (coarse.counts[at] ?? 0) + (steps.counts[index] ?? 0)
    for (const [key, course] of steps.series) {
      const target = coarse.series.get(key)
      if (target === undefined) continue
      const [last = 0, low = 0, high = 0] = [course.last[index], course.low[index], course.high[index]]
      target.last[at] = last
      target.low[at] = isNew ? low : Math.min(target.low[at] ?? low, low)
      target.high[at] = isNew ? high : Math.max(target.high[at] ?? high, high)
    }
  })
  return coarse
}

/** The steps of `others` in place of those of the same times, and beside all others. */
export function replaceSteps(steps: Steps, others: Steps): Steps {
  const replaced = new Set(others.times)
  const rows = [
    ...steps.times.flatMap((time, index) => (replaced.has(time) ? [] : [{ from: steps, time, index }])),
    ...others.times.map((time, index) => ({ from: others, time, index })),
  ].sort((a, b) => a.time - b.time)
  const series = new Map<number, Course>()
  for (const key of new Set([...steps.series.keys(), ...others.series.keys()])) {
    const pick = (aspect: keyof Course) =>
      rows.map(({ from, index }) => from.series.get(key)?.[aspect][index] ?? 0)
    series.set(key, { last: pick('last'), low: pick('low'), high: pick('high') })
  }
  return {
    times: rows.map(({ time }) => time),
    counts: rows.map(({ from, index }) => from.counts[index] ?? 0),
    series,
  }
}

/** As a chunk: least and most as distances from the last, which are small, or nothing at all. */
export function packSteps({ times, counts, series }: Steps): Buffer {
  const columns = new Map<number, number[]>([[COUNT, counts]])
  for (const [key, { last, low, high }] of series) {
    if (high.every((value) => value === 0)) continue
    columns.set(key * ASPECTS + LAST, last)
    const below = last.map((value, index) => value - (low[index] ?? value))
    const above = high.map((value, index) => value - (last[index] ?? value))
    if (below.some(isSome)) columns.set(key * ASPECTS + BELOW, below)
    if (above.some(isSome)) columns.set(key * ASPECTS + ABOVE, above)
  }
  return encodeColumns({ times, series: columns })
}

/** What packSteps was given, but series that are 0 throughout. */
export function unpackSteps(bytes: Uint8Array, wanted: (key: number) => boolean = () => true): Steps {
  const { times, series } = decodeColumns(
    bytes,
    (column) => column === COUNT || wanted(Math.floor(column / ASPECTS)),
  )
  const steps: Steps = { times, counts: series.get(COUNT) ?? [], series: new Map() }
  for (const [column, last] of series) {
    if (column % ASPECTS !== LAST) continue
    const below = series.get(column + BELOW)
    const above = series.get(column + ABOVE)
    steps.series.set(column / ASPECTS, {
      last,
      low: below === undefined ? last : last.map((value, index) => value - (below[index] ?? 0)),
      high: above === undefined ? last : last.map((value, index) => value + (above[index] ?? 0)),
    })
  }
  return steps
}

const isSome = (value: number) => value !== 0

/** A series nobody told of so far; `told` readings of the step `at` said nothing of it, so its least there is 0. */
function zeros(before: number, told: 0 | 1): Course {
  const column = () => new Array<number>(before + told).fill(0)
  return { last: column(), low: column(), high: column() }
}

function put(course: Course, at: number, value: number, isNew: boolean): void {
  course.last[at] = value
  course.low[at] = isNew ? value : Math.min(course.low[at] ?? value, value)
  course.high[at] = isNew ? value : Math.max(course.high[at] ?? value, value)
}
