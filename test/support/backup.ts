import pg from 'pg'

/** A copy of a database as it stood at one moment, beside it on the same server. */
export interface Backup {
  /** Puts the copy in the place of the database, whatever became of that; nothing of the product may run meanwhile. */
  restore(): Promise<void>
}

/** Copies a database while the product runs on it: its connections break, as when Postgres restarts. */
export async function takeBackup(databaseUrl: string): Promise<Backup> {
  const name = new URL(databaseUrl).pathname.slice(1)
  const copy = `${name}_backup`
  const administer = async (statements: readonly string[]) => {
    const client = new pg.Client({ connectionString: databaseUrl.replace(/\/[^/]*$/, '/postgres') })
    await client.connect()
    try {
      for (const statement of statements) await client.query(statement)
    } finally {
      await client.end()
    }
  }
  // Nobody may be connected to a database that is copied.
  await administer([
    `ALTER DATABASE ${name} ALLOW_CONNECTIONS false`,
    `SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '${name}'`,
    `CREATE DATABASE ${copy} TEMPLATE ${name}`,
    `ALTER DATABASE ${name} ALLOW_CONNECTIONS true`,
  ])
  return {
    restore: () =>
      administer([`DROP DATABASE ${name} WITH (FORCE)`, `ALTER DATABASE ${copy} RENAME TO ${name}`]),
  }
}
