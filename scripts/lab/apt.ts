import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { runOrThrow } from '../lib/child'

/** One call of an apt program; returns what it printed. */
export type Apt = (program: 'apt-get' | 'apt-cache', args: readonly string[], cwd?: string) => Promise<string>

/**
 * apt with this machine's configuration and sources, but lists of its own under `folder`, fetched now: neither stale
 * nor missing lists of the machine matter, and no root is needed.
 */
export async function freshApt(folder: string, signal?: AbortSignal): Promise<Apt> {
  const lists = join(folder, 'lists')
  const cache = join(folder, 'cache')
  await Promise.all([lists, cache].map((each) => mkdir(each)))
  const options = [
    ...['-o', `Dir::State::Lists=${lists}`, '-o', `Dir::Cache=${cache}`],
    // Without it apt, as root, warns that its download account cannot enter our folder.
    ...['-o', 'APT::Sandbox::User=root'],
  ]
  const env = { ...process.env, LC_ALL: 'C' }
  const apt: Apt = (program, args, cwd) =>
    runOrThrow(program, [...options, ...args], { timeoutMs: 300_000, signal, env, cwd })
  await apt('apt-get', ['-qq', 'update'])
  return apt
}
