import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import { waitFor } from '@/scripts/launch/wait'

export interface TestDatabase {
  readonly name: string
  readonly url: string
  /** Drops it. Fails when someone is still connected a while later: a leaked pool, worker or transaction. */
  drop(): Promise<void>
}

const TEMPLATE = 'daxfleet_template'
const LEAK_MS = 5000

/** A fresh, migrated, empty database of the test's own (0.1 s). Call `drop` in afterAll. */
export function createTestDatabase(): Promise<TestDatabase> {
  return create(TEMPLATE)
}

/** As `createTestDatabase`, with nothing in it: no table, no migration. */
export function createEmptyDatabase(): Promise<TestDatabase> {
  return create('template0')
}

async function create(template: string): Promise<TestDatabase> {
  const server = inject('databaseServer')
  const name = `test_${randomBytes(6).toString('hex')}`
  await administer(server, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`))
  return { name, url: server.replace(/\/[^/]*$/, `/${name}`), drop: () => drop(server, name) }
}

async function drop(server: string, name: string): Promise<void> {
  await administer(server, async (client) => {
    let guests: string[] = []
    const left = await waitFor(
      async () => {
        guests = await connectionsTo(client, name)
        return guests.length === 0 ? true : undefined
      },
      { withinMs: LEAK_MS },
    )
    await client.query(`DROP DATABASE ${name} WITH (FORCE)`)
    if (!left) throw new Error(`the test left connections open to its database: ${guests.join(' | ')}`)
  })
}

async function connectionsTo(client: pg.Client, name: string): Promise<string[]> {
  const { rows } = await client.query<{ text: string }>(
    `SELECT state || ', last: ' || left(query, 120) AS text FROM pg_stat_activity
     WHERE datname = $1 AND backend_type = 'client backend'`,
    [name],
  )
  return rows.map(({ text }) => text)
}

async function administer(server: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}
