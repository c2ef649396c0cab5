import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runOrThrow } from '../../lib/child'
import type { CpioEntry } from './cpio'
import { firstExisting, indexModules, sharedLibraries } from './libraries'
import { kmodNames, modules } from './recipe'

const here = dirname(fileURLToPath(import.meta.url))

/** Every entry of the guest's root file system, made from unpacked packages. */
export async function guestEntries(
  root: string,
  release: string,
  programs: readonly (readonly [string, string])[],
): Promise<CpioEntry[]> {
  const binaries = await Promise.all(
    programs.map(async ([from, to]) => ({ from: await firstExisting(root, [from, join('usr', from)]), to })),
  )
  const dynamic = binaries.filter((each) => !each.to.endsWith('/busybox')).map((each) => each.from)
  const busybox = binaries.find((each) => each.to.endsWith('/busybox'))
  if (busybox === undefined) throw new Error('The recipe names no busybox')
  const applets = (await runOrThrow(busybox.from, ['--list'], { timeoutMs: 30_000 }))
    .split('\n')
    .filter(Boolean)
  const taken = new Set([...binaries.map((each) => each.to), ...kmodNames.map((name) => `usr/bin/${name}`)])
  const files = new Map(binaries.map((each) => [each.to, each.from]))
  for (const [to, from] of await sharedLibraries(root, dynamic)) files.set(to, from)
  const entries: CpioEntry[] = []
  for (const [path, from] of files)
    entries.push({ kind: 'file', path, data: await readFile(from), mode: 0o755 })
  for (const name of kmodNames) entries.push({ kind: 'link', path: `usr/bin/${name}`, target: 'kmod' })
  for (const name of applets) {
    if (!taken.has(`usr/bin/${name}`))
      entries.push({ kind: 'link', path: `usr/bin/${name}`, target: 'busybox' })
  }
  entries.push(...(await moduleEntries(root, release)), ...(await configEntries()))
  return withFolders(entries)
}

/** The chosen modules, their load order, and the indexes that modprobe and daxctl look modules up in. */
async function moduleEntries(root: string, release: string): Promise<CpioEntry[]> {
  const from = await firstExisting(root, [`lib/modules/${release}`, `usr/lib/modules/${release}`])
  const all = (await readdir(from, { recursive: true })).filter((path) =>
    /\.ko(\.xz|\.zst|\.gz)?$/.test(path),
  )
  const byName = new Map(all.map((path) => [moduleName(path), path]))
  const chosen = modules.flatMap((name) => {
    const path = byName.get(name)
    return path === undefined ? [] : [{ name, path }]
  })
  const staging = await mkdtemp(join(tmpdir(), 'daxfleet-modules-'))
  try {
    const to = join(staging, 'lib/modules', release)
    for (const { path } of chosen) {
      await mkdir(dirname(join(to, path)), { recursive: true })
      await writeFile(join(to, path), await readFile(join(from, path)))
    }
    for (const index of ['modules.builtin', 'modules.builtin.modinfo', 'modules.order']) {
      await writeFile(join(to, index), await readFile(join(from, index)))
    }
    await indexModules(root, release, staging)
    const shipped = await readdir(to, { recursive: true, withFileTypes: true })
    const entries: CpioEntry[] = []
    for (const file of shipped.filter((each) => each.isFile())) {
      const path = join(file.parentPath, file.name)
      entries.push({
        kind: 'file',
        path: join('usr', relative(staging, path)),
        data: await readFile(path),
        mode: 0o644,
      })
    }
    const order = chosen.map(({ name, path }) => `${name} ${path}\n`).join('')
    entries.push({ kind: 'file', path: 'etc/lab/modules', data: Buffer.from(order), mode: 0o644 })
    return entries
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

function moduleName(path: string): string {
  return (path.split('/').at(-1) ?? '').replace(/\.ko(\..+)?$/, '').replaceAll('-', '_')
}

async function configEntries(): Promise<CpioEntry[]> {
  const text = (path: string, content: string, mode = 0o644): CpioEntry => ({
    kind: 'file',
    path,
    data: Buffer.from(content),
    mode,
  })
  return [
    text('etc/lab/boot', await readFile(join(here, 'boot.sh'), 'utf8'), 0o755),
    text('etc/lab/boot-full', await readFile(join(here, 'boot-full.sh'), 'utf8'), 0o755),
    text('etc/lab/cxl-regions.sh', await readFile(join(here, 'cxl-regions.sh'), 'utf8')),
    text('etc/inittab', inittab),
    // "*" locks the password and leaves keys; dropbear asks /etc/shells as well.
    text('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nops:x:1000:1000:operator:/home/ops:/bin/sh\n'),
    text('etc/group', 'root:x:0:\nops:x:1000:\n'),
    text('etc/shadow', 'root:*:19000:0:99999:7:::\nops:*:19000:0:99999:7:::\n', 0o600),
    text('etc/shells', '/bin/sh\n'),
    text('etc/nsswitch.conf', 'passwd: files\ngroup: files\nshadow: files\nhosts: files\n'),
    text('etc/os-release', 'ID=daxfleet-lab\nPRETTY_NAME="Daxfleet lab guest"\n'),
    { kind: 'link', path: 'etc/mtab', target: '/proc/mounts' },
    { kind: 'link', path: 'var/run', target: '/run' },
    { kind: 'link', path: 'init', target: 'usr/bin/busybox' },
    { kind: 'link', path: 'bin', target: 'usr/bin' },
    { kind: 'link', path: 'sbin', target: 'usr/bin' },
    { kind: 'link', path: 'usr/sbin', target: 'bin' },
    { kind: 'link', path: 'lib', target: 'usr/lib' },
    { kind: 'link', path: 'lib64', target: 'usr/lib64' },
    { kind: 'link', path: 'usr/lib/sftp-server', target: 'openssh/sftp-server' },
    { kind: 'character', path: 'dev/console', major: 5, minor: 1, mode: 0o600 },
    { kind: 'character', path: 'dev/null', major: 1, minor: 3, mode: 0o666 },
    { kind: 'folder', path: 'root', mode: 0o700 },
    { kind: 'folder', path: 'home/ops', mode: 0o700 },
    { kind: 'folder', path: 'tmp', mode: 0o1777 },
    ...['proc', 'sys', 'run', 'var/lib', 'var/log', 'mnt', 'etc/dropbear'].map(
      (path): CpioEntry => ({ kind: 'folder', path }),
    ),
  ]
}

/** busybox init: reaps orphans, restarts dropbear (a new host key is read then), and powers off cleanly. */
const inittab = `::sysinit:/etc/lab/boot
::respawn:/usr/bin/dropbear -F -E -s -r /var/lib/lab/dropbear_ed25519_host_key -p 22
::shutdown:/bin/sync
::shutdown:/bin/mount -o remount,ro /var/lib
`

/** Adds the folders above each entry, parents first, as the kernel's unpacker wants them. */
function withFolders(entries: CpioEntry[]): CpioEntry[] {
  const folders = new Map<string, CpioEntry>()
  for (const entry of entries) {
    const names = entry.path.split('/').slice(0, -1)
    names.forEach((_, index) => {
      const path = names.slice(0, index + 1).join('/')
      folders.set(path, { kind: 'folder', path })
    })
  }
  for (const entry of entries) if (entry.kind === 'folder') folders.set(entry.path, entry)
  const sorted = [...folders.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
  const rest = entries.filter((entry) => entry.kind !== 'folder').sort((a, b) => (a.path < b.path ? -1 : 1))
  return [...sorted, ...rest]
}
