import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withLock } from '../../lib/lock'
import { packCpio } from './cpio'
import { placeKernel } from './kernel'
import { firstExisting } from './libraries'
import { unpackGuestPackages } from './packages'
import { guestEntries } from './rootfs'

export interface GuestImage {
  kernel: string
  initramfs: string
  /** Kernel release as `uname -r` says it in the guest. */
  release: string
}

export interface BuildOptions {
  /** Folder for everything that is built once; created if absent. */
  cache: string
  signal?: AbortSignal | undefined
  log?: ((sentence: string) => void) | undefined
}

/**
 * The small guest's kernel and initramfs, built on first use (about 20 s) and then taken from the cache.
 * The cache key is the recipe (every file of this folder); the folder's name adds the packages' versions, so two
 * machines with the same name hold the same guest. Parallel starters build it once.
 */
export async function ensureGuestImage(options: BuildOptions): Promise<GuestImage> {
  const images = join(options.cache, 'images')
  await mkdir(images, { recursive: true })
  const recipe = await recipeDigest()
  const pointer = join(images, `recipe-${recipe}.json`)
  const cached = await readImage(images, pointer)
  if (cached !== undefined) return cached
  return withLock(join(images, 'build.lock'), { timeoutMs: 900_000, signal: options.signal }, async () => {
    const meanwhile = await readImage(images, pointer)
    if (meanwhile !== undefined) return meanwhile
    options.log?.('Building the lab guest from Debian packages (once; about half a minute).')
    const folder = await build(images, recipe, options.signal)
    await writeAtomically(pointer, JSON.stringify({ folder }))
    await removeOld(images, [folder, basename(pointer)])
    const image = await readImage(images, pointer)
    if (image === undefined)
      throw new Error(`The guest image in ${join(images, folder)} vanished while it was built`)
    return image
  })
}

async function build(images: string, recipe: string, signal?: AbortSignal): Promise<string> {
  const packages = await unpackGuestPackages(signal)
  const staging = join(images, `.building-${randomUUID()}`)
  try {
    const key = createHash('sha256')
      .update(recipe)
      .update(packages.files.join('\n'))
      .digest('hex')
      .slice(0, 16)
    const folder = `small-${key}`
    const modules = await firstExisting(packages.root, ['lib/modules', 'usr/lib/modules'])
    const release = (await readdir(modules))[0]
    if (release === undefined) throw new Error('The kernel package holds no modules')
    await mkdir(staging)
    const kernel = await placeKernel(packages.root, release, staging)
    // Not compressed: unpacking costs an emulated processor more than reading does.
    await writeFile(join(staging, 'initramfs.cpio'), packCpio(await guestEntries(packages.root, release)))
    await writeFile(
      join(staging, 'manifest.json'),
      JSON.stringify({ release, kernel, packages: packages.files }, null, 2),
    )
    // Already there: the same bytes, perhaps in use right now.
    await rename(staging, join(images, folder)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
    return folder
  } finally {
    await rm(staging, { recursive: true, force: true })
    await packages.dispose()
  }
}

async function readImage(images: string, pointer: string): Promise<GuestImage | undefined> {
  try {
    const { folder } = JSON.parse(await readFile(pointer, 'utf8')) as { folder: string }
    const { release, kernel } = JSON.parse(await readFile(join(images, folder, 'manifest.json'), 'utf8')) as {
      release: string
      kernel: string
    }
    const image = {
      kernel: join(images, folder, kernel),
      initramfs: join(images, folder, 'initramfs.cpio'),
      release,
    }
    await Promise.all([stat(image.kernel), stat(image.initramfs)])
    return image
  } catch {
    return undefined // absent or half removed: build it
  }
}

/** Removes what no start has built for two weeks; other checkouts may share the cache, so younger images stay. */
async function removeOld(images: string, keep: readonly string[]): Promise<void> {
  const limit = Date.now() - 14 * 24 * 3600 * 1000
  for (const name of await readdir(images)) {
    if (keep.includes(name) || !/^(small-|recipe-|\.building-)/.test(name)) continue
    const path = join(images, name)
    const age = await stat(path).catch(() => undefined)
    if (age !== undefined && age.mtimeMs < limit) await rm(path, { recursive: true, force: true })
  }
}

async function recipeDigest(): Promise<string> {
  const folder = dirname(fileURLToPath(import.meta.url))
  const hash = createHash('sha256')
  for (const file of (await readdir(folder)).sort()) {
    hash.update(file).update(await readFile(join(folder, file)))
  }
  return hash.digest('hex').slice(0, 16)
}

async function writeAtomically(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}`
  await writeFile(temporary, text)
  await rename(temporary, path)
}
