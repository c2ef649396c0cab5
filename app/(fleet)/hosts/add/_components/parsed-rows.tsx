import { Button } from '@/app/_components/button'
import { Card } from '@/app/_components/card'
import { StatePill } from '@/app/_components/state-pill'
import { download, toCsv } from '@/app/_lib/csv'
import { plural } from '@/app/_lib/format'
import type { Mark } from '@/app/_lib/states'

export interface ParsedRow {
  row: number
  text: string
  verdict: 'new' | 'duplicate' | 'conflict' | 'invalid'
  reason: string
  host: {
    name: string
    address: string
    port: number
    username: string
    labels: Record<string, string>
  } | null
}

const VERDICTS: Record<ParsedRow['verdict'], Mark> = {
  new: { tone: 'ok', word: 'New' },
  duplicate: { tone: 'skip', word: 'Known' },
  conflict: { tone: 'warn', word: 'Conflict' },
  invalid: { tone: 'fail', word: 'Not a host' },
}
const SHOWN = 200

/** A verdict a row; what cannot be added comes back as CSV to be mended elsewhere. */
export function ParsedRows({ rows }: { rows: readonly ParsedRow[] }) {
  const rejected = rows.filter((row) => row.verdict !== 'new')
  const shown = [...rejected, ...rows.filter((row) => row.verdict === 'new')].slice(0, SHOWN)
  const save = () =>
    download(
      'daxfleet-rejected.csv',
      toCsv(
        ['line', 'text', 'reason'],
        rejected.map((row) => [String(row.row), row.text, row.reason]),
      ),
    )
  return (
    <Card
      title="What was read"
      meta={`${plural(rows.length - rejected.length, 'new host')}, ${plural(rejected.length, 'line')} left out`}
      aside={
        rejected.length > 0 ? (
          <Button look="quiet" className="px-1.5 text-xs" onClick={save}>
            Left out as CSV
          </Button>
        ) : null
      }
    >
      <div className="max-h-96 overflow-auto" tabIndex={-1}>
        <table className="w-full">
          <thead>
            <tr className="h-7 border-line border-b text-left text-ink-3 text-xs">
              <th className="pr-3 pl-3.5 font-medium">Line</th>
              <th className="px-3 font-medium">Verdict</th>
              <th className="px-3 font-medium">Host</th>
              <th className="px-3 font-medium">Address</th>
              <th className="px-3.5 font-medium">Labels, or why not</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr key={row.row} className="h-8 border-line border-b last:border-b-0">
                <td className="pl-3.5 text-ink-3">{row.row}</td>
                <td className="px-3">
                  <StatePill {...VERDICTS[row.verdict]} />
                </td>
                <td className="max-w-52 truncate px-3 font-mono text-xs">{row.host?.name ?? row.text}</td>
                <td className="px-3 font-mono text-ink-2 text-xs">
                  {row.host ? `${row.host.username}@${row.host.address}:${row.host.port}` : '–'}
                </td>
                <td className="px-3.5 py-1 text-ink-2 text-xs">
                  {row.reason ||
                    Object.entries(row.host?.labels ?? {})
                      .map(([key, value]) => `${key}=${value}`)
                      .join(' ')}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        {rows.length > SHOWN ? (
          <p className="px-3.5 py-2 text-ink-3 text-xs">
            {plural(rows.length - SHOWN, 'more line')}, all new.
          </p>
        ) : null}
      </div>
    </Card>
  )
}
