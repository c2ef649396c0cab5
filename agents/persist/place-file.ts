import { type Host, HostError } from '../host'
import { EEXIST, ENOENT } from '../lib/errno'
import type { PlannedWrite } from '../protocol'
import { parentOf } from '../read/files'
import { folderFault } from '../read/root-own'
import { isEntry, LINK, PROGRAM, UNIT } from './places'

const EACCES = 13
const EINVAL = 22

/** Only these files, each only as what it is: whoever made a plan otherwise gets nowhere. */
function isAllowed({ path, value, file }: PlannedWrite): boolean {
  if (file === 'text') return path === UNIT || isEntry(path)
  if (file === 'program') return path === PROGRAM
  if (file === 'link') return path === LINK && value === UNIT
  return file === 'remove' && (path === UNIT || path === LINK || path === PROGRAM || isEntry(path))
}

async function makeFolders(host: Host, path: string): Promise<void> {
  const folder = parentOf(path)
  if (folder === '/' || (await host.has(folder))) return
  await makeFolders(host, folder)
  try {
    await host.mkdir(folder, 0o755)
    await host.fsyncDirectory(parentOf(folder))
  } catch (error) {
    if (!(error instanceof HostError) || error.errno !== EEXIST) throw error
  }
}

async function removeIfThere(host: Host, path: string): Promise<void> {
  try {
    await host.remove(path)
  } catch (error) {
    if (!(error instanceof HostError) || error.errno !== ENOENT) throw error
  }
}

/**
 * Carries one of these writes out: a new file beside the old one, on the disk, then the name, then the folder. Whoever
 * looks, after a power failure as well, finds the old file or the new one. The errno, 0 on success.
 */
export async function placeFile(host: Host, write: PlannedWrite): Promise<number> {
  const { path, value, file } = write
  if (!isAllowed(write)) return EINVAL
  try {
    if (file === 'remove') {
      if (!(await host.has(path))) return 0
      await removeIfThere(host, path)
      await host.fsyncDirectory(parentOf(path))
      return 0
    }
    await makeFolders(host, path)
    if ((await folderFault(host, path)) !== null) return EACCES
    const fresh = `${path}.new`
    await removeIfThere(host, fresh)
    if (file === 'link') await host.symlink(value, fresh)
    else await host.putFile(fresh, file === 'program' ? 0o755 : 0o644, file === 'program' ? null : value)
    await host.rename(fresh, path)
    await host.fsyncDirectory(parentOf(path))
    return 0
  } catch (error) {
    if (error instanceof HostError) return error.errno
    throw error
  }
}
