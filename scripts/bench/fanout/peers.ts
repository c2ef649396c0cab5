import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { runOrThrow } from '@/scripts/lib/child'
import { runCommand } from '@/server/agents/host-shell'
import type { Farm } from './farm'

const AN_HOUR = 3_600_000

/** Tools from Debian that run one command on many hosts; `persist`: over connections that stay (ControlPersist). */
export class Peers {
  private constructor(
    private readonly farm: Farm,
    private readonly names: readonly string[],
  ) {}

  static async over(farm: Farm): Promise<Peers> {
    const names = farm.ports.map((port) => `bench-${port}`)
    const hosts = farm.ports.map((port) => `Host bench-${port}\n  Port ${port}`)
    const common = [
      'Host *',
      '  HostName 127.0.0.1',
      '  User root',
      `  IdentityFile ${farm.folder}/client`,
      '  IdentitiesOnly yes',
      '  StrictHostKeyChecking no',
      '  UserKnownHostsFile /dev/null',
      '  LogLevel ERROR',
    ]
    const persist = [
      '  ControlMaster auto',
      `  ControlPath ${farm.folder}/control/%p`,
      '  ControlPersist 300',
    ]
    await mkdir(path.join(farm.folder, 'control'))
    await writeFile(path.join(farm.folder, 'ssh_cold'), [...hosts, ...common, ''].join('\n'))
    await writeFile(path.join(farm.folder, 'ssh_persist'), [...hosts, ...common, ...persist, ''].join('\n'))
    await writeFile(path.join(farm.folder, 'inventory'), `${names.join('\n')}\n`)
    return new Peers(farm, names)
  }

  async clush(parallel: number, persist: boolean): Promise<void> {
    const options = ['-f', String(parallel), '-o', `-F ${this.config(persist)}`, '-w', this.names.join(',')]
    await runOrThrow('clush', [...options, this.command], { timeoutMs: AN_HOUR })
  }

  async ansible(parallel: number): Promise<void> {
    const inventory = path.join(this.farm.folder, 'inventory')
    const options = ['-i', inventory, '-f', String(parallel), '-m', 'raw', '-a', this.command]
    // Its own ControlPersist is its default; the file only says where the hosts are.
    const env = {
      ...process.env,
      ANSIBLE_SSH_ARGS: `-F ${this.config(true)}`,
      ANSIBLE_HOST_KEY_CHECKING: 'False',
      ANSIBLE_LOCALHOST_WARNING: 'False',
      ANSIBLE_HOME: path.join(this.farm.folder, 'ansible'),
    }
    await runOrThrow('ansible', ['all', ...options], { timeoutMs: AN_HOUR, env })
  }

  /** Ends every connection that stayed. */
  async closeConnections(): Promise<void> {
    for (const name of this.names)
      await runOrThrow(
        'sh',
        ['-c', 'ssh -F "$1" -O exit "$2" 2>/dev/null || true', 'sh', this.config(true), name],
        {
          timeoutMs: 60_000,
        },
      )
  }

  private config(persist: boolean): string {
    return path.join(this.farm.folder, persist ? 'ssh_persist' : 'ssh_cold')
  }

  /** The same agent doing the same for one device, by itself. */
  private get command(): string {
    return runCommand(this.farm.agent.sha256, 'account').replace(/'$/, " by-itself'")
  }
}
