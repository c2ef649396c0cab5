import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, onTestFailed } from 'vitest'
import { buildAgents } from '@/scripts/launch/build-agents'
import { waitFor } from '@/scripts/launch/wait'
import { config, forgetConfig } from '@/server/lib/config'
import { ensureKeys } from '@/server/lib/keys'
import { type Caller, createTestStage } from './caller'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The product without its pages: every procedure as a signed-in person calls it, and a real worker process. */
export interface Product {
  caller: Caller
  databaseUrl: string
  /** What the worker printed, for failures. */
  workerLog: () => string
}

/** Starts database and worker before the tests of a file and ends them after; the getter is for use inside tests. */
export function useProduct(): () => Product {
  let running: (Product & { close: () => Promise<void> }) | undefined
  beforeAll(async () => {
    running = await startProduct()
  })
  afterAll(() => running?.close())
  return () => {
    if (running === undefined) throw new Error('The product is not started yet.')
    return running
  }
}

async function startProduct(): Promise<Product & { close: () => Promise<void> }> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'daxfleet product '))
  const stage = await createTestStage()
  // Credentials are sealed by this process, as by the web server: it reads the same settings as the worker.
  Object.assign(process.env, {
    DATA_DIR: dataDir,
    DATABASE_URL: stage.url,
    PROBE_INTERVAL_SECONDS: '86400',
    // An emulated guest on a busy machine takes its time over a key exchange.
    SSH_CONNECT_SECONDS: '120',
    SSH_COMMAND_SECONDS: '120',
  })
  forgetConfig()
  ensureKeys()
  await buildAgents(root, config().cacheDir, { say: console.log, signal: AbortSignal.timeout(600_000) })
  const { worker, log } = startWorker()
  const started = await waitFor(
    () => (worker.exitCode !== null ? 'ended' : log().includes('takes work') ? 'runs' : undefined),
    { withinMs: 120_000 },
  )
  if (started !== 'runs') throw new Error(`The worker did not start:\n${log()}`)
  return {
    caller: stage.caller,
    databaseUrl: stage.url,
    workerLog: log,
    close: async () => {
      await stop(worker)
      await stage.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** The worker as its own process, as in production; it ends when this process does, since its stdin closes. */
function startWorker(): { worker: ChildProcess; log: () => string } {
  let text = ''
  const argv = ['--conditions=react-server', '--import', 'tsx', 'server/worker/main.ts']
  const worker = spawn(process.execPath, argv, {
    cwd: root,
    env: { ...process.env, DAXFLEET_PARENT_PIPE: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const collect = (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-65_536)
  }
  worker.stdout.on('data', collect)
  worker.stderr.on('data', collect)
  return { worker, log: () => text }
}

async function stop(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  worker.kill('SIGTERM')
  const killer = setTimeout(() => worker.kill('SIGKILL'), 30_000)
  await exited
  clearTimeout(killer)
}

/** Shows what the worker printed if the current test fails. */
export function showWorkerOnFailure(product: Product): void {
  onTestFailed(() => console.error(`--- worker ---\n${product.workerLog()}`))
}

/** Waits for a condition of the product, generously: guests are emulated and the machine is shared. */
export async function eventually<T>(what: () => string, probe: () => Promise<T | undefined>): Promise<T> {
  const found = await waitFor(probe, { withinMs: 180_000, everyMs: 100 })
  if (found === undefined) throw new Error(`Waited in vain until ${what()}.`)
  return found
}
