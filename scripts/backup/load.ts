import type pg from 'pg'
import { LaunchError } from '../launch/launch-error'
import { type HeadLine, headLineSchema, rowMark } from './lines'
import { listColumns, listTables, quoted } from './tables'

/** What one statement takes at most; a row may be larger by itself. */
const rowsAtATime = 500
const charactersAtATime = 4_000_000

export type SavedFile = Extract<HeadLine, { kind: 'file' }>
export type About = Extract<HeadLine, { kind: 'about' }>

/** What a backup says of itself, without taking anything of it. */
export async function readAbout(lines: AsyncIterable<string>): Promise<About> {
  let about: About | undefined
  // To its end: only then is it known to be whole.
  for await (const line of lines) about ??= parseAbout(line)
  if (about === undefined) throw new LaunchError('The backup is empty.')
  return about
}

function parseAbout(line: string): About {
  const parsed = parse(line)
  if (parsed.kind !== 'about') throw new LaunchError('The backup does not say what it is.')
  return parsed
}

/**
 * Puts a backup's rows in the place of all there is, in the transaction `client` has begun; the caller commits when the file
 * has proved whole. Foreign keys are taken away meanwhile and made anew, which checks them. Returns the files it holds.
 */
export async function loadLines(client: pg.ClientBase, lines: AsyncIterable<string>): Promise<SavedFile[]> {
  const tables = await listTables(client)
  const restoreGuards = await withoutGuards(client, tables)
  await client.query(`TRUNCATE ${tables.map((table) => `public.${quoted(table)}`).join(', ')}`)
  const files: SavedFile[] = []
  let insert: Inserter | null = null
  let rows = 0
  let isWhole = false
  for await (const line of lines) {
    if (line.startsWith(rowMark)) {
      if (insert === null) throw new LaunchError('The backup has a row outside of any table.')
      rows += 1
      await insert.add(line.slice(rowMark.length))
      continue
    }
    const head = parse(line)
    await insert?.flush()
    insert = null
    if (head.kind === 'file') files.push(head)
    else if (head.kind === 'sequence')
      await client.query('SELECT setval($1::regclass, $2::bigint)', [
        `public.${quoted(head.name)}`,
        head.value,
      ])
    else if (head.kind === 'table') {
      if (!tables.includes(head.name))
        throw new LaunchError(`The backup has a table ${head.name}, which this Daxfleet does not know.`)
      insert = new Inserter(client, head.name, await listColumns(client, head.name))
    } else if (head.kind === 'end') isWhole = head.rows === rows
  }
  if (!isWhole) throw new LaunchError('The backup ends before its end: nothing of it was taken.')
  await restoreGuards()
  return files
}

function parse(line: string): HeadLine {
  try {
    return headLineSchema.parse(JSON.parse(line))
  } catch {
    throw new LaunchError(
      'The backup holds something this Daxfleet does not know: use the version that made it.',
    )
  }
}

/** Rows of one table, many in a statement. The database reads its own JSON: no number passes through JavaScript. */
class Inserter {
  private rows: string[] = []
  private characters = 0
  private readonly statement: string

  constructor(
    private readonly client: pg.ClientBase,
    table: string,
    columns: readonly string[],
  ) {
    const names = columns.map(quoted).join(', ')
    const target = `public.${quoted(table)}`
    this.statement = `INSERT INTO ${target} (${names}) OVERRIDING SYSTEM VALUE
      SELECT ${names} FROM jsonb_populate_recordset(NULL::${target}, $1::jsonb)`
  }

  async add(row: string): Promise<void> {
    this.rows.push(row)
    this.characters += row.length
    if (this.rows.length >= rowsAtATime || this.characters >= charactersAtATime) await this.flush()
  }

  async flush(): Promise<void> {
    if (this.rows.length === 0) return
    await this.client.query(this.statement, [`[${this.rows.join(',')}]`])
    this.rows = []
    this.characters = 0
  }
}

/** Takes away what forbids loading in any order and emptying the audit log; returns what puts it back. */
async function withoutGuards(client: pg.ClientBase, tables: readonly string[]): Promise<() => Promise<void>> {
  const { rows: keys } = await client.query<{ table: string; name: string; definition: string }>(
    `SELECT conrelid::regclass::text AS table, conname AS name, pg_get_constraintdef(oid) AS definition
     FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace`,
  )
  for (const { table, name } of keys)
    await client.query(`ALTER TABLE ${table} DROP CONSTRAINT ${quoted(name)}`)
  for (const table of tables) await client.query(`ALTER TABLE public.${quoted(table)} DISABLE TRIGGER USER`)
  return async () => {
    for (const { table, name, definition } of keys)
      await client.query(`ALTER TABLE ${table} ADD CONSTRAINT ${quoted(name)} ${definition}`)
    for (const table of tables) await client.query(`ALTER TABLE public.${quoted(table)} ENABLE TRIGGER USER`)
  }
}
