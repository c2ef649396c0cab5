import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import pg from 'pg'
import { freePort } from './free-port'
import { errorCode, errorText, LaunchError } from './launch-error'
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries'
import { ensureCluster, postgresEnv } from './postgres-cluster'
import { type PostgresHome, preparePostgresHome } from './postgres-home'
import { isPostgresOf, lastComplaint, type Postmaster, runningPostmaster } from './postmaster'
import { endProcess, isAlive } from './processes'
import { waitFor } from './wait'

export interface PostgresOptions {
  /** Absolute. The cluster lives in its `postgres` folder. */
  readonly dataDir: string
  /** Made when missing. */
  readonly database: string
  /** Tried first, so that a restart keeps the address its clients know. */
  readonly port?: number | undefined
  /** False for tests: nothing is synced to disk. */
  readonly durable?: boolean
  readonly signal?: AbortSignal | undefined
  readonly say?: (line: string) => void
}

export interface RunningPostgres {
  /** postgresql:// address with the password: never for logs. */
  readonly url: string
  readonly port: number
  readonly pid: number
  /** True when it ran already: its former supervisor died. */
  readonly adopted: boolean
  /** Resolves when the server is gone, asked to or not. */
  readonly gone: Promise<void>
  /** Shuts it down (clients are cut off, nothing is lost) and waits until it is gone; bounded. */
  stop(): Promise<void>
}

const START_MS = 60_000
const LOG_BYTES = 10 * 1024 * 1024

/** Starts the embedded Postgres on a data folder, or adopts the one that still runs there. Listens on 127.0.0.1 only. */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const { signal, durable = true } = options
  const home = preparePostgresHome(options.dataDir, options.say ?? (() => {}))
  const binaries = findPostgresBinaries(home.folder, home.runAs)
  await ensureCluster(home, binaries, { durable, signal })
  const password = fs.readFileSync(home.passwordFile, 'utf8').trim()
  const address = (port: number, database: string) =>
    `postgresql://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`

  const deadline = performance.now() + START_MS
  let wanted = options.port
  for (;;) {
    const adopted = runningPostmaster(home.cluster)
    const server = adopted ?? (await spawnPostgres(home, binaries, wanted ?? (await freePort()), durable))
    const outcome = await untilReady(
      server,
      home,
      (database) => address(server.port, database),
      deadline,
      signal,
    )
    if (outcome === 'ready') {
      await createDatabase(address(server.port, 'postgres'), options.database)
      return running(server, home, address(server.port, options.database), adopted !== undefined)
    }
    signal?.throwIfAborted()
    if (performance.now() > deadline)
      throw new LaunchError(`Postgres did not start: ${outcome} (${home.logFile})`)
    // Someone else took the port; or the last backends of a killed server still hold its memory, or complain into the
    // same log; or it was on its way down: each is over in a moment.
    if (/Address already in use|create any TCP/.test(outcome)) wanted = undefined
    else if (!/shared memory|lock file|gone while|unexpected postmaster exit/.test(outcome)) {
      throw new LaunchError(`Postgres did not start: ${outcome} (${home.logFile})`)
    }
    await waitFor(() => undefined, { withinMs: 100, signal })
  }
}

interface Server extends Postmaster {
  readonly child?: ChildProcess
  readonly logStart?: number
}

async function spawnPostgres(
  home: PostgresHome,
  binaries: PostgresBinaries,
  port: number,
  durable: boolean,
): Promise<Server> {
  const logStart = rotate(home.logFile)
  const log = fs.openSync(home.logFile, 'a', 0o600)
  const setting = (name: string, value: string) => ['-c', `${name}=${value}`]
  // No socket in the file system: its path may have 107 bytes at most, and data folders have longer ones.
  const args = [
    ...['-D', home.cluster, '-h', '127.0.0.1', '-p', String(port), '-k', ''],
    ...setting('max_connections', '200'),
    ...(durable ? [] : [...setting('fsync', 'off'), ...setting('full_page_writes', 'off')]),
  ]
  try {
    // A process group of its own: Ctrl-C in a terminal reaches the supervisor, which stops things in order.
    const child = spawn(binaries.postgres, args, {
      ...home.runAs,
      cwd: home.folder,
      env: postgresEnv,
      stdio: ['ignore', log, log],
      detached: true,
    })
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', reject)
    })
    if (child.pid === undefined) throw new Error('it has no process id')
    return { pid: child.pid, port, child, logStart }
  } catch (error) {
    throw new LaunchError(`Postgres could not be run (${binaries.postgres}): ${errorText(error)}`, {
      cause: error,
    })
  } finally {
    fs.closeSync(log)
  }
}

/** 'ready', or what kept it from being so. */
async function untilReady(
  server: Server,
  home: PostgresHome,
  address: (database: string) => string,
  deadline: number,
  signal: AbortSignal | undefined,
): Promise<string> {
  let last = 'it gave no answer'
  const outcome = await waitFor(
    async () => {
      if (
        server.child
          ? server.child.exitCode !== null || server.child.signalCode !== null
          : !isAlive(server.pid)
      ) {
        const complaint =
          server.logStart === undefined ? undefined : lastComplaint(home.logFile, server.logStart)
        return complaint ?? 'it was gone while we waited for it'
      }
      const client = new pg.Client({ connectionString: address('postgres'), connectionTimeoutMillis: 5000 })
      client.on('error', () => {})
      try {
        await client.connect()
        const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory')
        if (rows[0]?.data_directory !== home.cluster) return `another Postgres answers on port ${server.port}`
        return 'ready'
      } catch (error) {
        last = errorText(error)
        // A wrong password does not become right by waiting.
        return errorCode(error) === '28P01' ? last : undefined
      } finally {
        await client.end().catch(() => {})
      }
    },
    { withinMs: Math.max(0, deadline - performance.now()), signal },
  ).catch((error: unknown) => errorText(error))
  if (outcome !== 'ready' && server.child) await stopServer(server, home)
  return outcome ?? last
}

function running(server: Server, home: PostgresHome, url: string, adopted: boolean): RunningPostgres {
  const gone = server.child
    ? new Promise<void>((resolve) => {
        if (server.child?.exitCode !== null || server.child.signalCode !== null) resolve()
        else server.child.once('exit', () => resolve())
      })
    : untilGone(server.pid)
  return { url, port: server.port, pid: server.pid, adopted, gone, stop: () => stopServer(server, home) }
}

/** An adopted server is no child of ours: nobody tells us of its end, so we look. */
function untilGone(pid: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (isAlive(pid)) return
      clearInterval(timer)
      resolve()
    }, 250)
    timer.unref()
  })
}

/** SIGINT is Postgres's fast shutdown, SIGQUIT its immediate one (recovered from at the next start). */
async function stopServer(server: Server, home: PostgresHome): Promise<void> {
  const ours = server.child
    ? server.child.exitCode === null && server.child.signalCode === null
    : isPostgresOf(server.pid, home.cluster)
  if (!ours) return
  const stopped = await endProcess(server.pid, [
    { signal: 'SIGINT', graceMs: 20_000 },
    { signal: 'SIGQUIT', graceMs: 5000 },
    { signal: 'SIGKILL', graceMs: 5000 },
  ])
  if (!stopped) throw new LaunchError(`Postgres (pid ${server.pid}) would not stop, not even by SIGKILL.`)
}

async function createDatabase(url: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  await client.connect()
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name])
    if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`)
  } catch (error) {
    if (errorCode(error) !== '42P04') throw error // another starter was quicker
  } finally {
    await client.end()
  }
}

/** Where this run's lines will begin in the log, after moving a big one aside. */
function rotate(logFile: string): number {
  const size = fs.existsSync(logFile) ? fs.statSync(logFile).size : 0
  if (size < LOG_BYTES) return size
  fs.renameSync(logFile, `${logFile}.1`)
  return 0
}
