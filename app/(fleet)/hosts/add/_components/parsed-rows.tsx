import { Button } from '@/app/_components/button'
import { Card } from '@/app/_components/card'
import { StatePill } from '@/app/_components/state-pill'
import { Table, Td, Th, Tr } from '@/app/_components/table'
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
        <Table
          label="What was read"
          head={
            <>
              <Th>Line</Th>
              <Th>Verdict</Th>
              <Th>Host</Th>
              <Th>Address</Th>
              <Th>Labels, or why not</Th>
            </>
          }
        >
          {shown.map((row) => (
            <Tr key={row.row}>
              <Td className="text-ink-3 max-sm:before:content-['line_'] max-sm:order-1 max-sm:text-right!">
                {row.row}
              </Td>
              <Td>
                <StatePill {...VERDICTS[row.verdict]} />
              </Td>
              <Td
                wide
                className="max-w-52 truncate font-mono text-xs max-sm:order-2"
                title={row.host?.name ?? row.text}
              >
                {row.host?.name ?? row.text}
              </Td>
              <Td wide className="font-mono text-ink-2 text-xs max-sm:order-2">
                {row.host ? `${row.host.username}@${row.host.address}:${row.host.port}` : '–'}
              </Td>
              <Td wide wraps className="py-1 text-ink-2 text-xs max-sm:order-2 max-sm:py-0">
                {row.reason ||
                  Object.entries(row.host?.labels ?? {})
                    .map(([key, value]) => `${key}=${value}`)
                    .join(' ')}
              </Td>
            </Tr>
          ))}
        </Table>
        {rows.length > SHOWN ? (
          <p className="px-3.5 py-2 text-ink-3 text-xs">
            {plural(rows.length - SHOWN, 'more line')}, all new.
          </p>
        ) : null}
      </div>
    </Card>
  )
}
