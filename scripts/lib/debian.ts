import { constants } from 'node:fs'
import { access, readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { ChildError, run } from './child'
import { withoutServices } from './quiet-services'

export interface DebianPackage {
  /** Name in Debian's archive. */
  name: string
  /** What it is needed for, in words that fit after "for". */
  for: string
  /** A program that stands for the package: found on PATH or in the sbin folders, the package counts as present. */
  command?: string
}

export interface EnsureOptions {
  /** For everything together; installing QEMU takes about a minute on a fresh machine. */
  timeoutMs?: number
  signal?: AbortSignal
  /** Gets one plain sentence before anything is installed. */
  log?: (sentence: string) => void
}

/** Packages are missing and were not installed; the message names them and the command that installs them. */
export class MissingPackagesError extends Error {
  override readonly name = 'MissingPackagesError'
  readonly command: string
  constructor(
    readonly packages: readonly DebianPackage[],
    why: string,
  ) {
    const names = packages.map((each) => each.name).join(' ')
    const command = `${process.getuid?.() === 0 ? '' : 'sudo '}apt-get install --no-install-recommends ${names}`
    super(`Missing: ${describe(packages)}. ${why} On Debian: ${command}`)
    this.command = command
  }
}

const extraFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin']

/** Where a program is, looked for on PATH and in the sbin folders an ordinary user's PATH leaves out. */
export async function findCommand(name: string): Promise<string | undefined> {
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), ...extraFolders]) {
    const path = join(folder || '.', name)
    if (
      await access(path, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return path
  }
  return undefined
}

/** Those of the packages this machine lacks, by their command where one is named, else by dpkg's own word. */
async function missingDebianPackages(packages: readonly DebianPackage[]): Promise<DebianPackage[]> {
  const missing: DebianPackage[] = []
  for (const each of packages) {
    const present = each.command
      ? (await findCommand(each.command)) !== undefined
      : await isInstalled(each.name)
    if (!present) missing.push(each)
  }
  return missing
}

/**
 * Makes sure the packages are there: as root on Debian (or a child of it) installs what is missing, and says so.
 * Returns the names it installed. Throws MissingPackagesError where it may not, or where apt could not.
 */
export async function ensureDebianPackages(
  packages: readonly DebianPackage[],
  options: EnsureOptions = {},
): Promise<string[]> {
  const missing = await missingDebianPackages(packages)
  if (missing.length === 0) return []
  if (!(await isDebian()))
    throw new MissingPackagesError(missing, 'This machine is not Debian, so install them yourself.')
  if (process.getuid?.() !== 0) throw new MissingPackagesError(missing, 'Installing them needs root.')
  const log = options.log ?? ((sentence) => console.log(sentence))
  log(`Installing from Debian, since this machine lacks them: ${describe(missing)}.`)
  const deadline = Date.now() + (options.timeoutMs ?? 600_000)
  const names = missing.map((each) => each.name)
  // Without package lists the simulation fails at once, and that is the moment to fetch them.
  if (!(await apt(['install', '--simulate', ...names], deadline, options.signal)).ok) {
    await apt(['update'], deadline, options.signal)
  }
  let outcome = await install(names, deadline, options.signal)
  if (!outcome.ok) {
    // Old lists name versions the mirror has dropped.
    await apt(['update'], deadline, options.signal)
    outcome = await install(names, deadline, options.signal)
  }
  const still = await missingDebianPackages(missing)
  if (still.length > 0) throw new MissingPackagesError(still, `apt-get did not install them: ${outcome.said}`)
  return names
}

function install(names: readonly string[], deadline: number, signal?: AbortSignal) {
  return withoutServices(() => apt(['install', '--no-install-recommends', '-y', ...names], deadline, signal))
}

/** One apt-get call; waits for another apt or dpkg on this machine as long as the deadline allows. */
async function apt(
  args: string[],
  deadline: number,
  signal?: AbortSignal,
): Promise<{ ok: boolean; said: string }> {
  for (;;) {
    const left = deadline - Date.now()
    if (left <= 0) return { ok: false, said: 'the time ran out' }
    const options = ['-q', '-o', `DPkg::Lock::Timeout=${Math.ceil(left / 1000)}`]
    try {
      const result = await run('apt-get', [...options, ...args], {
        timeoutMs: left,
        signal,
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
      })
      const locked = /Could not get lock|Unable to lock/.test(result.stderr)
      if (!locked)
        return { ok: result.status === 0, said: lastLine(result.stderr) || lastLine(result.stdout) }
    } catch (error) {
      if (signal?.aborted || !(error instanceof ChildError)) throw error
      return { ok: false, said: error.message }
    }
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

/** dpkg-query's own placeholder, not JavaScript's. */
const dpkgStatus = '-f=$'.concat('{db:Status-Status}')

async function isInstalled(name: string): Promise<boolean> {
  const result = await run('dpkg-query', ['-W', dpkgStatus, name], { timeoutMs: 30_000 }).catch(
    () => undefined,
  )
  return result?.stdout === 'installed'
}

async function isDebian(): Promise<boolean> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '')
  return /^ID(_LIKE)?=.*\bdebian\b/m.test(release) && (await findCommand('apt-get')) !== undefined
}

function describe(packages: readonly DebianPackage[]): string {
  return packages.map((each) => `${each.name} (for ${each.for})`).join(', ')
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}
