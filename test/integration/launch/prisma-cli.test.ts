import { execFile } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migrate } from '@/scripts/launch/migrate'
import { createTestDatabase, type TestDatabase } from '@/test/support/database'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const run = promisify(execFile)

describe('the Prisma CLI, without its downloads', () => {
  let database: TestDatabase

  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterAll(() => database.drop())

  it('finds applied what the launcher applied', async () => {
    const { stdout } = await prisma('migrate', 'status')
    expect(stdout).toContain('Database schema is up to date!')
  })

  it('applies migrations that the launcher then finds applied', async () => {
    await empty()
    const { stdout } = await prisma('migrate', 'deploy')
    expect(stdout).toContain('All migrations have been successfully applied.')
    const tables = await query(`SELECT count(*)::int AS count FROM pg_tables WHERE schemaname = 'public'`)
    expect(tables).not.toEqual([{ count: 1 }])
    expect(await migrate(database.url, path.join(root, 'prisma/migrations'))).toEqual([])
  })

  function prisma(...args: string[]): Promise<{ stdout: string }> {
    const cli = path.join(root, 'node_modules/prisma/build/index.js')
    const env = { ...process.env, DATABASE_URL: database.url }
    return run(process.execPath, [cli, ...args], { cwd: root, env, timeout: 120_000 })
  }

  async function empty(): Promise<void> {
    await query('DROP SCHEMA public CASCADE')
    await query('CREATE SCHEMA public')
  }

  async function query(text: string): Promise<unknown[]> {
    const client = new pg.Client({ connectionString: database.url })
    await client.connect()
    try {
      return (await client.query(text)).rows
    } finally {
      await client.end()
    }
  }
})
