import { DomainError } from '@/server/lib/domain-error'
import type { Queryable } from '@/server/lib/pg'
import type { WorkerPool } from './selector'

/** Makes a pool known, for good: its hosts are nobody else's from now on. */
export async function registerPool(pg: Queryable, { selector, conditions }: WorkerPool): Promise<void> {
  if (selector === '') return
  await pg.query(
    'INSERT INTO "WorkerPool" (selector, conditions) VALUES ($1, $2) ON CONFLICT (selector) DO NOTHING',
    [selector, JSON.stringify(conditions)],
  )
}

/** The marks of messages that a worker of `pool` leaves to others. */
export async function foreignMarks(pg: Queryable, pool: string): Promise<string[]> {
  const { rows } = await pg.query<{ selector: string }>(
    `SELECT selector FROM "WorkerPool" WHERE selector <> $1 UNION SELECT '' WHERE $1 <> ''`,
    [pool],
  )
  return rows.map(({ selector }) => `pool:${selector}`)
}

/** True when a message is for this pool, or for any. */
export async function isOurs(pg: Queryable, pool: string, task: string, payload: unknown): Promise<boolean> {
  const { rows } = await pg.query<{ ours: boolean }>(
    'SELECT coalesce(pool_of_message($1, $2::jsonb) = $3, true) AS ours',
    [task, JSON.stringify(payload), pool],
  )
  return rows[0]?.ours ?? true
}

/** Pools with hosts and without a worker that lives. */
export async function unservedPools(pg: Queryable): Promise<{ selector: string; hosts: number }[]> {
  const { rows } = await pg.query<{ selector: string; hosts: number }>(
    `SELECT pool AS selector, hosts FROM (
       SELECT pool_of(labels) AS pool, count(*)::int AS hosts FROM "Host" GROUP BY 1) AS pools
     WHERE NOT pool_is_served(pool) ORDER BY pool`,
  )
  return rows
}

/** The pool of a host that nobody serves now; null where somebody does. */
export async function unservedPoolOf(pg: Queryable, hostId: string): Promise<string | null> {
  const { rows } = await pg.query<{ pool: string }>(
    `SELECT pool FROM (SELECT pool_of(labels) AS pool FROM "Host" WHERE id = $1) AS its
     WHERE NOT pool_is_served(pool)`,
    [hostId],
  )
  return rows[0]?.pool ?? null
}

/** Leaves a pool's hosts to the other workers. Throws DomainError where it is not known, or one of its workers lives. */
export async function forgetPool(pg: Queryable, selector: string): Promise<void> {
  const { rows } = await pg.query<{ served: boolean }>(
    'SELECT pool_is_served(selector) AS served FROM "WorkerPool" WHERE selector = $1',
    [selector],
  )
  const [found] = rows
  if (found === undefined)
    throw new DomainError('not_found', `No pool ${selector} is known.`, 'Write it as the page shows it.')
  if (found.served)
    throw new DomainError('conflict', `A worker of ${selector} runs.`, 'Stop it first, then wait 30 seconds.')
  await pg.query('DELETE FROM "WorkerPool" WHERE selector = $1', [selector])
}
