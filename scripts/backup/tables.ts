import type pg from 'pg'

/**
 * Not in a backup: what only says who is at work now, sessions (everybody signs in again), and Prisma's own table, which the
 * migrations write.
 */
const left = new Set([
  '_prisma_migrations',
  'HostLease',
  'HostWatch',
  'Session',
  'SetupLink',
  'Verification',
  'Watcher',
  'WorkerFigures',
  'WorkerHeartbeat',
])

/** A name as SQL writes it. */
export const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`

/** Every table a backup holds, in the order of names. */
export async function listTables(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname`,
  )
  return rows.map(({ name }) => name).filter((name) => !left.has(name))
}

/** Columns that are written, not computed. */
export async function listColumns(client: pg.ClientBase, table: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`,
    [`public.${quoted(table)}`],
  )
  return rows.map(({ name }) => name)
}

export async function listMigrations(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT migration_name AS name FROM _prisma_migrations
     WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY migration_name`,
  )
  return rows.map(({ name }) => name)
}
