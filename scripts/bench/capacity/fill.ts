import path from 'node:path'
import { fileURLToPath } from 'node:url'
import pg, { type Pool } from 'pg'
import { migrate } from '@/scripts/launch/migrate'
import { fillHistory } from './fill-history'
import { fillHosts } from './fill-hosts'
import { ModelHost } from './model-host'
import { isScenario, type Scenario, scenarios } from './scenarios'
import { CAPACITY_TABLES } from './sizes'

const root = fileURLToPath(new URL('../../..', import.meta.url))
/** Hosts at a time: more would only wait for the one processor that makes their readings. */
const LANES = 2

/** Connections that stay, however long this process is busy making readings between two statements. */
export function patientPool(url: string): Pool {
  const pool = new pg.Pool({ connectionString: url, max: 6, idleTimeoutMillis: 0 })
  // One that says goodbye while the server already stops is no fault.
  pool.on('error', () => {})
  return pool
}

export interface Filled {
  hostIds: string[]
  readings: number
  beginMs: number
  endMs: number
}

/** Fills a database with hosts and their history up to now. Hosts that are there already stay as they are. */
export async function fill(pool: Pool, scenario: Scenario, nowMs = Date.now()): Promise<Filled> {
  const beginMs = nowMs - scenario.hours * 3_600_000
  const models = Array.from(
    { length: scenario.hosts },
    (_, index) => new ModelHost(index, scenario, beginMs, nowMs),
  )
  const hosts = await fillHosts(pool, models)
  const waiting = [...hosts]
  let readings = 0
  const lane = async () => {
    for (let host = waiting.pop(); host !== undefined; host = waiting.pop()) {
      const more = await fillHistory(pool, host, nowMs)
      readings += more
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  for (const table of CAPACITY_TABLES) await pool.query(`VACUUM ANALYZE "${table}"`)
  return { hostIds: hosts.map(({ hostId }) => hostId), readings, beginMs, endMs: nowMs }
}

async function main([name = '', url = process.env.DATABASE_URL ?? '']: string[]): Promise<void> {
  if (!isScenario(name) || url === '') {
    console.error(
      `Usage: npm run fill:capacity -- <${Object.keys(scenarios).join('|')}> [address of an empty database, or DATABASE_URL]`,
    )
    process.exitCode = 2
    return
  }
  await migrate(url, path.join(root, 'prisma/migrations'))
  const pool = patientPool(url)
  const started = performance.now()
  const { readings } = await fill(pool, scenarios[name])
  await pool.end()
  console.error(`${readings} readings in ${Math.round((performance.now() - started) / 1000)} s.`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2))
