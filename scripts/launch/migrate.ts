import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { errorText, LaunchError } from './launch-error'
import { type Migration, readMigrations } from './migration-files'

/** The number the Prisma CLI locks, so that it and we never migrate at the same time. */
const PRISMA_LOCK = 72_707_369
const LOCK_WAIT_MS = 120_000

interface AppliedRow {
  readonly migration_name: string
  readonly checksum: string
  readonly finished_at: Date | null
}

/**
 * Applies what is missing of prisma/migrations, in order, without the Prisma CLI (which takes seconds). Reads and
 * writes Prisma's own table; `upTo` names those to apply, where not all of them. Returns the names applied now. Two starters at once: the second waits, then finds
 * nothing to do. Each migration and its row commit together: a kill leaves all of it or none.
 */
export async function migrate(
  url: string,
  folder: string,
  { signal, upTo }: { signal?: AbortSignal | undefined; upTo?: readonly string[] } = {},
): Promise<string[]> {
  const migrations = upTo === undefined ? readMigrations(folder) : chosen(readMigrations(folder), upTo)
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  client.on('error', () => {}) // the query in flight reports it
  await client.connect()
  try {
    await client.query(`SET lock_timeout = ${LOCK_WAIT_MS}`)
    await client.query('SELECT pg_advisory_lock($1)', [PRISMA_LOCK])
    await client.query('SET lock_timeout = 0')
    const pending = pendingOf(migrations, await appliedRows(client))
    for (const migration of pending) {
      signal?.throwIfAborted()
      await apply(client, migration)
    }
    return pending.map(({ name }) => name)
  } finally {
    await client.end() // and with it the lock
  }
}

/** Those a backup was made with, and no others. Throws LaunchError where one of them is not known. */
function chosen(migrations: readonly Migration[], names: readonly string[]): Migration[] {
  const known = new Set(migrations.map(({ name }) => name))
  const strange = names.find((name) => !known.has(name))
  if (strange !== undefined)
    throw new LaunchError(
      `The backup was made by a newer Daxfleet: this one does not know its migration ${strange}.`,
    )
  return migrations.filter(({ name }) => names.includes(name))
}

async function appliedRows(client: pg.Client): Promise<AppliedRow[]> {
  await client.query(`CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id varchar(36) PRIMARY KEY NOT NULL,
    checksum varchar(64) NOT NULL,
    finished_at timestamptz,
    migration_name varchar(255) NOT NULL,
    logs text,
    rolled_back_at timestamptz,
    started_at timestamptz NOT NULL DEFAULT now(),
    applied_steps_count integer NOT NULL DEFAULT 0
  )`)
  const { rows } = await client.query<AppliedRow>(
    'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL',
  )
  return rows
}

function pendingOf(migrations: readonly Migration[], applied: readonly AppliedRow[]): Migration[] {
  const known = new Map(migrations.map((migration) => [migration.name, migration]))
  for (const { migration_name: name, checksum, finished_at } of applied) {
    const migration = known.get(name)
    if (migration === undefined) {
      throw new LaunchError(
        `The database has migration ${name}, which this Daxfleet does not know: it was used by a newer version; run that one, or restore the backup made before it.`,
      )
    }
    if (finished_at === null) {
      throw new LaunchError(
        `Migration ${name} began on this database and never ended: look at its logs column in _prisma_migrations, mend, then run npx prisma migrate resolve.`,
      )
    }
    if (migration.checksum !== checksum) {
      throw new LaunchError(
        `Migration ${name} was changed after it was applied to this database: restore the file, and put the change into a migration of its own.`,
      )
    }
  }
  const done = new Set(applied.map((row) => row.migration_name))
  return migrations.filter(({ name }) => !done.has(name))
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  await client.query('BEGIN')
  try {
    await client.query(sql)
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, now(), clock_timestamp(), 1)`,
      [randomUUID(), checksum, name],
    )
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    throw new LaunchError(`Migration ${name} failed and was undone: ${errorText(error)}`, { cause: error })
  }
}
