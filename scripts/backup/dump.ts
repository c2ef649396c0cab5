import fs from 'node:fs'
import path from 'node:path'
import type pg from 'pg'
import { backupKeyName } from './key'
import { type HeadLine, rowMark } from './lines'
import { listMigrations, listTables, quoted } from './tables'

const rowsAtATime = 500

/**
 * Everything of a running Daxfleet, line by line: its tables as they stood at one moment, keys, checkpoints and settings.
 * Nothing waits for it and it waits for nothing.
 */
export async function* dumpLines(
  client: pg.ClientBase,
  { dataDir, envFile }: { dataDir: string; envFile: string },
): AsyncGenerator<string> {
  let rows = 0
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
  try {
    const about = await client.query<{ id: string; at: Date }>(
      'SELECT id::text, now() AS at FROM "Installation"',
    )
    const [installation] = about.rows
    if (installation === undefined) throw new Error('the installation is there from the first migration on')
    yield head({
      kind: 'about',
      installationId: installation.id,
      takenAt: installation.at.toISOString(),
      migrations: await listMigrations(client),
    })
    const sequences = await client.query<{ name: string; value: string }>(
      `SELECT sequencename AS name, last_value::text AS value FROM pg_sequences
       WHERE schemaname = 'public' AND last_value IS NOT NULL`,
    )
    for (const sequence of sequences.rows) yield head({ kind: 'sequence', ...sequence })
    for (const table of await listTables(client)) {
      yield head({ kind: 'table', name: table })
      // to_jsonb, since its text has no line breaks whatever the row holds.
      await client.query(
        `DECLARE each NO SCROLL CURSOR FOR SELECT to_jsonb(t)::text AS row FROM public.${quoted(table)} t`,
      )
      for (;;) {
        const batch = await client.query<{ row: string }>(`FETCH ${rowsAtATime} FROM each`)
        for (const { row } of batch.rows) yield `${rowMark}${row}`
        rows += batch.rows.length
        if (batch.rows.length < rowsAtATime) break
      }
      await client.query('CLOSE each')
    }
    // After the rows: a key that was made meanwhile is one more, and none is ever taken away.
    for (const file of savedFiles(dataDir, envFile)) yield head(file)
    yield head({ kind: 'end', rows })
  } finally {
    await client.query('ROLLBACK').catch(() => {})
  }
}

function head(line: HeadLine): string {
  return JSON.stringify(line)
}

function savedFiles(dataDir: string, envFile: string): Extract<HeadLine, { kind: 'file' }>[] {
  const files = ['keys', 'audit'].flatMap((folder) => {
    const names = fs.existsSync(path.join(dataDir, folder)) ? fs.readdirSync(path.join(dataDir, folder)) : []
    return names
      .filter((name) => name !== backupKeyName && fs.statSync(path.join(dataDir, folder, name)).isFile())
      .map((name) => ({ from: path.join(dataDir, folder, name), path: `${folder}/${name}` }))
  })
  if (fs.existsSync(envFile)) files.push({ from: envFile, path: 'restored.env' })
  return files.map(({ from, path: to }) => ({
    kind: 'file' as const,
    path: to,
    base64: fs.readFileSync(from).toString('base64'),
  }))
}
