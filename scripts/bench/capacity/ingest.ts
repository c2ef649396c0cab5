import { recordReadings } from '@/server/capacity/ingest'
import type { CapacityReading } from '@/server/capacity/reading'
import { sealSome } from '@/server/capacity/seal'
import { asReading } from './as-reading'
import { fillHosts } from './fill-hosts'
import { ModelHost } from './model-host'
import type { BenchDatabase, BenchPostgres } from './postgres'
import { EVERY_SECONDS } from './scenarios'
import { CAPACITY_TABLES, capacityBytes } from './sizes'

const HOUR_MS = 3_600_000
const SILENT_MS = 90_000
/** What is counted as samples of a reading, though eleven series of it are stored. */
export const SERIES = 8

/** A worker stores what came within a second together. */
const hostsTogether = (hosts: number) => Math.ceil(hosts / EVERY_SECONDS)

/** Hosts that are recorded and sealed as the product does it, hour after hour. */
export class Intake {
  private readonly lanes: { hostId: string; samples: Iterator<CapacityReading> }[] = []
  readings = 0

  static async over({ pg }: BenchDatabase, hosts: number, beginMs: number, endMs: number): Promise<Intake> {
    const scenario = { hosts, hours: (endMs - beginMs) / HOUR_MS, converted: 0.3 }
    const models = Array.from({ length: hosts }, (_, index) => new ModelHost(index, scenario, beginMs, endMs))
    const intake = new Intake()
    for (const host of await fillHosts(pg, models))
      intake.lanes.push({ hostId: host.hostId, samples: readingsOf(host) })
    return intake
  }

  /** The next reading of every host, so many together; none at the end. */
  *round(together: number): Generator<CapacityReading[]> {
    for (let at = 0; at < this.lanes.length; at += together) {
      const batch = this.lanes.slice(at, at + together).flatMap(({ samples }) => {
        const next = samples.next()
        return next.done === true ? [] : [next.value]
      })
      this.readings += batch.length
      if (batch.length > 0) yield batch
    }
  }
}

function* readingsOf(host: Parameters<typeof asReading>[0]): Generator<CapacityReading> {
  for (const sample of host.model.samples()) yield asReading(host, sample)
}

export interface IngestCost {
  /** Of one core, for Postgres and for this process, while hosts report for an hour and that hour is sealed. */
  postgresPercent: number
  serverPercent: number
}

/** What an hour of `hosts` costs: recorded in batches as they would come, sealed, and the tables vacuumed. */
export async function measureIngest(
  postgres: BenchPostgres,
  database: BenchDatabase,
  hosts: number,
): Promise<IngestCost> {
  const beginMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 2 * HOUR_MS
  const intake = await Intake.over(database, hosts, beginMs, beginMs + HOUR_MS)
  const postgresBefore = await postgres.cpuSeconds()
  let serverSeconds = 0
  const timed = async (work: () => Promise<unknown>) => {
    const before = process.cpuUsage()
    await work()
    const { user, system } = process.cpuUsage(before)
    serverSeconds += (user + system) / 1e6
  }
  for (let any = true; any; ) {
    any = false
    for (const batch of intake.round(hostsTogether(hosts))) {
      any = true
      await timed(() => recordReadings(database.pg, batch, SILENT_MS))
    }
  }
  await timed(() => sealAll(database, beginMs + 2 * HOUR_MS))
  await vacuum(database)
  const share = (seconds: number) => (100 * seconds) / (HOUR_MS / 1000)
  return {
    postgresPercent: share((await postgres.cpuSeconds()) - postgresBefore),
    serverPercent: share(serverSeconds),
  }
}

export interface BytesPerSample {
  all: number
  byTable: Record<string, number>
}

/** Disk for each sample after a day that was recorded and sealed hour by hour, everything counted. */
export async function measureBytes(database: BenchDatabase, hosts: number): Promise<BytesPerSample> {
  const endMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS
  const beginMs = endMs - 24 * HOUR_MS
  const intake = await Intake.over(database, hosts, beginMs, endMs)
  let sealedMs = beginMs
  for (let any = true; any; ) {
    any = false
    for (const batch of intake.round(hosts)) {
      any = true
      await recordReadings(database.pg, batch, SILENT_MS)
      const hourMs = Math.floor((batch[0]?.at.getTime() ?? 0) / HOUR_MS) * HOUR_MS
      if (hourMs <= sealedMs) continue
      sealedMs = hourMs
      await sealAll(database, sealedMs)
      // What autovacuum does in an hour; here an hour takes a second.
      await vacuum(database)
    }
  }
  const bytes = await capacityBytes(database.pg)
  const perSample = (size: number) => size / (intake.readings * SERIES)
  return {
    all: perSample(Object.values(bytes).reduce((sum, each) => sum + each, 0)),
    byTable: Object.fromEntries(Object.entries(bytes).map(([table, size]) => [table, perSample(size)])),
  }
}

async function sealAll({ pg }: BenchDatabase, beforeMs: number): Promise<void> {
  while ((await sealSome(pg, beforeMs)) > 0);
}

async function vacuum({ pg }: BenchDatabase): Promise<void> {
  for (const table of CAPACITY_TABLES) await pg.query(`VACUUM "${table}"`)
}
