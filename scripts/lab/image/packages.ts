import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runOrThrow } from '../../lib/child'
import { aptOf, type Release } from '../apt'
import { kernelPackage, nextPackages, programPackages, toolPackages } from './recipe'

export interface UnpackedPackages {
  /** Folder all packages were unpacked into. */
  root: string
  /** File names of the packages, versions included, sorted. */
  files: string[]
  dispose: () => Promise<void>
}

/**
 * Downloads the guest's packages with apt and unpacks them into a temporary folder; installs nothing and needs no
 * root.
 */
export async function unpackGuestPackages(release: Release, signal?: AbortSignal): Promise<UnpackedPackages> {
  const folder = await mkdtemp(join(tmpdir(), 'daxfleet-lab-'))
  const dispose = () => rm(folder, { recursive: true, force: true })
  try {
    const debs = join(folder, 'debs')
    const root = join(folder, 'root')
    await Promise.all([debs, root].map((each) => mkdir(each)))
    const apt = await aptOf(release, folder, signal)
    const depends = (args: readonly string[]) => apt('apt-cache', ['depends', ...args])
    const wanted = [...programPackages, ...(release === 'next' ? nextPackages : []), ...toolPackages]
    const kernel = /Depends: (linux-image-\S+)/.exec(await depends([kernelPackage]))?.[1]
    if (kernel === undefined)
      throw new Error(`The guest is made of Debian's packages, and apt here knows no ${kernelPackage}`)
    const libraries = libraryNames(await depends(['--recurse', ...hardDependencies, ...wanted]))
    const names = [kernel, ...wanted, ...libraries]
    await apt('apt-get', ['-qq', 'download', ...names], debs)
    const files = (await readdir(debs)).sort()
    for (const file of files) {
      await runOrThrow('dpkg-deb', ['-x', join(debs, file), root], { timeoutMs: 300_000, signal })
    }
    return { root, files, dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}

/** Options of apt-cache depends: only what a package cannot do without. */
export const hardDependencies = [
  ...['--no-recommends', '--no-suggests', '--no-conflicts', '--no-breaks', '--no-replaces', '--no-enhances'],
]

/** The shared libraries among apt-cache's answer: programs and Perl are not linked with. */
function libraryNames(answer: string): string[] {
  return answer.split('\n').filter((line) => /^lib[a-z0-9.+-]+$/.test(line) && !line.includes('perl'))
}
