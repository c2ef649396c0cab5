import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { errorText, LaunchError } from './launch-error'
import type { PostgresBinaries } from './postgres-binaries'
import type { PostgresHome } from './postgres-home'

const run = promisify(execFile)
const INITDB_MS = 120_000

/** Nothing of the caller's: PGDATA, PGPORT and the like would change what Postgres does. */
export const postgresEnv: NodeJS.ProcessEnv = {
  NODE_ENV: 'production',
  PATH: process.env.PATH,
  LC_ALL: 'C',
  TZ: 'UTC',
}

/** Makes the cluster where there is none. Made aside and renamed into place: half a cluster is never taken for one. */
export async function ensureCluster(
  home: PostgresHome,
  binaries: PostgresBinaries,
  { durable, signal }: { durable: boolean; signal?: AbortSignal | undefined },
): Promise<void> {
  if (fs.existsSync(path.join(home.cluster, 'PG_VERSION'))) return checkVersion(home, binaries)
  const draft = `${home.cluster}.new`
  for (const left of [draft, home.cluster]) fs.rmSync(left, { recursive: true, force: true })
  fs.rmSync(home.passwordFile, { force: true })
  fs.writeFileSync(home.passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 })
  if ('uid' in home.runAs) fs.chownSync(home.passwordFile, home.runAs.uid, home.runAs.gid)
  const args = [
    ...['-D', draft, '-U', 'postgres', '--auth=scram-sha-256', `--pwfile=${home.passwordFile}`],
    ...['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'],
    ...['--no-instructions', ...(durable ? [] : ['--no-sync'])],
  ]
  try {
    const options = { ...home.runAs, cwd: home.folder, env: postgresEnv, timeout: INITDB_MS }
    await run(binaries.initdb, args, signal ? { ...options, signal } : options)
  } catch (error) {
    fs.rmSync(draft, { recursive: true, force: true })
    signal?.throwIfAborted()
    const said =
      typeof error === 'object' && error !== null && 'stderr' in error ? String(error.stderr).trim() : ''
    throw new LaunchError(
      `Postgres could not make its cluster in ${home.cluster}: ${lastLine(said) || errorText(error)}`,
      {
        cause: error,
      },
    )
  }
  fs.renameSync(draft, home.cluster)
}

function checkVersion(home: PostgresHome, binaries: PostgresBinaries): void {
  const found = fs.readFileSync(path.join(home.cluster, 'PG_VERSION'), 'utf8').trim()
  if (found !== binaries.major) {
    throw new LaunchError(
      `${home.cluster} was made by Postgres ${found}, and this Daxfleet brings Postgres ${binaries.major}: dump it with the version that made it, then restore into a fresh DATA_DIR.`,
    )
  }
  if (!fs.existsSync(home.passwordFile)) {
    throw new LaunchError(
      `${home.passwordFile} is missing, and nothing else opens the cluster beside it: restore it from a backup.`,
    )
  }
}

function lastLine(text: string): string {
  return text.split('\n').at(-1) ?? ''
}
