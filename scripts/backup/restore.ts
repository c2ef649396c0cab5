import fs from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import { systemActor } from '@/server/audit/actor'
import { newInstallation } from '@/server/hosts/new-installation'
import { createPostgresStore } from '@/server/jobs/postgres-store'
import { createDb } from '@/server/lib/db'
import { createPool } from '@/server/lib/pg'
import { LaunchError } from '../launch/launch-error'
import { migrate } from '../launch/migrate'
import { loadLines, readAbout, type SavedFile } from './load'
import { readSealed } from './sealed-file'

export interface Restored {
  before: string
  id: string
  takenAt: string
  hosts: number
}

/**
 * Restores a backup into an empty database and a clean data folder, and makes it an installation of its own: its hosts ask to
 * be adopted. Throws LaunchError before anything is changed where the folder or the database is in use, the key is another one,
 * or the file is not whole.
 */
export async function restoreBackup(
  { file, key }: { file: string; key: Buffer },
  { url, dataDir, migrations }: { url: string; dataDir: string; migrations: string },
): Promise<Restored> {
  refuseUsedFolder(dataDir)
  const read: Awaited<ReturnType<typeof readAbout>>[] = []
  await readSealed(file, key, async (lines) => {
    read.push(await readAbout(lines))
  })
  const [about] = read
  if (about === undefined) throw new Error('a backup that is whole says what it is')
  await refuseUsedDatabase(url)
  await migrate(url, migrations, { upTo: about.migrations })
  const files = await load(url, file, key)
  writeFiles(dataDir, files)
  // Made by an older version: what came since is applied to what it held.
  await migrate(url, migrations)
  return { ...(await settle(url)), takenAt: about.takenAt }
}

/** What lies there belongs to an installation that may still be wanted. */
export function refuseUsedFolder(dataDir: string): void {
  const used = ['keys', 'audit'].filter((name) => fs.existsSync(path.join(dataDir, name)))
  if (used.length > 0)
    throw new LaunchError(
      `${dataDir} is in use (it has ${used.join(' and ')}). A backup is restored into a clean folder: set DATA_DIR to another one.`,
    )
}

async function refuseUsedDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  await client.connect()
  try {
    const { rows } = await client.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' LIMIT 1`,
    )
    if (rows.length > 0)
      throw new LaunchError(
        'The database is not empty. A backup is restored into an empty one: make one, and set DATABASE_URL to it.',
      )
  } finally {
    await client.end()
  }
}

async function load(url: string, file: string, key: Buffer): Promise<SavedFile[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  client.on('error', () => {}) // the query in flight reports it
  await client.connect()
  try {
    await client.query('BEGIN')
    const files: SavedFile[] = []
    await readSealed(file, key, async (lines) => {
      files.push(...(await loadLines(client, lines)))
    })
    await client.query('COMMIT')
    return files
  } finally {
    // Without a commit Postgres undoes it all.
    await client.end()
  }
}

function writeFiles(dataDir: string, files: readonly SavedFile[]): void {
  for (const { path: name, base64 } of files) {
    const file = path.join(dataDir, name)
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
    fs.writeFileSync(file, Buffer.from(base64, 'base64'), { mode: 0o600 })
  }
}

/** Nobody holds what ran then; and no host may take these orders for those of the installation it was copied from. */
async function settle(url: string): Promise<Pick<Restored, 'before' | 'id' | 'hosts'>> {
  const pool = createPool(url, 2)
  const db = createDb(url, 2)
  try {
    await createPostgresStore(pool).releaseOrphans()
    return await newInstallation({ db, actor: systemActor })
  } finally {
    await db.$disconnect()
    await pool.end()
  }
}
