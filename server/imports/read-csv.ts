import { parse } from 'csv-parse/sync'
import { type Candidate, excerpt, type HostDraft, ImportRefusal, type Reading } from './candidate'
import { addLabel, nameFor } from './read-list'
import type { ImportNotice, ImportSource } from './schema'

/** What a column may be called (case, spaces and dashes do not matter), and what it holds. docs/importing.md lists them. */
const columnNames: Record<string, Field> = {
  name: 'name',
  host: 'name',
  hostname: 'name',
  address: 'address',
  ip: 'address',
  ip_address: 'address',
  port: 'port',
  ssh_port: 'port',
  user: 'user',
  username: 'user',
  labels: 'labels',
  jump_host: 'jump',
  proxy_jump: 'jump',
}
type Field = 'name' | 'address' | 'port' | 'user' | 'labels' | 'jump'
type Column = { field: Field } | { label: string } | null

/** A record this long is a quote that was never closed. */
const maxRecordBytes = 64 * 1024
/** Of columns nobody asked for, so many are named. */
const namedColumns = 8

/** The first record names the columns; `label:rack` (or `label.rack`) is a label of its own, others are passed over. */
export function readCsv(sources: readonly ImportSource[]): Reading {
  const candidates: Candidate[] = []
  const notices: ImportNotice[] = []
  for (const source of sources) {
    const { records, faults } = recordsOf(source)
    const [header, ...rows] = records
    if (header === undefined) throw new ImportRefusal(`${source.name} holds no line.`, headerNext)
    const { columns, unknown } = columnsOf(source.name, header.cells)
    if (unknown.length > 0)
      notices.push({ source: source.name, line: header.line, message: passedOver(unknown) })
    for (const { line, cells } of rows) {
      const { draft, jump } = readRecord(cells, columns)
      candidates.push({ source: source.name, line, text: excerpt(cells.join(', ')), draft, jump })
    }
    for (const { line, text, reason } of faults)
      candidates.push({ source: source.name, line, text, draft: reason, jump: null })
  }
  return { candidates, notices, variables: [] }
}

const headerNext = 'The first line names the columns, as in: name,address,port,user,labels'

interface CsvRecord {
  line: number
  cells: string[]
}

function recordsOf(source: ImportSource): {
  records: CsvRecord[]
  faults: { line: number; text: string; reason: string }[]
} {
  const faults: { line: number; text: string; reason: string }[] = []
  try {
    const parsed: unknown = parse(source.text, {
      bom: true,
      delimiter: delimiterOf(source.text),
      // Named, since what is found first would be taken for all: files are pasted together from several machines.
      record_delimiter: ['\r\n', '\n', '\r'],
      info: true,
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
      max_record_size: maxRecordBytes,
      skip_records_with_error: true,
      on_skip: (error, raw) => {
        const text = String(raw ?? '')
        const line = lineOf(error, text)
        faults.push({ line, text: excerpt(text), reason: faultOf(error) })
        return undefined
      },
    })
    const records = (parsed as { info: { lines: number }; record: string[] }[]).map(({ info, record }) => ({
      // It counts to a record's end: lines inside quotes lie before it.
      line: info.lines - record.join('').split('\n').length + 1,
      cells: record,
    }))
    return { records, faults }
  } catch (error) {
    throw new ImportRefusal(
      `${source.name} cannot be read as CSV: ${error instanceof Error ? faultOf(error) : String(error)}`,
      'Close every quote, and double a quote inside quotes.',
    )
  }
}

/** Where the record began; of a quote that is never closed, where it gave up. */
function lineOf(error: Error | undefined, raw: string): number {
  const lines: unknown = error === undefined ? 0 : Reflect.get(error, 'lines')
  return typeof lines === 'number' ? lines - raw.trimEnd().split(/\r\n|\n|\r/).length + 1 : 0
}

function faultOf(error: Error | undefined): string {
  switch (error === undefined ? '' : Reflect.get(error, 'code')) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return 'A quote is opened and not closed.'
    case 'INVALID_OPENING_QUOTE':
      return 'A quote stands inside a cell that does not begin with one.'
    case 'CSV_INVALID_CLOSING_QUOTE':
      return 'Something follows a closing quote; a quote inside quotes is doubled.'
    case 'CSV_MAX_RECORD_SIZE':
      return `A line is longer than ${maxRecordBytes / 1024} KiB: a quote is opened and not closed.`
    default:
      return error?.message ?? 'The line cannot be read.'
  }
}

/** Whichever of the three stands most often in the first line. */
function delimiterOf(text: string): string {
  const [first = ''] = text.split(/[\r\n]/, 1)
  const count = (delimiter: string) => first.split(delimiter).length
  return [',', ';', '\t'].reduce((best, next) => (count(next) > count(best) ? next : best))
}

function columnsOf(source: string, header: readonly string[]): { columns: Column[]; unknown: string[] } {
  const seen = new Map<string, string>()
  const unknown: string[] = []
  const columns = header.map((title): Column => {
    const column = columnOf(title)
    const key = column === null ? title.trim().toLowerCase() : JSON.stringify(column)
    const before = seen.get(key)
    if (before !== undefined && title.trim() !== '')
      throw new ImportRefusal(
        before === title
          ? `${source} has two columns called ${title}.`
          : `${source} has two columns for the same: ${before} and ${title}.`,
        'Remove or rename one of them.',
      )
    seen.set(key, title)
    if (column === null && title.trim() !== '') unknown.push(title)
    return column
  })
  const has = (field: Field) =>
    columns.some((column) => column && 'field' in column && column.field === field)
  if (!has('name') && !has('address'))
    throw new ImportRefusal(`${source} has no column called name or address.`, headerNext)
  return { columns, unknown }
}

function columnOf(title: string): Column {
  const label = /^label[:.](.+)$/i.exec(title.trim())
  if (label) return { label: (label[1] ?? '').trim() }
  const key = title
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_')
  const field = Object.hasOwn(columnNames, key) ? columnNames[key] : undefined
  return field === undefined ? null : { field }
}

function passedOver(unknown: readonly string[]): string {
  const named = unknown.slice(0, namedColumns).join(', ')
  const more = unknown.length > namedColumns ? ` and ${unknown.length - namedColumns} more` : ''
  return `Columns that say nothing here were passed over: ${named}${more}. A label has a column called label:its-key.`
}

function readRecord(
  cells: readonly string[],
  columns: readonly Column[],
): { draft: HostDraft | string; jump: string | null } {
  if (cells.length !== columns.length) {
    const draft = `There are ${cells.length} cells where the first line names ${columns.length} columns.`
    return { draft, jump: null }
  }
  const fields: Partial<Record<Field, string>> = {}
  const labels: Record<string, string> = {}
  for (const [index, column] of columns.entries()) {
    const cell = cells[index] ?? ''
    if (column === null || cell === '') continue
    if ('field' in column) fields[column.field] = cell
    else labels[column.label] = cell
  }
  for (const word of (fields.labels ?? '').split(/[\s,;]+/).filter((each) => each !== '')) {
    const fault = addLabel(labels, word)
    if (fault !== null) return { draft: fault, jump: null }
  }
  const address = fields.address ?? fields.name
  if (address === undefined) return { draft: 'There is neither a name nor an address.', jump: null }
  const { name = nameFor(address), port = null, user: username = null } = fields
  return { draft: { name, address, port, username, labels }, jump: fields.jump ?? null }
}
