import type { ChartData, SecondsRange } from './chart-data'
import { stack } from './stack'

/** What a chart shows, as a table: one place for the table twin and the CSV, so that they cannot differ. */
export interface ChartRows {
  columns: { key: string; label: string }[]
  rows: { atSeconds: number; values: (number | null)[] }[]
}

/** Times within the range, parts from the bottom up, what they come to, and the lines that are shown. */
export function chartRows(data: ChartData, range: SecondsRange): ChartRows {
  const total = stack(data.parts, data.times.length).at(-1)?.high ?? []
  const isGap = (index: number) => (total[index] ?? null) === null
  const columns = [
    ...data.parts.map(({ key, label, values }) => ({
      key,
      label,
      at: (index: number) => (isGap(index) ? null : (values[index] ?? 0)),
    })),
    ...(data.parts.length > 1
      ? [{ key: 'sum', label: 'Together', at: (index: number) => total[index] ?? null }]
      : []),
    ...data.lines.map(({ key, label, values }) => ({
      key,
      label,
      at: (index: number) => values[index] ?? null,
    })),
  ]
  return {
    columns: columns.map(({ key, label }) => ({ key, label })),
    rows: data.times.flatMap((atSeconds, index) =>
      atSeconds < range.from || atSeconds > range.to
        ? []
        : [{ atSeconds, values: columns.map(({ at }) => at(index)) }],
    ),
  }
}
