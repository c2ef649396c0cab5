import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { describe } from 'vitest'
import { runOrThrow } from '@/scripts/lib/child'
import { findCommand } from '@/scripts/lib/debian'
import { hostKeyOf } from '@/server/ssh/host-key'
import type { HostKey, SshTarget } from '@/server/ssh/target'

export interface SshdOptions {
  /** Further lines of sshd_config. */
  config?: string[]
  /** Host keys it shows; ed25519 alone unless told. */
  hostKeys?: ('ed25519' | 'ecdsa' | 'rsa')[]
  /** Content of /etc/sudoers as the server's sessions see it. */
  sudoers?: string
  /** The ordinary account's home is mounted noexec. */
  noexecHome?: boolean
  /** /var/lib is empty and its own: an agent may keep tokens and journals there. */
  ownState?: boolean
  /** Root's login shell, as the text of a program: whatever is asked, this answers. */
  rootShell?: string
  /** Its sessions read another /etc/machine-id than this machine's: for two hosts in one fleet. */
  ownMachineId?: boolean
}

/** The account that is not root, known to this server only. */
const ordinary = { name: 'operator', uid: 4711 }

/**
 * A real OpenSSH server on a free loopback port. It lives in mount and process namespaces of its own, with accounts
 * of its own: nothing of this machine changes, and whatever its sessions started dies with it. Needs root.
 */
export class Sshd {
  private constructor(
    readonly folder: string,
    readonly port: number,
    readonly hostKeys: HostKey[],
    private readonly privateKey: string,
    private readonly child: ChildProcess,
    private readonly logged: { text: string },
  ) {}

  static async start(options: SshdOptions = {}): Promise<Sshd> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'daxfleet-sshd-'))
    fs.chmodSync(folder, 0o755)
    for (const home of ['root', ordinary.name]) fs.mkdirSync(path.join(folder, home))
    fs.chownSync(path.join(folder, ordinary.name), ordinary.uid, ordinary.uid)
    const types = options.hostKeys ?? ['ed25519']
    for (const type of types) await keygen(path.join(folder, `host_${type}`), type)
    await keygen(path.join(folder, 'client'), 'ed25519')
    writeAccounts(folder, options)
    for (;;) {
      const port = await freePort()
      const started = await launch(folder, port, types, options)
      if (started === null) continue // somebody else took the port meanwhile
      const keys = types.map((type) => {
        const [, blob = ''] = fs.readFileSync(path.join(folder, `host_${type}.pub`), 'utf8').split(' ')
        return hostKeyOf(Buffer.from(blob, 'base64'))
      })
      const privateKey = fs.readFileSync(path.join(folder, 'client'), 'utf8')
      return new Sshd(folder, port, keys, privateKey, started.child, started.logged)
    }
  }

  /** How to reach it as root, its key trusted; a new host each time unless told otherwise. */
  target(change: Partial<SshTarget> = {}): SshTarget {
    return {
      hostId: randomUUID(),
      name: 'node1',
      address: '127.0.0.1',
      port: this.port,
      username: 'root',
      privateKey: this.privateKey,
      trustedKeys: this.hostKeys,
      ...change,
    }
  }

  /** As `target`, for the account that is not root. */
  ordinaryTarget(change: Partial<SshTarget> = {}): SshTarget {
    return this.target({ username: ordinary.name, ...change })
  }

  /** The account's home, seen from here. */
  home(account: 'root' | 'operator' = 'root'): string {
    return path.join(this.folder, account)
  }

  /** What sshd wrote to its log so far. */
  get log(): string {
    return this.logged.text
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve))
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill('SIGKILL')
      await ended
    }
    fs.rmSync(this.folder, { recursive: true, force: true })
  }
}

/** A private key nobody trusts. */
export async function strangerKey(): Promise<string> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'daxfleet-stranger-'))
  await keygen(path.join(folder, 'key'), 'ed25519')
  const text = fs.readFileSync(path.join(folder, 'key'), 'utf8')
  fs.rmSync(folder, { recursive: true })
  return text
}

async function keygen(file: string, type: string): Promise<void> {
  await runOrThrow('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', file], { timeoutMs: 60_000 })
}

function writeAccounts(folder: string, options: SshdOptions): void {
  const { name, uid } = ordinary
  const files: Record<string, string> = {
    passwd: [
      `root:x:0:0::${folder}/root:${options.rootShell === undefined ? '/bin/bash' : `${folder}/shell`}`,
      'sshd:x:4710:65534::/run/sshd:/usr/sbin/nologin',
      `${name}:x:${uid}:${uid}::${folder}/${name}:/bin/sh`,
    ].join('\n'),
    group: `root:x:0:\n${name}:x:${uid}:`,
    shadow: `root:*:19000:0:99999:7:::\n${name}:*:19000:0:99999:7:::`,
    'machine-id': randomUUID().replaceAll('-', ''),
    sudoers: options.sudoers ?? 'root ALL=(ALL) ALL',
    authorized_keys: fs.readFileSync(path.join(folder, 'client.pub'), 'utf8'),
  }
  for (const [file, text] of Object.entries(files)) fs.writeFileSync(path.join(folder, file), `${text}\n`)
  fs.chmodSync(path.join(folder, 'sudoers'), 0o440)
  if (options.rootShell !== undefined)
    fs.writeFileSync(path.join(folder, 'shell'), options.rootShell, { mode: 0o755 })
}

/** Null when the port was taken. */
async function launch(folder: string, port: number, types: readonly string[], options: SshdOptions) {
  const config = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    ...types.map((type) => `HostKey ${folder}/host_${type}`),
    `AuthorizedKeysFile ${folder}/authorized_keys`,
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin yes',
    'PidFile none',
    'LogLevel VERBOSE',
    ...(options.config ?? []),
  ]
  fs.writeFileSync(path.join(folder, 'sshd_config'), `${config.join('\n')}\n`)
  const inside = [
    'set -e',
    'for file in passwd group shadow; do mount --bind "$1/$file" "/etc/$file"; done',
    'if [ -e /etc/sudoers ]; then mount --bind "$1/sudoers" /etc/sudoers; fi',
    'mount -t tmpfs tmpfs /run; mkdir -m 755 /run/sshd',
    options.ownState === true ? 'mount -t tmpfs -o mode=755 tmpfs /var/lib' : '',
    options.ownMachineId === true ? 'mount --bind "$1/machine-id" /etc/machine-id' : '',
    options.noexecHome === true
      ? `mount -t tmpfs -o noexec,mode=700,uid=${ordinary.uid} tmpfs "$1/${ordinary.name}"`
      : '',
    'exec "$2" -D -e -f "$1/sshd_config"',
  ].join('\n')
  const [sshd = 'sshd', unshare = 'unshare'] = await Promise.all(['sshd', 'unshare'].map(findCommand))
  const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc']
  const child = spawn(unshare, [...namespaces, 'sh', '-c', inside, 'sh', folder, sshd], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const logged = { text: '' }
  const listening = await new Promise<boolean>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', () => resolve(false))
    child.stderr.on('data', (chunk: Buffer) => {
      logged.text += chunk.toString()
      if (logged.text.includes('Server listening on')) resolve(true)
    })
  })
  if (listening) return { child, logged }
  if (/Address already in use/.test(logged.text)) return null
  throw new Error(`sshd did not start: ${logged.text}`)
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        typeof address === 'object' && address !== null
          ? resolve(address.port)
          : reject(new Error('no port')),
      )
    })
  })
}

/**
 * `describe` for what needs a real sshd: it takes root to give it namespaces of its own. Others are told what they
 * did not see; under CI nothing is skipped.
 */
export const describeWithSshd: typeof describe.skip = mayStartSshd() ? describe : describe.skip

function mayStartSshd(): boolean {
  if (process.getuid?.() === 0 || process.env.CI === 'true') return true
  console.warn('Tests against a real sshd are skipped: only root can start it apart from the machine’s own.')
  return false
}
