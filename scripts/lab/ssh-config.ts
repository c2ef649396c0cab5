import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Guest } from './guest'

/** Writes known_hosts and ssh_config into the lab's folder, so that `ssh -F FILE NAME` needs no more words. */
export async function writeSshConfig(
  dir: string,
  keyPath: string,
  guests: readonly Guest[],
): Promise<string> {
  const knownHosts = join(dir, 'known_hosts')
  const path = join(dir, 'ssh_config')
  // HostKeyAlias: a guest is known by its name, whatever port it has today.
  await writeFile(
    knownHosts,
    guests.map((guest) => `${guest.name} ${guest.record.hostKey.publicKey}\n`).join(''),
  )
  const blocks = guests.map((guest) =>
    [
      `Host ${guest.name}`,
      '  HostName 127.0.0.1',
      `  Port ${guest.ssh.port}`,
      '  User root',
      `  HostKeyAlias ${guest.name}`,
      `  IdentityFile ${word(keyPath)}`,
      '  IdentitiesOnly yes',
      `  UserKnownHostsFile ${word(knownHosts)}`,
      '  StrictHostKeyChecking yes',
    ].join('\n'),
  )
  await writeFile(path, `${blocks.join('\n\n')}\n`)
  return path
}

/** One argument of ssh_config: quoted for spaces, with the percent sign that would start a token doubled. */
function word(path: string): string {
  return `"${path.replaceAll('%', '%%')}"`
}
