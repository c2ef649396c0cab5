import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { chooseAccelerator } from './accelerator'
import { ensureFullRoot } from './full/build'
import { Guest, type StartOptions } from './guest'
import { ensureGuestImage, type GuestImage } from './image/build'
import { createLabKey } from './keys'
import { ensureNextQemu, type QemuProgram } from './next/qemu'
import { ensureLabPackages } from './packages'
import { cacheFolder } from './paths'
import type { Accelerator } from './qemu'
import { type GuestSpec, resolveSpec } from './spec'
import { guestFiles, openGuestState } from './state'

export type { Guest } from './guest'
export type { GuestSpec } from './spec'

export interface LabOptions {
  /** Folder of this lab's guests and key; kept, so that the next lab in it finds the same guests. */
  dir: string
  /** Where images are built once; by default DAXFLEET_CACHE, else .cache/lab of the checkout. */
  cache?: string
  /** Ends starting and stops every guest. */
  signal?: AbortSignal
  log?: (sentence: string) => void
}

/** A folder of guests on this machine. Its processes end with this process, whatever ends it. */
export interface Lab {
  readonly dir: string
  /** Path of the key that logs in to every guest, for `ssh -i`. */
  readonly keyPath: string
  readonly accelerator: Accelerator
  readonly image: GuestImage
  readonly guests: readonly Guest[]
  /** The root of guests of kind full, built if need be (they do that by themselves when they start). */
  fullRoot: () => Promise<string>
  /** Kernel and QEMU of the next Debian release, built if need be (guests of that release do that by themselves). */
  nextRelease: () => Promise<{ image: GuestImage; qemu: QemuProgram }>
  /** Starts a guest (new, or known by its name in this folder); resolves when SSH answers. */
  start: (spec: GuestSpec, options?: StartOptions) => Promise<Guest>
  /** Powers every guest off: cleanly, or at once with `{ atOnce: true }`. Files stay. */
  close: (options?: { atOnce?: boolean }) => Promise<void>
}

/** Opens a lab: installs what it needs (as root on Debian), builds the image if need be, probes the accelerator, reads or makes the lab's key. */
export async function openLab(options: LabOptions): Promise<Lab> {
  const { dir, signal, log } = options
  const cache = options.cache ?? cacheFolder()
  await ensureLabPackages({ signal, log })
  const image = await ensureGuestImage({ cache, signal, log })
  const accelerator = await chooseAccelerator(cache, image, signal)
  await mkdir(dir, { recursive: true }).catch((error: Error) => {
    throw new Error(`The lab cannot keep its guests in ${dir} (${error.message}). Choose another folder.`)
  })
  const keyPath = join(dir, 'id_ed25519')
  const key = await openKey(keyPath)
  const guests = new Map<string, Guest>()
  const fullRoot = () => ensureFullRoot({ cache, signal, log })
  const nextRelease = async () => ({
    image: await ensureGuestImage({ cache, signal, log }, 'next'),
    qemu: await ensureNextQemu({ cache, signal, log }),
  })

  const start = async (spec: GuestSpec, startOptions: StartOptions = {}): Promise<Guest> => {
    signal?.throwIfAborted()
    const resolved = resolveSpec(spec)
    if (guests.get(resolved.name)?.isRunning)
      throw new Error(`Guest ${resolved.name} is already running in this lab`)
    const rootDisk = resolved.kind === 'full' ? await fullRoot() : undefined
    const software = resolved.release === 'next' ? await nextRelease() : { image }
    const files = guestFiles(join(dir, 'guests', resolved.name))
    const record = await openGuestState(files, resolved, key.publicKey, signal)
    const { privateKey } = key
    const guest = new Guest({ spec: resolved, ...software, rootDisk, accelerator, files, record, privateKey })
    guests.set(resolved.name, guest)
    await guest.powerOn({ ...startOptions, signal: startOptions.signal ?? signal })
    return guest
  }

  const close = async ({ atOnce = false } = {}): Promise<void> => {
    const stopping = [...guests.values()].map((guest) => (atOnce ? guest.kill() : guest.powerOff()))
    await Promise.all(stopping)
  }
  signal?.addEventListener('abort', () => void close({ atOnce: true }), { once: true })

  return {
    dir,
    keyPath,
    accelerator,
    image,
    get guests() {
      return [...guests.values()]
    },
    fullRoot,
    nextRelease,
    start,
    close,
  }
}

async function openKey(path: string): Promise<{ privateKey: string; publicKey: string }> {
  const [privateKey, publicKey] = await Promise.all(
    [path, `${path}.pub`].map((each) => readFile(each, 'utf8').catch(() => undefined)),
  )
  if (privateKey !== undefined && publicKey !== undefined) return { privateKey, publicKey: publicKey.trim() }
  const key = createLabKey('daxfleet-lab')
  await writeFile(path, key.privateKey, { mode: 0o600 })
  await chmod(path, 0o600) // ssh refuses a key that others may read, whatever stood there before
  await writeFile(`${path}.pub`, `${key.publicKey}\n`)
  return key
}
