import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runOrThrow } from '../../lib/child'
import { aptOf } from '../apt'
import { firstExisting, loaderCommand } from '../image/libraries'
import { hardDependencies } from '../image/packages'
import { type BuildOptions, ensureImage } from '../image-cache'

const here = dirname(fileURLToPath(import.meta.url))
const packageName = 'qemu-system-x86'
/** What QEMU is started with and what it loads: no shell, no perl, nothing that only an installation runs. */
const needed = /^(lib[a-z0-9.+-]+|zlib1g|qemu-system-\S+|seabios|ipxe-qemu)$/

/** A QEMU to start: its command line begins with `argv`, and it looks for its parts where `env` says. */
export interface QemuProgram {
  argv: readonly string[]
  env: Readonly<Record<string, string>>
}

/**
 * QEMU 10 of the next Debian release, in a folder of the cache with every library it needs and its own loader: nothing
 * of this machine is replaced. Built on first use (about half a minute, 180 MB), without root.
 */
export function ensureNextQemu(options: BuildOptions): Promise<QemuProgram> {
  const announcement =
    "Unpacking QEMU 10 from the next Debian release's packages (once; about half a minute)."
  return ensureImage({ kind: 'qemu', folder: here, announcement, build, read }, options)
}

async function build(staging: string, signal?: AbortSignal): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'daxfleet-qemu-'))
  try {
    const apt = await aptOf('next', folder, signal)
    const depends = await apt('apt-cache', ['depends', '--recurse', ...hardDependencies, packageName])
    const names = new Set(depends.split('\n').filter((line) => needed.test(line)))
    const debs = join(folder, 'debs')
    await mkdir(debs)
    await apt('apt-get', ['-qq', 'download', ...names], debs)
    const files = (await readdir(debs)).sort()
    const root = join(staging, 'root')
    for (const file of files) {
      await runOrThrow('dpkg-deb', ['-x', join(debs, file), root], { timeoutMs: 300_000, signal })
    }
    for (const unread of ['doc', 'man', 'locale']) {
      await rm(join(root, 'usr/share', unread), { recursive: true, force: true })
    }
    const { argv, env } = await read(staging)
    const [command = '', ...args] = argv
    const version = await runOrThrow(command, [...args, '--version'], {
      timeoutMs: 60_000,
      signal,
      env: { ...process.env, ...env },
    })
    await writeFile(join(staging, 'version.txt'), version)
    return files
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function read(folder: string): Promise<QemuProgram> {
  const root = join(folder, 'root')
  const { loader, args } = await loaderCommand(root)
  const program = await firstExisting(root, ['usr/bin/qemu-system-x86_64'])
  const firmware = ['usr/share/qemu', 'usr/share/seabios', 'usr/lib/ipxe/qemu']
  return {
    argv: [loader, ...args, program, ...firmware.flatMap((path) => ['-L', join(root, path)])],
    env: { QEMU_MODULE_DIR: join(root, 'usr/lib/x86_64-linux-gnu/qemu') },
  }
}
