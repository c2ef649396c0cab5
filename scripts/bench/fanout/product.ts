import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeBundles } from '@/scripts/launch/build-product'
import { migrate } from '@/scripts/launch/migrate'
import { type RunningPostgres, startPostgres } from '@/scripts/launch/postgres'
import { waitFor } from '@/scripts/launch/wait'
import type { Principal } from '@/server/auth/principal'
import { EventHub } from '@/server/events/hub'
import { forgetConfig } from '@/server/lib/config'
import { createDb } from '@/server/lib/db'
import { ensureKeys } from '@/server/lib/keys'
import { createPool } from '@/server/lib/pg'
import { migrateQueue } from '@/server/lib/queue'
import { createCallerFactory } from '@/server/trpc/procedures'
import { appRouter } from '@/server/trpc/root'
import { cpuSecondsOf, peakRssBytesOf } from './usage'

const root = fileURLToPath(new URL('../../..', import.meta.url))
/** Below the checkout, where its packages are found. */
const BUNDLES = `.cache/bench-worker-${process.pid}`
const AN_HOUR = 3_600_000
const createCaller = createCallerFactory(appRouter)
const user: Principal = {
  id: randomUUID(),
  name: 'Bench',
  email: 'bench@example.test',
  role: 'admin',
  secondFactor: 'off',
  via: { type: 'session', sessionId: randomUUID() },
}
/** Hosts on ports of this machine; `folder` holds the key that logs in, as `client`. */
interface Hosts {
  readonly folder: string
  readonly ports: readonly number[]
  readonly agent: { path: string; sha256: string }
}
const unlimited = { count: null, percent: null }

/** The product as `npm start` runs it, without its pages: Postgres, a worker, and the procedures the pages call. */
export class Product {
  private worker: ChildProcess | undefined
  private readonly hub: EventHub
  private readonly db
  private readonly pg
  private readonly caller

  private constructor(
    private readonly farm: Hosts,
    private readonly folder: string,
    private readonly postgres: RunningPostgres,
    private readonly parallel: number,
  ) {
    this.db = createDb(postgres.url, 5)
    this.pg = createPool(postgres.url, 5)
    this.hub = new EventHub(postgres.url)
    this.caller = createCaller({ db: this.db, pg: this.pg, hub: this.hub, user })
  }

  /** With every host of the farm entered, its key trusted, and probed once. */
  static async over(farm: Hosts, parallel: number): Promise<Product> {
    const folder = await mkdtemp(path.join(tmpdir(), 'daxfleet-fanout-product-'))
    const postgres = await startPostgres({ dataDir: folder, database: 'daxfleet' })
    await migrate(postgres.url, path.join(root, 'prisma/migrations'))
    await mkdir(path.join(folder, 'cache', 'agent'), { recursive: true })
    const agents = { x64: { path: farm.agent.path, sha256: farm.agent.sha256, sizeBytes: 1 } }
    await writeFile(
      path.join(folder, 'cache', 'agent', 'built.json'),
      JSON.stringify({ sources: 'bench', agents }),
    )
    Object.assign(process.env, {
      DATA_DIR: folder,
      CACHE_DIR: path.join(folder, 'cache'),
      DATABASE_URL: postgres.url,
      PROBE_INTERVAL_SECONDS: '86400',
      WATCH_MAX_HOSTS: '0',
      // Five hundred key exchanges at once on a small machine take their time; nobody is to be cut off here.
      SSH_CONNECT_SECONDS: '300',
      SSH_COMMAND_SECONDS: '300',
      WORKER_CONCURRENCY: String(parallel),
    })
    forgetConfig()
    ensureKeys()
    await makeBundles(root, BUNDLES)
    const product = new Product(farm, folder, postgres, parallel)
    try {
      await migrateQueue(product.pg)
      await product.restartWorker()
      await product.enrol()
    } catch (error) {
      await product.stop()
      throw error
    }
    return product
  }

  /** A worker without a connection to any host. */
  async restartWorker(): Promise<void> {
    await this.stopWorker()
    const child = spawn(process.execPath, [path.join(root, BUNDLES, 'worker.mjs')], {
      cwd: root,
      env: { ...process.env, DAXFLEET_PARENT_PIPE: '1' },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.worker = child
    let log = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      if (!log.includes('takes work')) log += chunk.toString()
    })
    const began = await waitFor(
      () => (child.exitCode !== null ? 'ended' : log.includes('takes work') ? 'works' : undefined),
      { withinMs: 120_000 },
    )
    if (began !== 'works') throw new Error(`The worker did not start: ${log}`)
  }

  /** Reads every host anew: the pool's connections stand afterwards. */
  async probeAll(): Promise<void> {
    const { rows } = await this.pg.query<{ id: string }>('SELECT id FROM "Host"')
    for (const { id } of rows) await this.caller.hosts.probe({ hostId: id })
    await this.until(async () => {
      const left = await this.pg.query('SELECT 1 FROM "Host" WHERE "probeRequestedAt" IS NOT NULL LIMIT 1')
      return left.rowCount === 0
    })
  }

  /** One rollout over all hosts, from the list to the last look. */
  async rollout(): Promise<void> {
    const limits = { hosts: unlimited, devices: unlimited }
    const made = await this.caller.rollouts.create({
      name: 'all',
      selector: 'kind:pmem state=convertible',
      zone: 'movable',
      policy: {
        canaryHosts: 0,
        waves: [{ percent: 100 }],
        maxInFlightHosts: this.parallel,
        spreadByLabel: null,
        soakSeconds: 0,
        failures: { perWave: limits, inAll: limits },
        startWindow: null,
        perHostDeadlineSeconds: 3600,
        retries: 1,
      },
    })
    if (made.type !== 'created') throw new Error(JSON.stringify(made))
    const { rolloutId } = made
    await this.until(async () => (await this.stateOf(rolloutId)) === 'ready')
    const { digest, phrase } = await this.caller.rollouts.get({ rolloutId })
    const approved = await this.caller.rollouts.approve({ rolloutId, digest: digest ?? '', phrase })
    if (approved.type !== 'done') throw new Error(approved.message)
    await this.until(async () => ['finished', 'stopped', 'aborted'].includes(await this.stateOf(rolloutId)))
    const { state, hostsByState, reasonText } = await this.caller.rollouts.get({ rolloutId })
    if (state !== 'finished' || hostsByState.succeeded !== this.farm.ports.length)
      throw new Error(`The rollout is ${state}: ${JSON.stringify(hostsByState)} ${reasonText}`)
  }

  get workerPid(): number {
    return this.worker?.pid ?? 0
  }

  /** Processor seconds of the worker and of Postgres so far, and the most memory the worker has had. */
  async usage(): Promise<{ workerSeconds: number; postgresSeconds: number; workerRssBytes: number }> {
    const pid = this.workerPid
    return {
      workerSeconds: await cpuSecondsOf([pid]),
      postgresSeconds: await cpuSecondsOf([this.postgres.pid]),
      workerRssBytes: await peakRssBytesOf(pid),
    }
  }

  async stop(): Promise<void> {
    await this.stopWorker()
    await this.hub.close()
    await this.pg.end()
    await this.db.$disconnect()
    await this.postgres.stop()
    for (const folder of [this.folder, path.join(root, BUNDLES)])
      await rm(folder, { recursive: true, force: true })
  }

  private async enrol(): Promise<void> {
    const privateKey = await readFile(path.join(this.farm.folder, 'client'), 'utf8')
    const added = await this.caller.credentials.add({ name: 'bench', privateKey })
    if (added.type !== 'added') throw new Error(added.message)
    const hosts = this.farm.ports.map((port) => ({
      ...{ name: `bench-${port}`, address: '127.0.0.1', port, username: 'root', labels: {} },
    }))
    const entered = await this.caller.hosts.add({ credentialId: added.credential.id, hosts })
    if (entered.type !== 'added') throw new Error(JSON.stringify(entered))
    for (const hostId of entered.hostIds) {
      let key: { id: string; fingerprint: string } | undefined
      await this.until(async () => {
        key = (await this.caller.hosts.get({ hostId })).keys.find(({ status }) => status === 'pending')
        return key !== undefined
      })
      if (key === undefined) throw new Error('No key to trust.')
      const { id: keyId, fingerprint } = key
      await this.caller.hosts.reviewKey({ hostId, keyId, decision: 'trust', fingerprint })
    }
    await this.until(async () => {
      const { rows } = await this.pg.query<{ message: string; probing: boolean }>(
        `SELECT "stateMessage" AS message, "probeRequestedAt" IS NOT NULL AS probing FROM "Host"
         WHERE state <> 'ready' OR "probeRequestedAt" IS NOT NULL`,
      )
      const given = rows.find(({ probing }) => !probing)
      if (given !== undefined) throw new Error(`A host cannot be entered: ${given.message}`)
      return rows.length === 0
    })
  }

  private async stateOf(rolloutId: string): Promise<string> {
    const { rows } = await this.pg.query<{ state: string }>(
      'SELECT state::text FROM "Rollout" WHERE id = $1',
      [rolloutId],
    )
    return rows[0]?.state ?? ''
  }

  private async until(holds: () => Promise<boolean>): Promise<void> {
    const met = await waitFor(async () => ((await holds()) ? true : undefined), {
      withinMs: AN_HOUR,
      everyMs: 50,
    })
    if (met === undefined) throw new Error('Waited an hour in vain.')
  }

  private async stopWorker(): Promise<void> {
    const child = this.worker
    this.worker = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
  }
}
