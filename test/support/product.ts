import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, onTestFailed } from 'vitest'
import { buildAgents } from '@/scripts/launch/build-agents'
import { makeBundles } from '@/scripts/launch/build-product'
import { waitFor } from '@/scripts/launch/wait'
import { config, forgetConfig } from '@/server/lib/config'
import { ensureKeys } from '@/server/lib/keys'
import { type Caller, createTestStage } from './caller'
import type { TestDatabase } from './database'

const root = fileURLToPath(new URL('../..', import.meta.url))

const BUNDLES = `.cache/test-worker-${process.pid}`
let bundling: Promise<string> | undefined

/** The worker as `npm start` runs it, from the sources as they are. */
function bundled(): Promise<string> {
  bundling ??= makeBundles(root, BUNDLES).then(() => BUNDLES)
  return bundling
}

/** A worker as its own process, as in production; it ends when this process does, since its stdin closes. */
export class WorkerProcess {
  private text = ''
  /** The name it holds leases under. */
  holder = ''
  private readonly exited: Promise<void>

  private constructor(private readonly child: ChildProcess) {
    const collect = (chunk: Buffer) => {
      this.text = (this.text + chunk.toString()).slice(-65_536)
    }
    child.stdout?.on('data', collect)
    child.stderr?.on('data', collect)
    this.exited = new Promise((resolve) => child.once('exit', () => resolve()))
  }

  static async start(settings: Record<string, string>): Promise<WorkerProcess> {
    const child = spawn(process.execPath, [path.join(root, await bundled(), 'worker.mjs')], {
      cwd: root,
      env: { ...process.env, ...settings, DAXFLEET_PARENT_PIPE: '1' },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const worker = new WorkerProcess(child)
    const began = await waitFor(
      () => (worker.runs ? (worker.log.includes('takes work') ? 'works' : undefined) : 'ended'),
      { withinMs: 120_000 },
    )
    if (began !== 'works') throw new Error(`The worker did not start:\n${worker.log}`)
    worker.holder = /"holder":"([^"]+)"/.exec(worker.log)?.[1] ?? ''
    return worker
  }

  get runs(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null
  }

  /** What it printed, the end of it. */
  get log(): string {
    return this.text
  }

  /** Memory it holds now, in MiB; 0 once it has ended. */
  residentMib(): number {
    const status = this.runs ? readFileSync(`/proc/${this.child.pid}/status`, 'utf8') : ''
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024
  }

  /** SIGSTOP: it does nothing more and hears of nothing, as in a virtual machine that is moved, until `thaw`. */
  freeze(): void {
    this.child.kill('SIGSTOP')
  }

  thaw(): void {
    this.child.kill('SIGCONT')
  }

  /** kill -9, and waits until it is gone. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.exited
  }

  /** Asks it to end, and waits for that. */
  async stop(): Promise<void> {
    if (!this.runs) return
    this.child.kill('SIGTERM')
    const killer = setTimeout(() => this.child.kill('SIGKILL'), 30_000)
    await this.exited
    clearTimeout(killer)
  }
}

/** The product without its pages: every procedure as a signed-in person calls it, and real worker processes. */
export interface Product {
  caller: Caller
  databaseUrl: string
  /** All that run or ran, the last one last. */
  workers: WorkerProcess[]
  /** Starts one more; these variables are its alone. */
  addWorker: (settings?: Record<string, string>) => Promise<WorkerProcess>
  /** What the workers printed, for failures. */
  workerLog: () => string
}

export interface ProductOptions {
  /** Variables of the workers, over those of every test. */
  env?: Record<string, string>
  /** Instead of a copy of the run's own. */
  database?: () => Promise<TestDatabase>
}

/** Starts database and worker before the tests of a file and ends them after; the getter is for use inside tests. */
export function useProduct(options: ProductOptions = {}): () => Product {
  let running: (Product & { close: () => Promise<void> }) | undefined
  beforeAll(async () => {
    running = await startProduct(options)
  })
  afterAll(() => running?.close())
  return () => {
    if (running === undefined) throw new Error('The product is not started yet.')
    return running
  }
}

async function startProduct({ env = {}, database }: ProductOptions) {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'daxfleet product '))
  const stage = await createTestStage(await database?.())
  // Credentials are sealed by this process, as by the web server: it reads the same settings as the worker.
  const settings = {
    DATA_DIR: dataDir,
    DATABASE_URL: stage.url,
    PROBE_INTERVAL_SECONDS: '86400',
    // An emulated guest on a busy machine takes its time over a key exchange.
    SSH_CONNECT_SECONDS: '120',
    SSH_COMMAND_SECONDS: '120',
    ...env,
  }
  const before = Object.keys(settings).map((name) => [name, process.env[name]] as const)
  Object.assign(process.env, settings)
  forgetConfig()
  ensureKeys()
  await buildAgents(root, config().cacheDir, { say: console.log, signal: AbortSignal.timeout(600_000) })
  const workers: WorkerProcess[] = []
  const addWorker = async (settings: Record<string, string> = {}) => {
    const worker = await WorkerProcess.start(settings)
    workers.push(worker)
    return worker
  }
  await addWorker()
  return {
    caller: stage.caller,
    databaseUrl: stage.url,
    workers,
    addWorker,
    workerLog: () => workers.map((worker, index) => `--- worker ${index + 1} ---\n${worker.log}`).join('\n'),
    close: async () => {
      await Promise.all(workers.map((worker) => worker.stop()))
      await stage.close()
      for (const folder of [dataDir, path.join(root, BUNDLES)])
        await rm(folder, { recursive: true, force: true })
      bundling = undefined
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name]
        else process.env[name] = value
      }
      forgetConfig()
    },
  }
}

/** Shows what the worker printed if the current test fails. */
export function showWorkerOnFailure(product: Product): void {
  onTestFailed(() => console.error(product.workerLog()))
}

/** Waits for a condition of the product, generously: guests are emulated and the machine is shared. */
export async function eventually<T>(what: () => string, probe: () => Promise<T | undefined>): Promise<T> {
  const found = await waitFor(probe, { withinMs: 180_000, everyMs: 100 })
  if (found === undefined) throw new Error(`Waited in vain until ${what()}.`)
  return found
}
