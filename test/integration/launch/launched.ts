import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '@/scripts/launch/free-port'
import { isAlive } from '@/scripts/launch/processes'
import { waitFor } from '@/scripts/launch/wait'

const root = fileURLToPath(new URL('../../..', import.meta.url))
/** The first start builds; on a machine where both processors are busy that takes minutes. */
const START_MS = 300_000

/** A data folder of a test's own, with a space in its path, that any account may enter. */
export function makeFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'daxfleet launch '))
  fs.chmodSync(folder, 0o755)
  return folder
}

/** One `npm start`, without npm around it. */
export class Launched {
  readonly process: ChildProcess
  output = ''
  private readonly ended: Promise<number | null>

  constructor(env: Record<string, string>, account: { uid?: number; gid?: number } = {}) {
    const { DATABASE_URL: _, ...mine } = process.env
    this.process = spawn(process.execPath, ['scripts/launch/entry.cjs', 'start'], {
      ...account,
      cwd: root,
      env: { ...mine, NODE_ENV: 'production', VITEST: '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.output += chunk.toString('utf8')
      })
    }
    this.ended = new Promise((resolve) => this.process.once('close', resolve))
  }

  static async start(
    dataDir: string,
    { env = {}, account }: { env?: Record<string, string>; account?: { uid: number; gid: number } } = {},
  ): Promise<Launched & { port: number }> {
    const port = await freePort()
    const home = account === undefined ? {} : { HOME: dataDir, TMPDIR: dataDir }
    const launched = new Launched({ DATA_DIR: dataDir, PORT: String(port), ...home, ...env }, account)
    await launched.ready()
    return Object.assign(launched, { port })
  }

  /** Waits for its last words. */
  async ready(): Promise<void> {
    const outcome = await waitFor(
      () => {
        if (this.output.includes('Ctrl-C stops everything')) return 'ready'
        return this.process.exitCode === null && this.process.signalCode === null ? undefined : 'ended'
      },
      { withinMs: START_MS },
    )
    if (outcome !== 'ready') throw new Error(`it did not start (${outcome}): ${this.output}`)
  }

  /** Its exit status, once it has ended by itself. */
  status(): Promise<number | null> {
    return this.ended
  }

  async terminate(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.process.kill(signal)
    return this.ended
  }
}

/** Process ids of everything that belongs to a data folder: by its open Postgres, and by what the supervisor noted. */
export function processesOf(dataDir: string): number[] {
  const noted = read(path.join(dataDir, 'run', 'children.json'))
  const children: unknown = noted === undefined ? [] : JSON.parse(noted)
  const postmaster = Number(
    read(path.join(dataDir, 'postgres', 'cluster', 'postmaster.pid'))?.split('\n')[0] ?? 0,
  )
  const pids = [...(Array.isArray(children) ? children : []), postmaster].filter(
    (pid) => Number.isInteger(pid) && pid > 0,
  )
  return pids.filter((pid) => isAlive(pid))
}

function read(file: string): string | undefined {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined
}
