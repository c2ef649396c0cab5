import pg from 'pg'
import { config } from './config'
import { databaseUrl } from './database-url'
import { statementName } from './statement-names'

/** A pool, or one of its clients inside a transaction. */
export type Queryable = Pick<pg.ClientBase, 'query'>

/**
 * For `onConnect` of every pool: a process that stands still in the middle of a transaction (stopped, paused with its
 * machine, cut off) must not keep its rows from the others. Postgres then ends that session. A statement of its own, since
 * proxies refuse settings they do not know when a connection starts.
 */
export async function boundStandstill(client: pg.ClientBase): Promise<void> {
  await client.query(`SET idle_in_transaction_session_timeout = '30s'`)
}

/** Of every pool: a database that went away in the middle of an answer must not be waited for for ever. */
export const deadlines = { connectionTimeoutMillis: 10_000, query_timeout: 60_000 }

/** Gives a name to every statement that comes with values, and has none. */
class NamingClient extends pg.Client {
  // The overloads of `query` come down to (text or config, values, callback); only the first of them is of interest here.
  override query(...args: never[]): never {
    const [text, values, ...rest] = args as unknown[]
    const name = typeof text === 'string' && Array.isArray(values) ? statementName(text) : null
    const query = super.query as (...args: unknown[]) => never
    return name === null ? query.apply(this, args) : query.call(this, { text, name }, values, ...rest)
  }
}

/** A pool of plain connections to `url`, at most `maxConnections`; whoever makes it ends it. */
export function createPool(url: string, maxConnections = 10): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    Client: NamingClient,
    max: maxConnections,
    ...deadlines,
    onConnect: boundStandstill,
  })
  // An idle connection that breaks (Postgres restarted) must not end the process: the next query opens another.
  pool.on('error', () => {})
  // The same for one that breaks while it is in use: its query rejects, which is how the caller hears of it.
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

const held = globalThis as { daxfleetPool?: pg.Pool }

/** This process's pool for statements that Prisma does not write; opened on first use. */
export function pool(): pg.Pool {
  // Kept on globalThis: a development server that reloads modules must not open a pool a reload.
  held.daxfleetPool ??= createPool(databaseUrl(), config().databasePoolConnections)
  return held.daxfleetPool
}

/** Runs `work` in one transaction on one connection; any throw rolls back and is passed on. */
export async function inTransaction<T>(
  from: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await from.connect()
  try {
    await client.query('BEGIN')
    const result = await work(client)
    await client.query('COMMIT')
    client.release()
    return result
  } catch (error) {
    // A connection whose ROLLBACK fails is of unknown state: it is closed, not returned.
    const broken = await client.query('ROLLBACK').then(
      () => false,
      () => true,
    )
    client.release(broken)
    throw error
  }
}
