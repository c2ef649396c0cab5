import { type FileStatus, type Host, HostError } from '../host'
import { ENOENT, ENOTDIR } from '../lib/errno'

/** Permission bits by which others than the owner could write. */
export const OTHERS_WRITE = 0o022
const OWNER_RUNS = 0o100
const STICKY = 0o1000

/** Why a folder is not root's alone: whoever may write to it could put another program in the place of one. */
async function faultOf(host: Host, folders: readonly string[], mayBeSticky = false): Promise<string | null> {
  for (const path of folders) {
    const { kind, uid, mode } = await host.lstat(path)
    if (kind !== 'directory') return `${path} is not a folder itself`
    if (uid !== 0) return `${path} belongs to user ${uid}, not to root`
    const isOpen = (mode & OTHERS_WRITE) !== 0 && !(mayBeSticky && (mode & STICKY) !== 0)
    if (isOpen) return `${path} can be written to by others than root`
  }
  return null
}

/** Every folder on the way to `path`, from `/` down, the last part not among them. */
function foldersOf(path: string): string[] {
  const folders = ['/']
  for (let at = path.indexOf('/', 1); at !== -1; at = path.indexOf('/', at + 1))
    folders.push(path.slice(0, at))
  return folders
}

/**
 * Why others than root could put another file in the place of `path`, by the folders above it; null when nobody can.
 * Throws HostError where a folder is not there or cannot be read.
 */
export function folderFault(host: Host, path: string): Promise<string | null> {
  return faultOf(host, foldersOf(path))
}

/** The same of the file as well: null when it is a plain file of root's that nobody else can write to or replace. */
export async function ownedFault(host: Host, path: string): Promise<string | null> {
  const { kind, uid, mode } = await host.lstat(path)
  if (kind !== 'file') return `${path} is not a plain file`
  const folder = await folderFault(host, path)
  if (folder !== null) return folder
  if (uid !== 0) return `${path} belongs to user ${uid}, not to root`
  return (mode & OTHERS_WRITE) === 0 ? null : `${path} can be written to by others than root`
}

/**
 * A program that root might run: what it is, and why not (null: nothing speaks against it). Null where there is none.
 * In a sticky folder others may add names and replace none (`mayBeSticky`: where being absent is no gate).
 */
export async function rootOwnProgram(
  host: Host,
  path: string,
  folders: readonly string[],
  mayBeSticky = false,
): Promise<{ status: FileStatus | null; fault: string | null } | null> {
  try {
    const status = await host.lstat(path)
    const { kind, uid, mode } = status
    if (kind !== 'file') return { status, fault: `${path} is not a plain file` }
    let fault = await faultOf(host, folders, mayBeSticky)
    if (uid !== 0) fault ??= `${path} belongs to user ${uid}, not to root`
    if ((mode & OTHERS_WRITE) !== 0) fault ??= `${path} can be written to by others than root`
    if ((mode & OWNER_RUNS) === 0) fault ??= `${path} is not executable`
    return { status, fault }
  } catch (error) {
    if (!(error instanceof HostError)) throw error
    if (error.errno === ENOENT || error.errno === ENOTDIR) return null
    return { status: null, fault: `${path} cannot be read (${error.errnoName})` }
  }
}
