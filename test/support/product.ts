import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, onTestFailed } from 'vitest'
import { cacheFolder } from '@/scripts/lab/paths'
import { waitFor } from '@/scripts/launch/wait'
import { parseConfig } from '@/server/lib/config'
import { createDb } from '@/server/lib/db'
import { ensureKeys } from '@/server/lib/keys'
import { createPool } from '@/server/lib/pg'
import { createCallerFactory } from '@/server/trpc/procedures'
import { appRouter } from '@/server/trpc/root'
import { ensureTestAgent } from './agent-binary'
import { createTestDatabase } from './database'

const root = fileURLToPath(new URL('../..', import.meta.url))
const createCaller = createCallerFactory(appRouter)

/** The product without its pages: every procedure as a signed-in person calls it, and a real worker process. */
export interface Product {
  caller: ReturnType<typeof createCaller>
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
    const { workerLog } = running
    onTestFailed(() => console.error(`--- worker ---\n${workerLog()}`))
    return running
  }
}

async function startProduct(): Promise<Product & { close: () => Promise<void> }> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'daxfleet product '))
  const database = await createTestDatabase()
  // Keys are read through this process's configuration, as in the web server.
  const settings = {
    DATA_DIR: dataDir,
    CACHE_DIR: path.dirname(cacheFolder()),
    DATABASE_URL: database.url,
    PROBE_INTERVAL_SECONDS: '86400',
  }
  Object.assign(process.env, settings)
  ensureKeys(parseConfig(process.env, root))
  await ensureTestAgent()
  const db = createDb(database.url, 4)
  const pg = createPool(database.url, 4)
  const caller = createCaller({ db, pg, user: { id: 'tester', name: 'Tester', email: 'tester@example.com' } })
  const { worker, log } = startWorker(settings)
  return {
    caller,
    databaseUrl: database.url,
    workerLog: log,
    close: async () => {
      await stop(worker)
      await db.$disconnect()
      await pg.end()
      await database.drop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** The worker as its own process, as in production; it ends when this process does, since its stdin closes. */
function startWorker(settings: Record<string, string>): { worker: ChildProcess; log: () => string } {
  let text = ''
  const worker = spawn(
    process.execPath,
    ['--conditions=react-server', '--import', 'tsx', 'server/worker/main.ts'],
    {
      cwd: root,
      env: { ...process.env, ...settings, DAXFLEET_PARENT_PIPE: '1' },
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  )
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

/** Waits for a condition of the product, generously: guests are emulated and the machine is shared. */
export async function eventually<T>(what: string, probe: () => Promise<T | undefined>): Promise<T> {
  const found = await waitFor(probe, { withinMs: 180_000, everyMs: 100 })
  if (found === undefined) throw new Error(`Waited in vain until ${what}.`)
  return found
}
