import { type Host, HostError } from '../host'
import { ENOENT, ENOTDIR } from '../lib/errno'
import { HOOK_PHASES, type Hook, type HookPhase } from '../protocol'

const HOME = '/etc/daxfleet'
const FOLDER = `${HOME}/hooks.d`
/** Whoever may write to one of these could put another program in the place of a hook. */
const FOLDERS = ['/', '/etc', HOME, FOLDER]
const MOST_BYTES = 16 * 1024 * 1024
const OTHERS_WRITE = 0o022
const OWNER_RUNS = 0o100

async function folderFault(host: Host): Promise<string | null> {
  for (const path of FOLDERS) {
    const { kind, uid, mode } = await host.lstat(path)
    if (kind !== 'directory') return `${path} is not a folder itself`
    if (uid !== 0) return `${path} belongs to user ${uid}, not to root`
    if ((mode & OTHERS_WRITE) !== 0) return `${path} can be written to by others than root`
  }
  return null
}

async function readHook(host: Host, phase: HookPhase): Promise<Hook | null> {
  const path = `${FOLDER}/${phase}`
  const hook: Hook = { phase, path, sha256: null, uid: 0, mode: '', fault: null }
  try {
    const { kind, uid, mode } = await host.lstat(path)
    hook.uid = uid
    hook.mode = mode.toString(8).padStart(4, '0')
    if (kind !== 'file') return { ...hook, fault: `${path} is not a plain file` }
    hook.fault = await folderFault(host)
    if (uid !== 0) hook.fault ??= `${path} belongs to user ${uid}, not to root`
    if ((mode & OTHERS_WRITE) !== 0) hook.fault ??= `${path} can be written to by others than root`
    if ((mode & OWNER_RUNS) === 0) hook.fault ??= `${path} is not executable`
    hook.sha256 = await host.sha256Of(path, MOST_BYTES)
    if (hook.sha256 === null) hook.fault ??= `${path} is larger than 16 MiB`
  } catch (error) {
    if (!(error instanceof HostError)) throw error
    if (error.errno === ENOENT || error.errno === ENOTDIR) return null
    hook.fault ??= `${path} cannot be read (${error.errnoName})`
  }
  return hook
}

/** The host's hooks as they lie there now: one file each, or none. Nothing of them is run. */
export async function readHooks(host: Host): Promise<Hook[]> {
  const hooks: Hook[] = []
  // Most hosts have none, and an error for each file that is not there takes longer than this look.
  if (!(await host.has(HOME))) return hooks
  for (const phase of HOOK_PHASES) {
    const hook = await readHook(host, phase)
    if (hook !== null) hooks.push(hook)
  }
  return hooks
}
