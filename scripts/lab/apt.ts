import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runOrThrow } from '../lib/child'
import { debianSources, mainSuite } from './sources'

/** One call of an apt program; returns what it printed. */
export type Apt = (program: 'apt-get' | 'apt-cache', args: readonly string[], cwd?: string) => Promise<string>

/**
 * apt with this machine's configuration and sources, but lists of its own under `folder`, fetched now: neither stale
 * nor missing lists of the machine matter, and no root is needed.
 */
export async function freshApt(
  folder: string,
  signal?: AbortSignal,
  more: readonly string[] = [],
): Promise<Apt> {
  const lists = join(folder, 'lists')
  const cache = join(folder, 'cache')
  await Promise.all([lists, cache].map((each) => mkdir(each)))
  const options = [
    ...['-o', `Dir::State::Lists=${lists}`, '-o', `Dir::Cache=${cache}`],
    // Without it apt, as root, warns that its download account cannot enter our folder.
    ...['-o', 'APT::Sandbox::User=root'],
    ...more,
  ]
  const env = { ...process.env, LC_ALL: 'C' }
  const apt: Apt = (program, args, cwd) =>
    runOrThrow(program, [...options, ...args], { timeoutMs: 300_000, signal, env, cwd })
  await apt('apt-get', ['-qq', 'update'])
  return apt
}

/** Where a guest's kernel and QEMU come from: this machine's own Debian, or the one that has what CXL memory takes. */
export type Release = 'own' | 'next'

/** Debian 13: Linux 6.12, QEMU 10. Of the same mirror, whatever this machine's own apt is told. */
const NEXT_SUITE = 'trixie'

/** As `freshApt`, for a release: the next one has sources and a list of installed packages (empty) of its own. */
export async function aptOf(release: Release, folder: string, signal?: AbortSignal): Promise<Apt> {
  const own = await freshApt(folder, signal)
  if (release === 'own') return own
  const lines = await debianSources(own, ['base-files'])
  const main = lines.find((line) => line.split(' ')[2] === mainSuite(lines)) ?? ''
  const mirror = main.split(' ')[1] ?? ''
  const apart = join(folder, NEXT_SUITE)
  const [sources, status] = [join(apart, 'sources.list'), join(apart, 'status')]
  await mkdir(apart)
  await writeFile(sources, `deb [signed-by=${KEYRING}] ${mirror} ${NEXT_SUITE} main\n`)
  await writeFile(status, '')
  const options = [
    ...['-o', `Dir::Etc::sourcelist=${sources}`, '-o', 'Dir::Etc::sourceparts=/dev/null'],
    ...['-o', `Dir::State::status=${status}`],
  ]
  try {
    return await freshApt(apart, signal, options)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(
      `A CXL guest takes Linux 6.12 and QEMU 10 from Debian ${NEXT_SUITE}, which cannot be had from ${mirror}: ${why}`,
      { cause: error },
    )
  }
}

/** Debian's keys for all its releases (package debian-archive-keyring). */
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
