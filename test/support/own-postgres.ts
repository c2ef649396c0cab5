import { realpathSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { migrate } from '@/scripts/launch/migrate'
import { type RunningPostgres, startPostgres } from '@/scripts/launch/postgres'
import { createPool } from '@/server/lib/pg'
import { migrateQueue } from '@/server/lib/queue'
import type { TestDatabase } from './database'
import { startReaper } from './database-setup'

const root = fileURLToPath(new URL('../..', import.meta.url))
const NAME = 'daxfleet'

/** A Postgres of one test's own, durable as in production, that may be killed and started again. */
export class OwnPostgres {
  private constructor(
    private readonly dataDir: string,
    private server: RunningPostgres,
    private readonly reaper: ReturnType<typeof startReaper>,
  ) {}

  static async start(): Promise<OwnPostgres> {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'daxfleet postgres '))
    const server = await startPostgres({ dataDir, database: NAME })
    const reaper = startReaper(realpathSync(path.join(dataDir, 'postgres', 'cluster')), dataDir)
    await migrate(server.url, path.join(root, 'prisma/migrations'))
    const pool = createPool(server.url, 1)
    await migrateQueue(pool)
    await pool.end()
    return new OwnPostgres(dataDir, server, reaper)
  }

  get database(): TestDatabase {
    return { name: NAME, url: this.server.url, drop: () => this.stop() }
  }

  /** kill -9 of the postmaster: whatever was not committed is gone, and every connection breaks. */
  async kill(): Promise<void> {
    process.kill(this.server.pid, 'SIGKILL')
    await this.server.gone
  }

  /** Starts it again at the same address; it recovers from its log. */
  async startAgain(): Promise<void> {
    this.server = await startPostgres({ dataDir: this.dataDir, database: NAME, port: this.server.port })
  }

  private async stop(): Promise<void> {
    await this.server.stop()
    const exited = new Promise<void>((resolve) => this.reaper.once('exit', () => resolve()))
    this.reaper.stdin.end()
    await exited
  }
}
