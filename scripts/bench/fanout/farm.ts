import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, copyFile, link, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Snapshot } from '@/agents/model/snapshot'
import { waitFor } from '@/scripts/launch/wait'
import { runOrThrow } from '@/scripts/lib/child'
import { findCommand } from '@/scripts/lib/debian'
import { cpuSecondsOf } from './usage'

/** sshd listens on no more sockets than this (MAX_LISTEN_SOCKS of sshd.c). */
const PORTS_EACH = 16
/** Where the model keeps a host, below its home. */
const STATE = '.daxfleet-model.json'

/** Every command of a session: in the home of the host whose port was called, counted, and as it was asked for. */
const ENTER = `HOME="$0/hosts/\${SSH_CONNECTION##* }"; export HOME; cd "$HOME" || exit 1
printf . >> calls
exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"
`

/** Many hosts on this machine: a port each, real OpenSSH in front, a modelled host behind, the agent already there. */
export class Farm {
  private constructor(
    readonly folder: string,
    readonly ports: readonly number[],
    readonly agent: { path: string; sha256: string },
    private readonly child: ChildProcess,
  ) {}

  static async start(count: number, agent: { path: string; sha256: string }): Promise<Farm> {
    const folder = await mkdtemp(path.join(tmpdir(), 'daxfleet-fanout-'))
    await chmod(folder, 0o755)
    for (const name of ['host', 'client'])
      await runOrThrow('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path.join(folder, name)], {
        timeoutMs: 60_000,
      })
    await writeFile(path.join(folder, 'enter'), ENTER)
    // Accounts of its own: the start-up files of this machine's root are not what is measured.
    for (const [name, lines] of Object.entries(accounts(folder)))
      await writeFile(path.join(folder, name), `${lines.join('\n')}\n`)
    const own = path.join(folder, 'agent')
    await copyFile(agent.path, own)
    await chmod(own, 0o700)
    const ports = await freePorts(count)
    for (const port of ports) {
      const home = path.join(folder, 'hosts', String(port))
      await mkdir(path.join(home, '.daxfleet'), { recursive: true, mode: 0o700 })
      const placed = path.join(home, '.daxfleet', `agent-${agent.sha256}`)
      // One file for all where that can be: five hundred copies would fill the page cache.
      await link(own, placed)
    }
    const configs: string[] = []
    for (let at = 0; at < count; at += PORTS_EACH) {
      const config = path.join(folder, `sshd_${at}`)
      await writeFile(config, sshdConfig(folder, ports.slice(at, at + PORTS_EACH)))
      configs.push(config)
    }
    const inside = [
      'set -e; mount -t tmpfs tmpfs /run; mkdir -m 755 /run/sshd; sshd="$1"; folder="$2"; shift 2',
      'for file in passwd group shadow; do mount --bind "$folder/$file" "/etc/$file"; done',
      'for config; do "$sshd" -f "$config"; done',
      'exec sleep infinity',
    ].join('\n')
    const [sshd = 'sshd', unshare = 'unshare'] = await Promise.all(['sshd', 'unshare'].map(findCommand))
    const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc']
    const child = spawn(unshare, [...namespaces, 'sh', '-c', inside, 'sh', sshd, folder, ...configs], {
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    const farm = new Farm(folder, ports, agent, child)
    for (const port of ports) {
      const open = await waitFor(() => answers(port), { withinMs: 120_000 })
      if (open === undefined) throw new Error(`No sshd came up on port ${port}.`)
    }
    await farm.reset()
    return farm
  }

  /** Every host as new: nothing converted, nothing written, nothing counted. */
  async reset(): Promise<void> {
    await Promise.all(
      this.ports.map(async (port) => {
        const home = path.join(this.folder, 'hosts', String(port))
        await rm(path.join(home, STATE), { force: true })
        await writeFile(path.join(home, 'calls'), '')
      }),
    )
  }

  /** Hosts whose device is on kmem, and commands that were run in all. */
  async tell(): Promise<{ converted: number; commands: number }> {
    const told = await Promise.all(
      this.ports.map(async (port) => {
        const home = path.join(this.folder, 'hosts', String(port))
        const state: Snapshot = JSON.parse(await readFile(path.join(home, STATE), 'utf8'))
        const calls = await readFile(path.join(home, 'calls'), 'utf8')
        return { converted: state.devices[0]?.driver === 'kmem' ? 1 : 0, commands: calls.length }
      }),
    )
    return {
      converted: told.reduce((sum, { converted }) => sum + converted, 0),
      commands: told.reduce((sum, { commands }) => sum + commands, 0),
    }
  }

  /** Processor seconds that sshd and all it has started have used so far. */
  cpuSeconds(): Promise<number> {
    return cpuSecondsOf([this.child.pid ?? 0])
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve))
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill('SIGKILL')
      await ended
    }
    await rm(this.folder, { recursive: true, force: true })
  }
}

const accounts = (folder: string) => ({
  passwd: [`root:x:0:0::${folder}:/bin/sh`, 'sshd:x:4710:65534::/run/sshd:/usr/sbin/nologin'],
  group: ['root:x:0:', 'nogroup:x:65534:'],
  shadow: ['root:*:19000:0:99999:7:::', 'sshd:*:19000:0:99999:7:::'],
})

function sshdConfig(folder: string, ports: readonly number[]): string {
  return [
    ...ports.map((port) => `ListenAddress 127.0.0.1:${port}`),
    `HostKey ${folder}/host`,
    `AuthorizedKeysFile ${folder}/client.pub`,
    'StrictModes no',
    'UsePAM no',
    'PermitRootLogin yes',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'MaxStartups 2000',
    'MaxSessions 100',
    'PidFile none',
    'LogLevel QUIET',
    `ForceCommand /bin/sh -c '. "$0/enter"' ${folder}`,
    '',
  ].join('\n')
}

/** Below the range from which this machine takes the ports of its own connections. */
async function freePorts(count: number): Promise<number[]> {
  const found: number[] = []
  for (let port = 12_000 + Math.floor(Math.random() * 8000); found.length < count; port++) {
    if (port > 32_000) throw new Error(`There are not ${count} free ports between 12000 and 32000.`)
    if (await isFree(port)) found.push(port)
  }
  return found
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer().once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

function answers(port: number): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1')
    socket.once('error', () => resolve(undefined))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}
