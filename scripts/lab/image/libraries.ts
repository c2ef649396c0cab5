import { stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { run, runOrThrow } from '../../lib/child'

const folders = ['lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu']

/** Arguments to start a program of an unpacked root with that root's own loader and libraries, not the machine's. */
export async function loaderCommand(root: string): Promise<{ loader: string; args: string[] }> {
  const loader = await firstExisting(root, [
    'lib/x86_64-linux-gnu/ld-linux-x86-64.so.2',
    'usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2',
  ])
  return { loader, args: ['--library-path', folders.map((each) => join(root, each)).join(':')] }
}

/** The shared libraries the programs need, as guest path -> path on this machine. */
export async function sharedLibraries(
  root: string,
  programs: readonly string[],
): Promise<Map<string, string>> {
  const { loader, args } = await loaderCommand(root)
  const found = new Map([['usr/lib64/ld-linux-x86-64.so.2', loader]])
  for (const program of programs) {
    const listing = await run(loader, [...args, '--list', program], { timeoutMs: 60_000 })
    for (const line of listing.stdout.split('\n')) {
      const match = /^\s*(\S+) => (.+) \(0x/.exec(line)
      if (match?.[2] === undefined) {
        if (line.includes('not found'))
          throw new Error(`${basename(program)} lacks a library: ${line.trim()}`)
        continue
      }
      found.set(join('usr/lib/x86_64-linux-gnu', basename(match[2])), match[2])
    }
  }
  return found
}

/** Writes modules.dep and its indexes for the modules staged under `staging`, with the root's own depmod. */
export async function indexModules(root: string, release: string, staging: string): Promise<void> {
  const { loader, args } = await loaderCommand(root)
  const kmod = await firstExisting(root, ['bin/kmod', 'usr/bin/kmod'])
  await runOrThrow(loader, [...args, '--argv0', 'depmod', kmod, '-b', staging, release], {
    timeoutMs: 60_000,
  })
}

/** The first of the paths that exists under root; packages moved from /bin to /usr/bin between releases. */
export async function firstExisting(root: string, paths: readonly string[]): Promise<string> {
  for (const path of paths) {
    const full = join(root, path)
    if (
      await stat(full).then(
        () => true,
        () => false,
      )
    )
      return full
  }
  throw new Error(`None of the packages holds ${paths.join(' or ')}`)
}
