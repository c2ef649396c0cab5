import fs from 'node:fs'
import path from 'node:path'

/** The account Postgres runs as. Empty: the one that runs this. */
export type RunAs = { readonly uid: number; readonly gid: number } | Record<string, never>

/** Every Linux has `nobody` under this number. */
const NOBODY = 65_534

/** Postgres refuses to run as root, so root hands it to `nobody`, or to whoever owns the cluster that is there. */
export function accountForPostgres(cluster: string): RunAs {
  if (process.getuid?.() !== 0) return {}
  if (!fs.existsSync(cluster)) return { uid: NOBODY, gid: NOBODY }
  const { uid, gid } = fs.statSync(cluster)
  return uid === 0 ? { uid: NOBODY, gid: NOBODY } : { uid, gid }
}

/** True when `runAs` may walk down to `target` (which need not be its own): every folder on the way lets it pass. */
export function canReach(target: string, runAs: RunAs): boolean {
  if (!('uid' in runAs)) return true
  const real = fs.realpathSync(target)
  for (let folder = real; ; folder = path.dirname(folder)) {
    if (!mayEnter(folder, runAs)) return false
    if (folder === path.dirname(folder)) return true
  }
}

function mayEnter(folder: string, runAs: RunAs): boolean {
  const { mode, uid, gid } = fs.statSync(folder)
  if (uid === runAs.uid) return (mode & 0o100) !== 0
  if (gid === runAs.gid) return (mode & 0o010) !== 0
  return (mode & 0o001) !== 0
}
