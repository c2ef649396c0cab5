import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { ratio, tableText } from '../report'
import { Charts, type Timed } from './charts'
import { fill } from './fill'
import { firstLoadBytes } from './first-load'
import { measureBytes, measureIngest, SERIES } from './ingest'
import { type BenchPostgres, startBenchPostgres } from './postgres'
import { type ScenarioName, scenarios } from './scenarios'

const root = fileURLToPath(new URL('../../..', import.meta.url))
/** Hosts whose day is recorded and sealed reading by reading: enough that pages of the tables are full. */
const BYTES_HOSTS = 100
const INGEST_HOSTS = 10_000
const PARTS = ['pages', 'bytes', 'ingest', 'charts'] as const
type Part = (typeof PARTS)[number]

type Figures = Partial<
  Record<
    | 'bytesPerSample'
    | 'hostChartP95Ms'
    | 'fleetChartP95Ms'
    | 'hostsListP95Ms'
    | 'ingestCorePercent'
    | 'firstLoadJsGzBytes',
    number
  >
>

const rounded = (value: number, digits = 1) => value.toFixed(digits)

async function bytes(postgres: BenchPostgres): Promise<Figures> {
  const { all, byTable } = await measureBytes(await postgres.create('bytes'), BYTES_HOSTS)
  console.log(
    `\n${tableText([
      ['bytes a sample, all in', 'bytes'],
      ...Object.entries({ ...byTable, all }).map(([table, size]) => [table, rounded(size, 2)]),
    ])}\n${BYTES_HOSTS} hosts for a day, recorded and sealed hour by hour; ${SERIES} samples a reading.`,
  )
  return { bytesPerSample: ratio(all) }
}

async function ingest(postgres: BenchPostgres): Promise<Figures> {
  const cost = await measureIngest(postgres, await postgres.create('ingest'), INGEST_HOSTS)
  console.log(
    `\n${tableText([
      [`${INGEST_HOSTS} hosts every 30 s`, '% of a core'],
      ['Postgres', rounded(cost.postgresPercent)],
      ['server', rounded(cost.serverPercent)],
    ])}\nAn hour of readings recorded in batches of a second, sealed and vacuumed.`,
  )
  return { ingestCorePercent: ratio(cost.postgresPercent + cost.serverPercent) }
}

async function charts(postgres: BenchPostgres): Promise<Figures> {
  const figures: Figures = {}
  const rows = [['', 'hosts', 'p50 ms', 'p95 ms', 'cpu ms']]
  const note = (what: string, hosts: number, { p50Ms, p95Ms, cpuMs }: Timed) => {
    rows.push([what, String(hosts), rounded(p50Ms), rounded(p95Ms), rounded(cpuMs)])
    return ratio(p95Ms)
  }
  const on = async (name: ScenarioName, ask: (charts: Charts, hosts: number) => Promise<void>) => {
    console.error(`Filling ${name}...`)
    const database = await postgres.create(name)
    const { hostIds, endMs } = await fill(database.pg, scenarios[name])
    const asked = new Charts(postgres, database, hostIds, endMs)
    await ask(asked, hostIds.length).finally(() => asked.close())
  }
  await on('ninety-days', async (asked, hosts) => {
    figures.hostChartP95Ms = note('a host, 90 days', hosts, await asked.host(90))
    note('a host, 7 days', hosts, await asked.host(7))
    note('a host, 6 hours', hosts, await asked.host(0.25))
  })
  for (const name of ['thousand-hosts', 'ten-thousand-hosts'] as const)
    await on(name, async (asked, hosts) => {
      note('a host, 24 hours', hosts, await asked.host(1))
      figures.fleetChartP95Ms = note('the fleet, 24 hours by tier', hosts, await asked.fleet(null))
      note('the fleet, 24 hours by site', hosts, await asked.fleet('site'))
      note('the map', hosts, await asked.map())
      figures.hostsListP95Ms = note('hosts list, filtered', hosts, await asked.hostsList())
    })
  console.log(`\n${tableText(rows)}\nBy the procedures the pages call, input and output checked.`)
  return figures
}

function pages(): Figures {
  const sizes = [...firstLoadBytes(path.join(root, '.next'))].sort(([, a], [, b]) => b - a)
  const kilobytes = (size: number) => rounded(size / 1000)
  console.log(
    `\n${tableText([['first load of JavaScript', 'kB gz'], ...sizes.map(([page, size]) => [page, kilobytes(size)])])}`,
  )
  return { firstLoadJsGzBytes: sizes[0]?.[1] ?? 0 }
}

/** All parts, or those that are named; figures of parts that were left out are not in the last line. */
async function main(asked: readonly string[]): Promise<void> {
  const isAsked = (part: Part) => asked.length === 0 || asked.includes(part)
  const figures: Figures = {}
  if (isAsked('pages')) Object.assign(figures, pages())
  const postgres = await startBenchPostgres()
  try {
    if (isAsked('bytes')) Object.assign(figures, await bytes(postgres))
    if (isAsked('ingest')) Object.assign(figures, await ingest(postgres))
    if (isAsked('charts')) Object.assign(figures, await charts(postgres))
  } finally {
    await postgres.stop()
  }
  console.log(`\n${JSON.stringify({ bench: 'capacity', ...figures })}`)
}

await main(process.argv.slice(2))
