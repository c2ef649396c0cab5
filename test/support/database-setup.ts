import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { migrate } from '@/scripts/launch/migrate'
import { startPostgres } from '@/scripts/launch/postgres'
import { createPool } from '@/server/lib/pg'
import { migrateQueue } from '@/server/lib/queue'

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the run's own Postgres, its `postgres` database. */
    readonly databaseServer: string
  }
}

const TEMPLATE = 'daxfleet_template'
const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * One real Postgres a test run, in a folder of its own, holding one migrated database that tests copy. Never a
 * Postgres that happens to be on this machine.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'daxfleet test '))
  const server = await startPostgres({ dataDir, database: TEMPLATE, durable: false })
  const cluster = fs.realpathSync(path.join(dataDir, 'postgres', 'cluster'))
  const reaper = startReaper(cluster, dataDir)
  await migrate(server.url, path.join(root, 'prisma/migrations'))
  const pool = createPool(server.url, 1)
  await migrateQueue(pool)
  await pool.end()
  const address = server.url.replace(/\/[^/]*$/, '/postgres')
  await seal(address)
  project.provide('databaseServer', address)
  return async () => {
    await server.stop()
    const exited = new Promise<void>((resolve) => reaper.once('exit', () => resolve()))
    reaper.stdin.end()
    await exited
  }
}

/** Ends the Postgres of `cluster` and removes `dataDir` when this process dies, or once its stdin is closed. */
export function startReaper(cluster: string, dataDir: string) {
  const argv = ['--import', 'tsx', path.join(root, 'test/support/reaper.ts'), cluster, dataDir]
  return spawn(process.execPath, argv, { cwd: root, stdio: ['pipe', 'ignore', 'inherit'] })
}

/** A template someone is connected to cannot be copied: nobody can connect any more. */
async function seal(address: string): Promise<void> {
  const client = new pg.Client({ connectionString: address })
  await client.connect()
  await client.query(`ALTER DATABASE ${TEMPLATE} WITH IS_TEMPLATE true ALLOW_CONNECTIONS false`)
  await client.end()
}
