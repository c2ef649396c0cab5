import { type Host, HostError } from '../host'
import { ENOENT, ENOTDIR } from '../lib/errno'
import type { FileState, PlannedWrite } from '../protocol'
import { folderFault, OTHERS_WRITE } from '../read/root-own'
import { entryPath, LINK, PROGRAM, UNIT } from './places'
import { OWN_LINE, unitText } from './unit'

/** Of a program, or of any other file here, no more is read. */
export const PROGRAM_BYTES = 16 * 1024 * 1024
export const OWN_PROGRAM = '/proc/self/exe'

/** A file as it lies there. One that is not root's alone reads as `other`: it is to be replaced, or removed. */
export async function readFileState(
  host: Host,
  { path, is }: Pick<FileState, 'path' | 'is'>,
): Promise<FileState> {
  try {
    const { kind, uid, mode } = await host.lstat(path)
    if (kind === 'symlink') return { path, is: 'link', sha256: await host.sha256(await host.readlink(path)) }
    if (kind !== 'file') return { path, is: 'other', sha256: null }
    const isOwn = uid === 0 && (mode & OTHERS_WRITE) === 0 && (is !== 'program' || (mode & 0o100) !== 0)
    const sha256 = await host.sha256Of(path, PROGRAM_BYTES)
    return { path, is: isOwn ? (is === 'program' ? 'program' : 'text') : 'other', sha256 }
  } catch (error) {
    if (!(error instanceof HostError)) throw error
    const isAbsent = error.errno === ENOENT || error.errno === ENOTDIR
    return { path, is: isAbsent ? 'absent' : 'other', sha256: null }
  }
}

/** What a file is to be, and the write that makes it so. */
interface Wish {
  state: FileState
  write: PlannedWrite
}

const absent = (step: PlannedWrite['step'], path: string): Wish => ({
  state: { path, is: 'absent', sha256: null },
  write: { step, path, value: '', file: 'remove' },
})

/** Program, unit and link before the device's own file: until that is there nothing comes back, and all of it can. */
export async function persistWishes(host: Host, deviceId: string, text: string): Promise<Wish[]> {
  const unit = unitText(PROGRAM)
  const program = (await host.sha256Of(OWN_PROGRAM, PROGRAM_BYTES)) ?? ''
  const own = entryPath(await host.sha256(deviceId))
  return [
    {
      state: { path: PROGRAM, is: 'program', sha256: program },
      write: { step: 'install', path: PROGRAM, value: program, file: 'program' },
    },
    {
      state: { path: UNIT, is: 'text', sha256: await host.sha256(unit) },
      write: { step: 'install', path: UNIT, value: unit, file: 'text' },
    },
    {
      state: { path: LINK, is: 'link', sha256: await host.sha256(UNIT) },
      write: { step: 'install', path: LINK, value: UNIT, file: 'link' },
    },
    {
      state: { path: own, is: 'text', sha256: await host.sha256(text) },
      write: { step: 'persist', path: own, value: text, file: 'text' },
    },
  ]
}

/** The device's own file first: from then on it does not come back. The rest goes with the last of them. */
export async function unpersistWishes(host: Host, deviceId: string, isLast: boolean): Promise<Wish[]> {
  const own = absent('unpersist', entryPath(await host.sha256(deviceId)))
  return isLast ? [own, ...[LINK, UNIT, PROGRAM].map((path) => absent('uninstall', path))] : [own]
}

const isAlike = (a: FileState, b: FileState) => a.is === b.is && a.sha256 === b.sha256

/** Of these wishes those that are not so yet, as writes. */
export async function missingWrites(host: Host, wishes: readonly Wish[]): Promise<PlannedWrite[]> {
  const writes: PlannedWrite[] = []
  for (const { state, write } of wishes)
    if (!isAlike(await readFileState(host, state), state)) writes.push(write)
  return writes
}

export function readFiles(host: Host, { files }: { files: FileState[] }): Promise<FileState[]> {
  return Promise.all(files.map((file) => readFileState(host, file)))
}

/** The first file that is not as it is to be; null when all are. */
export function firstDifferent(wanted: readonly FileState[], found: readonly FileState[]): FileState | null {
  return wanted.find((file, index) => !isAlike(found[index] ?? { ...file, is: 'other' }, file)) ?? null
}

/** Why these places cannot be written to safely, or hold something of somebody else's; null when they can. */
export async function placeFault(host: Host, writes: readonly PlannedWrite[]): Promise<string | null> {
  for (const { path, file } of writes) {
    if (file === 'remove') continue
    try {
      const fault = await folderFault(host, path)
      if (fault !== null) return fault
      if (path !== UNIT || !(await host.has(UNIT))) continue
      if (!(await host.readText(UNIT)).startsWith(OWN_LINE)) return `${UNIT} was not written by Daxfleet`
    } catch (error) {
      if (!(error instanceof HostError)) throw error
      // A folder that is not there yet is made, root's own.
      if (error.errno !== ENOENT) return `${error.path} cannot be read (${error.errnoName})`
    }
  }
  return null
}
