import { download, toCsv } from '@/app/_lib/csv'
import { kibToBytes } from './axis'
import type { ChartUnit } from './chart-data'
import type { ChartRows } from './rows'

/** What the chart shows, sizes in exact bytes, times in UTC; an empty cell is a gap. */
export function chartCsv({ columns, rows }: ChartRows): string {
  return toCsv(
    ['time', ...columns.map(({ label, unit }) => (unit === 'kib' ? `${label} bytes` : label))],
    rows.map(({ atSeconds, values }) => [
      new Date(atSeconds * 1000).toISOString(),
      ...values.map((value, column) => cellText(value, columns[column]?.unit ?? 'kib')),
    ]),
  )
}

function cellText(value: number | null, unit: ChartUnit): string {
  if (value === null) return ''
  return unit === 'kib' ? kibToBytes(value).toString() : value.toString()
}

export function exportChart(name: string, table: ChartRows): void {
  download(`daxfleet-${name}.csv`, chartCsv(table))
}
