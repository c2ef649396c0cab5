import { type ChildProcess, fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createLabKey } from '@/scripts/lab/keys'
import { waitFor } from '@/scripts/launch/wait'
import { createPool } from '@/server/lib/pg'
import { Product } from '../fanout/product'
import { cpuSecondsOf } from '../fanout/usage'
import { tableText } from '../report'

const HOSTS = Number(process.env.WATCH_BENCH_HOSTS ?? 1000)
/** What a fleet of this size would send, by watching fewer hosts more often. */
const FLEET = Number(process.env.WATCH_BENCH_FLEET ?? 10_000)
const EVERY_SECONDS = 30
const WINDOW_MS = 60_000

/** A process as /proc tells of it now. */
async function look(pid: number) {
  const read = (name: string) => readFile(`/proc/${pid}/${name}`, 'utf8')
  const [status, io, descriptors] = [await read('status'), await read('io'), await readdir(`/proc/${pid}/fd`)]
  const number = (text: string, name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1])
  return {
    rssBytes: number(status, 'VmRSS') * 1024,
    // The simulated hosts read and write nothing but their SSH connections.
    readBytes: number(io, 'rchar'),
    writtenBytes: number(io, 'wchar'),
    descriptors: descriptors.length,
  }
}

async function startLab(folder: string): Promise<{ child: ChildProcess; ports: number[] }> {
  const script = fileURLToPath(new URL('../../lab/simulated/on-ports.ts', import.meta.url))
  const child = fork(script, [folder, String(HOSTS)], { execArgv: ['--import', 'tsx'] })
  const ports = await new Promise<number[]>((resolve, reject) => {
    child.once('message', (told) => resolve(told as number[]))
    child.once('exit', () => reject(new Error('The simulated hosts ended.')))
  })
  return { child, ports }
}

async function main(): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'daxfleet-bench-watch-'))
  await writeFile(path.join(folder, 'client'), createLabKey('bench').privateKey, { mode: 0o600 })
  // Simulated hosts look at its digest alone.
  const agent = {
    path: path.join(folder, 'agent'),
    sha256: createHash('sha256').update('agent').digest('hex'),
  }
  await writeFile(agent.path, 'agent')
  console.error(`Starting ${HOSTS} simulated hosts and entering them...`)
  const { child, ports } = await startLab(folder)
  const labPid = child.pid ?? 0
  const product = await Product.over({ agent, folder, ports }, 20)
  const pg = createPool(process.env.DATABASE_URL ?? '', 2)
  const count = async (query: string) => Number((await pg.query<{ n: string }>(query)).rows[0]?.n)
  try {
    // Sessions of the probes go after a minute without use; their memory must not be taken for the watches'.
    await product.restartWorker()
    await pause(10_000)
    const idle = await look(product.workerPid)

    const measure = async (everySeconds: number) => {
      Object.assign(process.env, { WATCH_SECONDS: String(everySeconds), WATCH_MAX_HOSTS: String(HOSTS) })
      await pg.query('DELETE FROM "CapacityLatest"')
      await product.restartWorker()
      const began = performance.now()
      const all = await waitFor(
        async () =>
          (await count('SELECT count(*) AS n FROM "CapacityLatest"')) === HOSTS ? true : undefined,
        { withinMs: 1_800_000, everyMs: 500 },
      )
      if (all === undefined) throw new Error('Not every host told of itself.')
      const watchedAfterSeconds = (performance.now() - began) / 1000
      await pause(30_000)
      const now = async () => ({
        at: performance.now(),
        readings: await count('SELECT count(*) AS n FROM "CapacityHead"'),
        usage: await product.usage(),
        lab: await look(labPid),
        labSeconds: await cpuSecondsOf([labPid]),
        worker: await look(product.workerPid),
      })
      const before = await now()
      await pause(WINDOW_MS)
      const after = await now()
      const seconds = (after.at - before.at) / 1000
      const readings = after.readings - before.readings
      const share = (of: (at: typeof before) => number) => (of(after) - of(before)) / seconds
      return {
        watchedAfterSeconds,
        perSecond: readings / seconds,
        worker: share(({ usage }) => usage.workerSeconds),
        postgres: share(({ usage }) => usage.postgresSeconds),
        lab: share(({ labSeconds }) => labSeconds),
        bytesEach: (after.lab.writtenBytes - before.lab.writtenBytes) / readings,
        rssBytes: after.worker.rssBytes,
        descriptors: after.worker.descriptors,
        perSecondSpread: await busiestSecond(),
      }
    }
    /** How many readings the busiest second of the last minute had, against the mean. */
    const busiestSecond = async () => {
      const { rows } = await pg.query<{ ratio: string }>(
        `SELECT max(n) / avg(n) AS ratio FROM (SELECT count(*)::float8 AS n FROM "CapacityHead"
         WHERE at > now() - interval '60 seconds' GROUP BY date_trunc('second', at)) s`,
      )
      return Number(rows[0]?.ratio)
    }

    console.error('Watching every 30 s...')
    const calm = await measure(EVERY_SECONDS)
    console.error(`Watching as often as ${FLEET} hosts would tell every 30 s...`)
    const dense = await measure(Math.max(1, Math.round((EVERY_SECONDS * HOSTS) / FLEET)))

    const percent = (share: number) => `${(100 * share).toFixed(1)} %`
    const columns = [calm, dense]
    console.log(
      tableText([
        [`${HOSTS} hosts`, 'every 30 s', `as ${FLEET} would`],
        ['readings a second', ...columns.map(({ perSecond }) => perSecond.toFixed(1))],
        ['worker, of one processor', ...columns.map(({ worker }) => percent(worker))],
        ['Postgres, of one processor', ...columns.map(({ postgres }) => percent(postgres))],
        ['bytes on the wire a reading', ...columns.map(({ bytesEach }) => bytesEach.toFixed(0))],
        ['busiest second against the mean', ...columns.map((each) => each.perSecondSpread.toFixed(2))],
        ['descriptors of the worker', ...columns.map(({ descriptors }) => String(descriptors))],
        [
          'memory of the worker a host, KiB',
          ...columns.map(({ rssBytes }) => ((rssBytes - idle.rssBytes) / 1024 / HOSTS).toFixed(0)),
        ],
        ['seconds until all told', ...columns.map((each) => each.watchedAfterSeconds.toFixed(0))],
      ]),
    )
    const ms = (1000 * (dense.worker - calm.worker)) / (dense.perSecond - calm.perSecond)
    const postgresMs = (1000 * (dense.postgres - calm.postgres)) / (dense.perSecond - calm.perSecond)
    console.log(`A reading costs the worker ${ms.toFixed(2)} ms and Postgres ${postgresMs.toFixed(2)} ms.`)
    console.log(`The worker without a watch takes ${(idle.rssBytes / 2 ** 20).toFixed(0)} MiB.`)
  } finally {
    await pg.end()
    await product.stop()
    child.disconnect()
    await rm(folder, { recursive: true, force: true })
  }
}

await main()
