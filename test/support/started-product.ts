import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '@/scripts/launch/free-port'
import { waitFor } from '@/scripts/launch/wait'
import { databaseUrlFile } from '@/server/lib/database-url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Daxfleet as `npm start` starts it, on a port and in a data folder of its own. */
export interface StartedProduct {
  origin: string
  /** Of its supervisor. */
  pid: number
  /** The one-time link printed at the end of the start. */
  link: string
  output: () => string
  /** Address of its embedded Postgres: tests put a fleet's history there that nobody waits for. */
  databaseUrl: () => string
  /** SIGTERM to the supervisor; resolves to its exit status once everything ended. */
  stop: () => Promise<number | null>
}

/**
 * Starts the whole product with nothing in it; `settings` are variables over those of every test. Rejects with what it
 * printed when it does not come up.
 */
export async function startProduct(settings: Record<string, string> = {}): Promise<StartedProduct> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'daxfleet e2e '))
  // A test that has to know the address beforehand names the port.
  const port = Number(settings.PORT ?? (await freePort()))
  let text = ''
  // Watched: when this test run dies, however it dies, what it started ends as well.
  const argv = ['--import', './scripts/launch/parent-watch.mjs', 'scripts/launch/entry.cjs', 'start']
  const child = spawn(process.execPath, argv, {
    cwd: root,
    env: {
      ...environment(),
      HOST: '127.0.0.1',
      PORT: String(port),
      DATA_DIR: dataDir,
      // An emulated guest on a busy machine takes its time over a key exchange.
      SSH_CONNECT_SECONDS: '120',
      SSH_COMMAND_SECONDS: '120',
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const collect = (chunk: Buffer) => {
    text += chunk.toString()
  }
  child.stdout?.on('data', collect)
  child.stderr?.on('data', collect)
  const origin = `http://127.0.0.1:${port}`
  // Given up before the hook that waits is: what was printed is then told.
  const link = await waitFor(
    () => (child.exitCode === null ? /^.*works once.*?(http:\S+)$/m.exec(text)?.[1] : 'ended'),
    { withinMs: 570_000 },
  )
  const stop = async () => {
    const status = await end(child)
    await rm(dataDir, { recursive: true, force: true })
    return status
  }
  if (link === undefined || link === 'ended') {
    await stop()
    throw new Error(`npm start did not come up:\n${text}`)
  }
  const databaseUrl = () => readFileSync(databaseUrlFile(dataDir), 'utf8').trim()
  return { origin, pid: child.pid ?? 0, link, output: () => text, databaseUrl, stop }
}

/** This process's environment without what a test run adds to it. */
function environment(): NodeJS.ProcessEnv {
  const { NODE_ENV: _nodeEnv, VITEST: _vitest, DATABASE_URL: _databaseUrl, ...rest } = process.env
  return rest as NodeJS.ProcessEnv
}

async function end(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const killer = setTimeout(() => child.kill('SIGKILL'), 60_000)
  const status = await exited
  clearTimeout(killer)
  return status
}
