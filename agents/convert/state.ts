import { type Host, HostError } from '../host'
import { EEXIST } from '../lib/errno'
import { parentOf } from '../read/files'

/** Fixed paths: two agents that disagreed on them would not exclude each other. */
const RUN = '/run/daxfleet'
export const LOCK = `${RUN}/lock`
/** Enough for the journal of any conversion: lines are short and a set of blocks is one line. */
const RESERVE_BYTES = 128 * 1024
export const STATE = '/var/lib/daxfleet'
export const JOBS = `${STATE}/jobs`
export const TOKEN = `${STATE}/token.json`

export const journalPath = (jobId: string) => `${JOBS}/${jobId}.jsonl`
/** The approved item, for the acting process and for whoever looks: no later boot acts on it. */
export const planPath = (jobId: string) => `${JOBS}/${jobId}.plan.json`
/** Space held back so that the journal of a started conversion does not meet a full disk. */
export const reservePath = (jobId: string) => `${JOBS}/${jobId}.reserve`
/** Made by an acting process as its first act: whoever comes second under the same token does nothing. */
export const actingPath = (jobId: string, epoch: string) => `${JOBS}/${jobId}.acting-${epoch}`
/** Its being there asks the acting process to rest at the next safe point. */
export const stopPath = (jobId: string) => `${JOBS}/${jobId}.stop`

/** A folder that others could write to, or that is not root's: nothing in it can be trusted. */
export class UnsafeFolder extends Error {}

async function ensureFolder(host: Host, path: string): Promise<void> {
  try {
    await host.mkdir(path, 0o700)
    await host.fsyncDirectory(parentOf(path))
  } catch (error) {
    if (!(error instanceof HostError) || error.errno !== EEXIST) throw error
  }
  const status = await host.lstat(path)
  if (status.kind !== 'directory' || status.uid !== 0 || (status.mode & 0o022) !== 0) {
    throw new UnsafeFolder(`${path} is not a folder of root's own that nobody else can write to.`)
  }
}

/** Makes /run/daxfleet and /var/lib/daxfleet/jobs (0700, root). Throws HostError or UnsafeFolder. */
export async function ensureFolders(host: Host): Promise<void> {
  for (const path of ['/var', '/var/lib']) {
    try {
      await host.mkdir(path, 0o755)
    } catch (error) {
      if (!(error instanceof HostError)) throw error
    }
  }
  for (const path of [RUN, STATE, JOBS]) await ensureFolder(host, path)
}

/**
 * Writes a small file whole: a reader finds the old text or the new one. After a power failure as well where it
 * `survives` that; which of the two is settled by an fsync of the folder.
 */
export async function writeWhole(host: Host, path: string, text: string, survives: boolean): Promise<void> {
  const fresh = `${path}.new`
  try {
    await host.remove(fresh)
  } catch (error) {
    if (!(error instanceof HostError)) throw error
  }
  const handle = await host.createExclusive(fresh)
  try {
    await host.append(handle, text)
    if (survives) await host.fsync(handle)
  } finally {
    await host.close(handle)
  }
  await host.rename(fresh, path)
}

export async function removeQuietly(host: Host, path: string): Promise<void> {
  try {
    await host.remove(path)
  } catch (error) {
    if (!(error instanceof HostError)) throw error
  }
}

/** Holds space back for the journal; a full disk shows here, before anything is written to the kernel. */
export async function reserveSpace(host: Host, jobId: string): Promise<void> {
  const path = reservePath(jobId)
  await removeQuietly(host, path)
  const handle = await host.createExclusive(path)
  try {
    if (await host.allocate(handle, RESERVE_BYTES)) return
    await host.append(handle, ' '.repeat(RESERVE_BYTES))
    await host.fsync(handle)
  } finally {
    await host.close(handle)
  }
}
