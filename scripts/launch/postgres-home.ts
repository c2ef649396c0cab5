import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { errorCode, LaunchError } from './launch-error'
import { accountForPostgres, canReach, type RunAs } from './run-as'

export interface PostgresHome {
  /** Real path of the folder that holds cluster, password and log. */
  readonly folder: string
  readonly cluster: string
  readonly passwordFile: string
  readonly logFile: string
  readonly runAs: RunAs
}

/** Where clusters go that `nobody` could not reach under DATA_DIR. */
const ELSEWHERE = '/var/lib/daxfleet'

/**
 * Finds or makes `DATA_DIR/postgres`. As root, where DATA_DIR lies under a folder `nobody` may not enter (a checkout
 * under /root), it becomes a link to a folder of its own in /var/lib/daxfleet: opening /root to everybody is not ours
 * to do, and Postgres refuses to run as root.
 */
export function preparePostgresHome(dataDir: string, say: (line: string) => void): PostgresHome {
  const named = path.join(dataDir, 'postgres')
  try {
    const first = accountForPostgres(path.join(named, 'cluster'))
    openDataDir(dataDir, first)
    if (!fs.existsSync(named)) makeHome(dataDir, named, first, say)
    const folder = fs.realpathSync(named)
    const runAs = accountForPostgres(path.join(folder, 'cluster'))
    own(folder, runAs)
    if (!canReach(folder, runAs)) {
      throw new LaunchError(
        `The account Postgres runs as (user id ${runAs.uid}) may not enter ${folder}: give every folder above it permission to pass (chmod o+x), or choose another DATA_DIR.`,
      )
    }
    refuseStrangers(folder)
    return {
      folder,
      cluster: path.join(folder, 'cluster'),
      passwordFile: path.join(folder, 'password'),
      logFile: path.join(folder, 'postgres.log'),
      runAs,
    }
  } catch (error) {
    const code = errorCode(error)
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
      throw new LaunchError(
        `The data folder ${dataDir} cannot be used by this user (${code}): make it readable and writable, or set DATA_DIR to another folder.`,
        { cause: error },
      )
    }
    throw error
  }
}

/** Lets Postgres's account pass through DATA_DIR; what lies in it keeps its own, closed, modes. */
function openDataDir(dataDir: string, runAs: RunAs): void {
  fs.mkdirSync(dataDir, { recursive: true, mode: 0o711 })
  if (!('uid' in runAs)) return
  const { mode } = fs.statSync(dataDir)
  if ((mode & 0o011) !== 0o011) fs.chmodSync(dataDir, (mode & 0o7777) | 0o011)
}

function makeHome(dataDir: string, named: string, runAs: RunAs, say: (line: string) => void): void {
  if (canReach(dataDir, runAs)) {
    fs.mkdirSync(named, { mode: 0o700 })
    return
  }
  fs.mkdirSync(ELSEWHERE, { recursive: true, mode: 0o711 })
  fs.chmodSync(ELSEWHERE, 0o711)
  const folder = path.join(ELSEWHERE, `postgres-${randomBytes(6).toString('hex')}`)
  fs.mkdirSync(folder, { mode: 0o700 })
  fs.rmSync(named, { force: true }) // a link that leads nowhere any more
  fs.symlinkSync(folder, named)
  say(`Postgres keeps its data in ${folder}: it runs as nobody, who may not enter ${dataDir}.`)
}

function own(folder: string, runAs: RunAs): void {
  if ('uid' in runAs && fs.statSync(folder).uid !== runAs.uid) fs.chownSync(folder, runAs.uid, runAs.gid)
}

/** A cluster that root's `nobody` made is not an ordinary user's to run. */
function refuseStrangers(folder: string): void {
  const me = process.getuid?.()
  const owner = fs.statSync(folder).uid
  if (me === undefined || me === 0 || me === owner) return
  throw new LaunchError(
    `${folder} belongs to user id ${owner}, not to you (${me}): it was first started by another user or as root; start as that user again, or set DATA_DIR to a folder of your own.`,
  )
}
