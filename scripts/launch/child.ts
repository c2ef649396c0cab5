import { type ChildProcess, spawn } from 'node:child_process'
import path from 'node:path'
import readline from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { commandLine, endGroup, endProcess, isAlive } from './processes'

export interface ChildSpec {
  readonly name: string
  /** Arguments of node; the program first. */
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** How long it gets to finish after SIGTERM before it is killed. */
  readonly graceMs: number
  /** Called with each line it prints. */
  readonly onLine: (line: string) => void
  readonly onMessage?: (message: unknown) => void
}

export interface ChildEnd {
  /** Words for a sentence: "by SIGKILL", "with status 1". */
  readonly how: string
  /** The last thing it printed on stderr. */
  readonly lastWords: string
}

const watch = pathToFileURL(path.join(path.dirname(fileURLToPath(import.meta.url)), 'parent-watch.mjs')).href

/** One run of a child process that ends when the supervisor does. */
export class Child {
  readonly pid: number | undefined
  readonly ended: Promise<ChildEnd>
  private readonly process: ChildProcess
  private lastWords = ''

  constructor(private readonly spec: ChildSpec) {
    // Detached: Ctrl-C in a terminal goes to the supervisor alone, which then stops things in order.
    this.process = spawn(process.execPath, ['--enable-source-maps', '--import', watch, ...spec.args], {
      cwd: spec.cwd,
      env: spec.env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true,
    })
    this.pid = this.process.pid
    for (const stream of [this.process.stdout, this.process.stderr]) {
      if (stream === null) continue
      readline.createInterface({ input: stream }).on('line', (line) => {
        if (stream === this.process.stderr && line.trim() !== '') this.lastWords = line.trim()
        spec.onLine(line)
      })
    }
    if (spec.onMessage !== undefined) this.process.on('message', spec.onMessage)
    this.ended = new Promise((resolve) => {
      this.process.once('error', (error) =>
        resolve({ how: `before it began: ${error.message}`, lastWords: '' }),
      )
      this.process.once('close', (code, signal) =>
        resolve({ how: signal === null ? `with status ${code}` : `by ${signal}`, lastWords: this.lastWords }),
      )
    })
  }

  get isRunning(): boolean {
    return this.pid !== undefined && this.process.exitCode === null && this.process.signalCode === null
  }

  /** SIGTERM, then SIGKILL to it and all it started; resolves when it is gone. */
  async stop({ atOnce = false } = {}): Promise<void> {
    if (this.pid === undefined) return
    if (this.isRunning) {
      const polite = atOnce ? [] : [{ signal: 'SIGTERM' as const, graceMs: this.spec.graceMs }]
      await endProcess(this.pid, [...polite, { signal: 'SIGKILL', graceMs: 5000 }])
    }
    endGroup(this.pid)
    await this.ended
  }
}

/** Ends a child of a supervisor that was killed, when `pid` still is one (its command line tells). */
export async function endLeftover(pid: number): Promise<void> {
  if (!isAlive(pid) || !commandLine(pid)?.includes('parent-watch.mjs')) return
  await endProcess(pid, [
    { signal: 'SIGTERM', graceMs: 5000 },
    { signal: 'SIGKILL', graceMs: 5000 },
  ])
  endGroup(pid)
}
