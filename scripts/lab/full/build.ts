import { chmod, copyFile, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run, runOrThrow } from '../../lib/child'
import { ensureDebianPackages, findCommand } from '../../lib/debian'
import { freshApt } from '../apt'
import { type BuildOptions, ensureImage } from '../image-cache'
import { debianSources, mainSuite } from '../sources'
import { excludedPaths, packages, sparePercent } from './recipe'

const here = dirname(fileURLToPath(import.meta.url))
const diskName = 'root.ext4'
const mib = 1024 * 1024

/**
 * The full guest's root, an ext4 image that guests share read-only: built on first use (one to two minutes), then
 * taken from the cache. Building it takes root, since Debian's packages set it up in a chroot.
 */
export function ensureFullRoot(options: BuildOptions): Promise<string> {
  const announcement = "Building the full guest's root from Debian packages (once; about two minutes)."
  const recipe = {
    kind: 'full' as const,
    folder: here,
    announcement,
    read,
    build: (staging: string, signal?: AbortSignal) => build(staging, { ...options, signal }),
  }
  return ensureImage(recipe, options)
}

async function read(folder: string): Promise<string> {
  const path = join(folder, diskName)
  await stat(path)
  return path
}

async function build(staging: string, { signal, log }: BuildOptions): Promise<readonly string[]> {
  if (process.getuid?.() !== 0) {
    throw new Error(
      'The full guest is built as root: run `sudo npm run lab -- build --full` once; its cache serves everybody.',
    )
  }
  const needed = [{ name: 'mmdebstrap', for: 'the full lab guest', command: 'mmdebstrap' }]
  await ensureDebianPackages(needed, { ...(signal && { signal }), ...(log && { log }) })
  // Not below the cache: its path may hold spaces, and hooks are shell words.
  const folder = await mkdtemp(join(tmpdir(), 'daxfleet-full-'))
  try {
    const root = join(folder, 'root')
    const sources = await writeSources(folder, signal)
    const hook = join(folder, 'setup')
    await copyFile(join(here, 'setup.sh'), hook)
    await chmod(hook, 0o755)
    await runOrThrow(
      'mmdebstrap',
      [
        ...['--quiet', '--mode=root', '--variant=minbase', `--include=${packages.join(',')}`],
        ...excludedPaths.map((path) => `--dpkgopt=path-exclude=${path}`),
        // What is written here lives for a minute: waiting for the disk at every file doubles the time.
        ...['--dpkgopt=force-unsafe-io', ...(await proxyOptions(signal))],
        ...[`--customize-hook=${hook}`, sources.suite, root, sources.path],
      ],
      { timeoutMs: 900_000, signal, env: { ...process.env, LC_ALL: 'C' } },
    )
    await makeDisk(root, join(staging, diskName), signal)
    const status = ['--root', root, '-W', '-f', '$'.concat('{Package} $', '{Version}\\n')]
    const installed = await runOrThrow('dpkg-query', status, { timeoutMs: 60_000, signal })
    await writeFile(join(staging, 'packages.txt'), installed)
    return installed.trim().split('\n')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function writeSources(folder: string, signal?: AbortSignal): Promise<{ path: string; suite: string }> {
  const lists = join(folder, 'apt')
  await mkdir(lists)
  const sources = await debianSources(await freshApt(lists, signal), ['base-files', ...packages])
  const path = join(folder, 'sources.list')
  await writeFile(path, `${sources.join('\n')}\n`)
  return { path, suite: mainSuite(sources) }
}

/** mmdebstrap's apt knows nothing of this machine's settings; without its proxy it may reach nothing. */
async function proxyOptions(signal?: AbortSignal): Promise<string[]> {
  const settings = await runOrThrow('apt-config', ['dump'], { timeoutMs: 60_000, signal })
  const proxies = settings.match(/^Acquire::(http|https)::Proxy.* ".+";$/gm) ?? []
  return proxies.map((line) => `--aptopt=${line}`)
}

/** An ext4 image of a folder; mke2fs fills it, so no loop mount. */
async function makeDisk(root: string, path: string, signal?: AbortSignal): Promise<void> {
  const used = await run('du', ['-s', '--block-size=1M', root], { timeoutMs: 120_000, signal })
  const sizeMib = Math.ceil(Number.parseInt(used.stdout, 10) * (1 + sparePercent / 100)) + 16
  const mke2fs = (await findCommand('mke2fs')) ?? 'mke2fs'
  await writeFile(path, '')
  const size = `${(sizeMib * mib) / 1024}k`
  await runOrThrow(mke2fs, ['-q', '-F', '-t', 'ext4', '-m', '0', '-d', root, path, size], {
    timeoutMs: 300_000,
    signal,
  })
}
