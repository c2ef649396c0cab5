import { type Host, HostError } from '../host'
import { ENOENT, ENOTDIR } from '../lib/errno'
import { HOOK_PHASES, type Hook, type HookPhase } from '../protocol'
import { rootOwnProgram } from './root-own'

const HOME = '/etc/daxfleet'
const FOLDER = `${HOME}/hooks.d`
/** Whoever may write to one of these could put another program in the place of a hook. */
const FOLDERS = ['/', '/etc', HOME, FOLDER]
const MOST_BYTES = 16 * 1024 * 1024

async function readHook(host: Host, phase: HookPhase): Promise<Hook | null> {
  const path = `${FOLDER}/${phase}`
  const found = await rootOwnProgram(host, path, FOLDERS)
  if (found === null) return null
  const { status, fault } = found
  const hook: Hook = {
    phase,
    path,
    sha256: null,
    uid: status?.uid ?? 0,
    mode: status === null ? '' : status.mode.toString(8).padStart(4, '0'),
    fault,
  }
  if (status?.kind !== 'file') return hook
  try {
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
