import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Release } from '../apt'
import { type BuildOptions, ensureImage } from '../image-cache'
import { packCpio } from './cpio'
import { placeKernel } from './kernel'
import { firstExisting } from './libraries'
import { unpackGuestPackages } from './packages'
import { nextPrograms, programs } from './recipe'
import { guestEntries } from './rootfs'

export interface GuestImage {
  kernel: string
  initramfs: string
  /** Kernel release as `uname -r` says it in the guest. */
  release: string
}

/** The small guest's kernel and initramfs, built on first use (about 20 s) and then taken from the cache. */
export function ensureGuestImage(options: BuildOptions, release: Release = 'own'): Promise<GuestImage> {
  const folder = dirname(fileURLToPath(import.meta.url))
  const which = release === 'own' ? 'lab guest' : 'lab guest with Linux 6.12'
  const recipe = {
    kind: release === 'own' ? ('small' as const) : ('next' as const),
    folder,
    announcement: `Building the ${which} from Debian packages (once; about half a minute).`,
    build: (staging: string, signal?: AbortSignal) => build(release, staging, signal),
    read,
  }
  return ensureImage(recipe, options)
}

async function build(release: Release, staging: string, signal?: AbortSignal): Promise<readonly string[]> {
  const packages = await unpackGuestPackages(release, signal)
  try {
    const modules = await firstExisting(packages.root, ['lib/modules', 'usr/lib/modules'])
    const version = (await readdir(modules))[0]
    if (version === undefined) throw new Error('The kernel package holds no modules')
    const kernel = await placeKernel(packages.root, version, staging)
    // Not compressed: unpacking costs an emulated processor more than reading does.
    const wanted = release === 'next' ? [...programs, ...nextPrograms] : programs
    const entries = await guestEntries(packages.root, version, wanted)
    await writeFile(join(staging, 'initramfs.cpio'), packCpio(entries))
    await writeFile(
      join(staging, 'manifest.json'),
      JSON.stringify({ release: version, kernel, packages: packages.files }, null, 2),
    )
    return packages.files
  } finally {
    await packages.dispose()
  }
}

async function read(folder: string): Promise<GuestImage> {
  const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as {
    release: string
    kernel: string
  }
  const image = {
    kernel: join(folder, manifest.kernel),
    initramfs: join(folder, 'initramfs.cpio'),
    release: manifest.release,
  }
  await Promise.all([stat(image.kernel), stat(image.initramfs)])
  return image
}
