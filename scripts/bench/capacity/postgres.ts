import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Pool } from 'pg'
import { migrate } from '@/scripts/launch/migrate'
import { startPostgres } from '@/scripts/launch/postgres'
import { cpuSecondsOf } from '../fanout/usage'
import { patientPool } from './fill'

const root = fileURLToPath(new URL('../../..', import.meta.url))

export interface BenchDatabase {
  url: string
  pg: Pool
}

/** A Postgres of the bench's own, as `npm start` would run it. */
export interface BenchPostgres {
  /** A database of this name, migrated and empty. */
  create(name: string): Promise<BenchDatabase>
  /** Processor seconds of the server and of everything it started, so far. */
  cpuSeconds(): Promise<number>
  stop(): Promise<void>
}

export async function startBenchPostgres(): Promise<BenchPostgres> {
  const folder = await mkdtemp(path.join(tmpdir(), 'daxfleet-bench-capacity-'))
  const server = await startPostgres({ dataDir: folder, database: 'bench' })
  const pools: Pool[] = []
  const open = (url: string) => {
    const pg = patientPool(url)
    pools.push(pg)
    return { url, pg }
  }
  const { pg: administer } = open(server.url)
  return {
    async create(name) {
      await administer.query(`CREATE DATABASE "${name}"`)
      const url = server.url.replace(/\/[^/]*$/, `/${name}`)
      await migrate(url, path.join(root, 'prisma/migrations'))
      return open(url)
    },
    cpuSeconds: () => cpuSecondsOf([server.pid]),
    async stop() {
      await Promise.all(pools.map((pg) => pg.end()))
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
