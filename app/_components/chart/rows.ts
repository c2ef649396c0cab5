import type { ChartData, ChartUnit, SecondsRange } from './chart-data'
import { stack } from './stack'

/** What a chart shows, as a table: one place for the table twin and the CSV, so that they cannot differ. */
export interface ChartRows {
  columns: { key: string; label: string; unit: ChartUnit }[]
  rows: { atSeconds: number; values: (number | null)[] }[]
}

/**
 * Times within the range, parts from the bottom up, what they come to, and the lines that are shown; then whatever
 * another chart tells of the same times.
 */
export function chartRows(data: ChartData, range: SecondsRange, beside: ChartData | null = null): ChartRows {
  const total = stack(data.parts, data.times.length).at(-1)?.high ?? []
  const isGap = (index: number) => (total[index] ?? null) === null
  const { unit } = data
  const columns = [
    ...data.parts.map(({ key, label, values }) => ({
      unit,
      key,
      label,
      at: (index: number) => (isGap(index) ? null : (values[index] ?? 0)),
    })),
    ...(data.parts.length > 1
      ? [{ unit, key: 'sum', label: 'Together', at: (index: number) => total[index] ?? null }]
      : []),
    ...[...data.lines.map((line) => ({ ...line, unit })), ...besides(beside)].map((line) => ({
      unit: line.unit,
      key: line.key,
      label: line.label,
      at: (index: number) => line.values[index] ?? null,
    })),
  ]
  return {
    columns: columns.map(({ key, label, unit }) => ({ key, label, unit })),
    rows: data.times.flatMap((atSeconds, index) =>
      atSeconds < range.from || atSeconds > range.to
        ? []
        : [{ atSeconds, values: columns.map(({ at }) => at(index)) }],
    ),
  }
}

function besides(beside: ChartData | null) {
  return beside === null ? [] : beside.parts.map((part) => ({ ...part, unit: beside.unit }))
}
