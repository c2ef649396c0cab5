import { formatExactBytes, formatMoment } from '@/app/_lib/format'
import { formatValue, kibToBytes } from './axis'
import type { ChartUnit } from './chart-data'
import type { ChartRows } from './rows'

/** The chart's twin: every value it shows, in a real table. */
export function ChartTable({ label, table }: { label: string; table: ChartRows }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1)
    <section aria-label={label} tabIndex={0} className="max-h-96 overflow-auto">
      <table className="w-full whitespace-nowrap text-xs">
        <caption className="sr-only">{label}</caption>
        <thead className="sticky top-0 bg-surface">
          <tr className="h-7 text-left text-ink-3">
            <th scope="col" className="px-2.5 font-medium">
              Time
            </th>
            {table.columns.map(({ key, label: name }) => (
              <th key={key} scope="col" className="px-2.5 text-right font-medium">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map(({ atSeconds, values }) => {
            const at = new Date(atSeconds * 1000)
            return (
              <tr key={atSeconds} className="h-7 border-line border-t">
                <th scope="row" className="px-2.5 text-left font-normal">
                  <time dateTime={at.toISOString()}>{formatMoment(at)}</time>
                </th>
                {table.columns.map(({ key, unit }, column) => (
                  <td key={key} className="px-2.5 text-right">
                    <Value value={values[column] ?? null} unit={unit} />
                  </td>
                ))}
              </tr>
            )
          })}
        </tbody>
      </table>
    </section>
  )
}

function Value({ value, unit }: { value: number | null; unit: ChartUnit }) {
  if (value === null) return <span className="text-ink-3">no reading</span>
  if (unit === 'hosts') return <data value={value}>{formatValue(value, unit)}</data>
  const bytes = kibToBytes(value)
  return (
    <data value={bytes.toString()} title={formatExactBytes(bytes)}>
      {formatValue(value, unit)}
    </data>
  )
}
