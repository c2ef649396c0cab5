import fs from 'node:fs'
import net from 'node:net'
import pg from 'pg'
import { errorCode, errorText, LaunchError } from './launch-error'
import { waitFor } from './wait'

/** Makes the data folder, or says in one sentence why it cannot be used. */
export function checkDataDir(dataDir: string): void {
  try {
    fs.mkdirSync(dataDir, { recursive: true, mode: 0o711 })
    fs.accessSync(dataDir, fs.constants.R_OK | fs.constants.W_OK | fs.constants.X_OK)
  } catch (error) {
    const code = errorCode(error)
    const why =
      code === 'ENOTDIR' || code === 'EEXIST'
        ? 'is not a folder'
        : `cannot be read and written by this user (${code})`
    throw new LaunchError(
      `The data folder ${dataDir} ${why}: mend that, or set DATA_DIR to another folder.`,
      {
        cause: error,
      },
    )
  }
}

/** Refuses a port that cannot be listened on; waits `patienceMs` for one that may be let go of in a moment. */
export async function checkPort(host: string, port: number, patienceMs: number): Promise<void> {
  let code: string | undefined
  const free = await waitFor(
    async () => {
      code = await listenProblem(host, port)
      return code === 'EADDRINUSE' ? undefined : true
    },
    { withinMs: patienceMs, everyMs: 100 },
  )
  if (free && code === undefined) return
  const problems: Record<string, string> = {
    EADDRINUSE: `Port ${port} on ${host} is taken by another program: stop that, or set PORT to a free one.`,
    EACCES: `This user may not listen on port ${port}: set PORT to 1024 or above.`,
    EADDRNOTAVAIL: `${host} is no address of this machine: set HOST to one, or to 127.0.0.1.`,
    ENOTFOUND: `${host} is no known host name: set HOST to an address of this machine, or to 127.0.0.1.`,
  }
  throw new LaunchError(problems[code ?? ''] ?? `Cannot listen on ${host} port ${port} (${code}).`)
}

function listenProblem(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = net.createServer()
    server.once('error', (error) => resolve(errorCode(error) ?? error.message))
    server.listen(port, host, () => server.close(() => resolve(undefined)))
  })
}

const OLDEST_POSTGRES = 15

/** Proves that DATABASE_URL leads to a Postgres we can use, or says in one sentence what is wrong with it. */
export async function checkDatabase(url: string): Promise<void> {
  const { hostname, port, pathname, username } = new URL(url)
  const where = `${hostname}:${port || 5432}`
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ version: number }>(
      `SELECT current_setting('server_version_num')::int / 10000 AS version`,
    )
    const version = rows[0]?.version ?? 0
    if (version < OLDEST_POSTGRES) {
      throw new LaunchError(
        `DATABASE_URL leads to Postgres ${version}; Daxfleet needs ${OLDEST_POSTGRES} or later.`,
      )
    }
  } catch (error) {
    if (error instanceof LaunchError) throw error
    const name = decodeURIComponent(pathname.slice(1))
    const problems: Record<string, string> = {
      ECONNREFUSED: `nothing listens at ${where}: start that Postgres, or correct the address`,
      ENOTFOUND: `${hostname} is no known host name`,
      EAI_AGAIN: `the name ${hostname} cannot be resolved just now`,
      '28P01': `${where} refused the password of user ${username}`,
      '28000': `${where} does not let user ${username} in: look at its pg_hba.conf`,
      '3D000': `there is no database "${name}" at ${where}: create it, or correct the name`,
    }
    const why = problems[errorCode(error) ?? ''] ?? `${where} could not be used: ${errorText(error)}`
    throw new LaunchError(`DATABASE_URL is wrong: ${why}.`, { cause: error })
  } finally {
    await client.end().catch(() => {})
  }
}
