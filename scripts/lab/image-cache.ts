import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { withLock } from '../lib/lock'

export interface BuildOptions {
  /** Folder for everything that is built once; created if absent. */
  cache: string
  signal?: AbortSignal | undefined
  log?: ((sentence: string) => void) | undefined
}

/** Something that is built once from Debian packages and then taken from the cache. */
export interface ImageRecipe<Image> {
  kind: 'small' | 'full' | 'next' | 'qemu'
  /** The folder that describes it: every file in it is part of the cache's key. */
  folder: string
  /** Said before it is built. */
  announcement: string
  /** Fills the empty folder; returns the packages, versions included. */
  build: (staging: string, signal?: AbortSignal) => Promise<readonly string[]>
  /** What lies in a finished folder; rejects when something is missing. */
  read: (folder: string) => Promise<Image>
}

/**
 * The image of a recipe, built on first use. The cache key is the recipe's own files; the folder's name adds the
 * packages' versions, so two machines with the same name hold the same guest. Parallel starters build it once.
 */
export async function ensureImage<Image>(recipe: ImageRecipe<Image>, options: BuildOptions): Promise<Image> {
  const images = join(options.cache, 'images')
  await mkdir(images, { recursive: true })
  const digest = await digestOf(recipe.folder)
  const pointer = join(images, `recipe-${recipe.kind}-${digest}.json`)
  const cached = await readImage(recipe, images, pointer)
  if (cached !== undefined) return cached
  return withLock(join(images, 'build.lock'), { timeoutMs: 900_000, signal: options.signal }, async () => {
    const meanwhile = await readImage(recipe, images, pointer)
    if (meanwhile !== undefined) return meanwhile
    options.log?.(recipe.announcement)
    const folder = await build(recipe, images, digest, options.signal)
    await writeAtomically(pointer, JSON.stringify({ folder }))
    await removeOld(images, [folder, basename(pointer)])
    const image = await readImage(recipe, images, pointer)
    if (image === undefined)
      throw new Error(`The guest image in ${join(images, folder)} vanished while it was built`)
    return image
  })
}

async function build<Image>(
  recipe: ImageRecipe<Image>,
  images: string,
  digest: string,
  signal?: AbortSignal,
): Promise<string> {
  const staging = join(images, `.building-${randomUUID()}`)
  try {
    await mkdir(staging)
    const packages = await recipe.build(staging, signal)
    const key = createHash('sha256').update(digest).update(packages.join('\n')).digest('hex').slice(0, 16)
    const folder = `${recipe.kind}-${key}`
    // Already there: the same bytes, perhaps in use right now.
    await rename(staging, join(images, folder)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
    return folder
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

async function readImage<Image>(
  recipe: ImageRecipe<Image>,
  images: string,
  pointer: string,
): Promise<Image | undefined> {
  try {
    const { folder } = JSON.parse(await readFile(pointer, 'utf8')) as { folder: string }
    return await recipe.read(join(images, folder))
  } catch {
    return undefined // absent or half removed: build it
  }
}

/** Removes what no start has built for two weeks; other checkouts may share the cache, so younger images stay. */
async function removeOld(images: string, keep: readonly string[]): Promise<void> {
  const limit = Date.now() - 14 * 24 * 3600 * 1000
  for (const name of await readdir(images)) {
    if (keep.includes(name) || !/^(small-|full-|next-|qemu-|recipe-|\.building-)/.test(name)) continue
    const path = join(images, name)
    const age = await stat(path).catch(() => undefined)
    if (age !== undefined && age.mtimeMs < limit) await rm(path, { recursive: true, force: true })
  }
}

async function digestOf(folder: string): Promise<string> {
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
