import { rename, rm } from 'node:fs/promises'
import { GuestConsole } from './console'
import type { GuestImage } from './image/build'
import { createHostKey } from './keys'
import { createNamespaces } from './namespaces'
import type { QemuProgram } from './next/qemu'
import { freePort, isFree } from './port'
import { type Accelerator, type QemuProcess, qemuArguments, spawnQemu } from './qemu'
import { qmp } from './qmp'
import type { ResolvedSpec } from './spec'
import {
  connectGuest,
  type GuestConnection,
  type GuestSsh,
  type RunOptions,
  type RunResult,
  runOverSsh,
} from './ssh'
import { type GuestFiles, type GuestRecord, writeRecord } from './state'

/** A start with systemd takes two minutes where a processor is emulated, more where others are emulated beside it. */
const READY_MS = 420_000

export interface GuestParts {
  spec: ResolvedSpec
  image: GuestImage
  /** The root of a full guest. */
  rootDisk?: string | undefined
  /** Another QEMU than the machine's own. */
  qemu?: QemuProgram | undefined
  accelerator: Accelerator
  files: GuestFiles
  record: GuestRecord
  privateKey: string
}

export interface StartOptions {
  signal?: AbortSignal | undefined
  /** For the boot; generous, since an emulated guest on a busy machine is slow. Default 420 s. */
  timeoutMs?: number | undefined
}

/** A real kernel in QEMU, with SSH on a port of 127.0.0.1 and files that outlive its power. */
export class Guest {
  readonly name: string
  readonly files: GuestFiles
  private qemu: QemuProcess | undefined
  private exited: Promise<void> = Promise.resolve()
  private serial: GuestConsole | undefined
  private readonly clients = new Map<string, Promise<GuestConnection>>()

  constructor(private readonly parts: GuestParts) {
    this.name = parts.spec.name
    this.files = parts.files
  }

  get spec(): ResolvedSpec {
    return this.parts.spec
  }

  /** DMI uuid, machine-id and host key: what must survive power-off. */
  get record(): Readonly<GuestRecord> {
    return this.parts.record
  }

  /** QEMU's process id while the guest has power. */
  get pid(): number | undefined {
    return this.qemu?.pid
  }

  get isRunning(): boolean {
    return this.qemu !== undefined
  }

  /** How root (or "ops", the ordinary account) is reached. */
  get ssh(): GuestSsh {
    return this.sshAs('root')
  }

  sshAs(user: 'root' | 'ops'): GuestSsh {
    const { record, privateKey } = this.parts
    return {
      host: '127.0.0.1',
      port: record.port ?? 0,
      user,
      privateKey,
      hostKey: record.hostKey.fingerprint,
    }
  }

  /** What the guest printed on its serial console since power-on (the last 256 KiB). */
  console(): string {
    return this.serial?.text() ?? ''
  }

  /** Power on: resolves when SSH answers and, the first time, the namespaces stand. */
  async powerOn(options: StartOptions = {}): Promise<void> {
    if (this.qemu !== undefined) throw new Error(`Guest ${this.name} is already running`)
    const deadline = Date.now() + (options.timeoutMs ?? READY_MS)
    try {
      await this.boot(deadline, options.signal)
      if (!this.parts.record.namespacesCreated) {
        await createNamespaces((argv, run) => this.run(argv, run), this.parts.spec.nvdimms)
        await this.remember({ namespacesCreated: true })
      }
    } catch (error) {
      const tail = this.serial?.tail()
      await this.kill()
      throw tail
        ? new Error(`${String(error)}\n--- console of ${this.name} ---\n${tail}`, { cause: error })
        : error
    }
  }

  /** Resolves when the guest loses power, whoever took it; at once if it has none. */
  whenOff(): Promise<void> {
    return this.exited
  }

  /** Resolves when the guest, which is restarting itself, says again that SSH listens. Ask before it can. */
  async whenReadyAgain(options: StartOptions = {}): Promise<void> {
    const { serial } = this
    if (serial === undefined) throw new Error(`Guest ${this.name} is powered off`)
    const again = serial.ready(serial.readyCount)
    await within(
      Promise.race([
        again,
        this.exited.then(() => Promise.reject(new Error(`Guest ${this.name} lost its power`))),
      ]),
      options.timeoutMs ?? READY_MS,
      options.signal,
    )
    // The old kernel cannot say goodbye to whoever was connected to it.
    this.forgetConnections()
  }

  /** Runs a program in the guest as root, or as `user`. A non-zero status is a result. */
  async run(
    argv: readonly string[],
    options: RunOptions & { user?: 'root' | 'ops' } = {},
  ): Promise<RunResult> {
    return runOverSsh(await this.client(options.user ?? 'root'), argv, options)
  }

  /** A command to QEMU itself, e.g. `cxl-inject-poison`; the guest's spec has to ask for a monitor. */
  monitor(command: string, args: Record<string, unknown> = {}): Promise<unknown> {
    return qmp(this.files.monitor, command, args)
  }

  /** As `run`, but returns stdout and throws on a non-zero status. */
  async text(argv: readonly string[], options: RunOptions & { user?: 'root' | 'ops' } = {}): Promise<string> {
    const result = await this.run(argv, options)
    if (result.status === 0) return result.stdout
    throw new Error(`${argv.join(' ')} ended with ${result.status} on ${this.name}: ${result.stderr.trim()}`)
  }

  /** Clean power-off by the guest's own init; falls back to pulling the plug after `timeoutMs` (default 60 s). */
  async powerOff(options: StartOptions = {}): Promise<void> {
    if (this.qemu === undefined) return
    const { exited } = this
    // A guest that is still booting has nobody to ask, and nothing to lose.
    if (this.serial !== undefined && this.serial.readyCount > 0) {
      void this.run(['poweroff'], { timeoutMs: 20_000 }).catch(() => undefined) // it may go before it answers
      await within(exited, options.timeoutMs ?? 60_000, options.signal).catch(() => undefined)
    }
    await this.kill()
  }

  /** Pulls the plug: what the guest had not yet written is lost, as in a power failure. */
  async kill(): Promise<void> {
    this.qemu?.kill('SIGKILL')
    await this.exited
  }

  /** Clean power-off, then power on with the same files, port and identity. */
  async reboot(options: StartOptions = {}): Promise<void> {
    await this.powerOff(options)
    await this.powerOn(options)
  }

  /** Gives the guest another host key, as if the host had been installed anew; SSH answers with it on return. */
  async replaceHostKey(options: StartOptions = {}): Promise<void> {
    const { dropbear, openssh, publicKey, fingerprint } = createHostKey()
    const isFull = this.spec.kind === 'full'
    const path = `/var/lib/lab/${isFull ? 'ssh_host_ed25519_key' : 'dropbear_ed25519_host_key'}`
    const restart = isFull ? 'systemctl restart ssh' : 'kill "$(cat /run/dropbear.pid)"'
    const script = `umask 077; base64 -d > "$1.new" && mv "$1.new" "$1" && sync && ${restart}`
    const key = isFull ? Buffer.from(openssh) : dropbear
    await this.text(['sh', '-c', script, 'sh', path], { stdin: key.toString('base64') })
    await this.remember({ hostKey: { publicKey, fingerprint } })
    this.forgetConnections()
    // The server starts again, which takes a moment; until then nobody listens.
    const deadline = Date.now() + (options.timeoutMs ?? 60_000)
    for (;;) {
      options.signal?.throwIfAborted()
      const answered = await this.run(['true']).then(
        () => undefined,
        (error: unknown) => error,
      )
      if (answered === undefined) return
      if (Date.now() > deadline) throw answered
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }

  private async boot(deadline: number, signal?: AbortSignal): Promise<void> {
    for (;;) {
      const port = await this.choosePort(deadline)
      const refused = await this.launch(port, deadline, signal)
      if (refused === undefined) return this.remember({ port })
      // Somebody took the port between our look and QEMU's.
      if (!refused.includes('Could not set up host forwarding rule') || Date.now() > deadline) {
        throw new Error(explain(this.name, refused))
      }
    }
  }

  /** Starts QEMU and waits until SSH listens; returns QEMU's own words if it ended instead. */
  private async launch(port: number, deadline: number, signal?: AbortSignal): Promise<string | undefined> {
    const { spec, image, rootDisk, files, record, accelerator } = this.parts
    await rename(files.console, `${files.console}.previous`).catch(() => undefined)
    const qemu = await spawnQemu(
      qemuArguments({ spec, image, rootDisk, files, uuid: record.uuid, port, accelerator }),
      this.parts.qemu,
    )
    this.qemu = qemu
    this.serial = new GuestConsole(qemu.stdout, files.console)
    let said = ''
    qemu.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-8192)
    })
    this.exited = new Promise<void>((resolve) => {
      const end = () => {
        this.qemu = undefined
        this.forgetConnections()
        resolve()
      }
      qemu.once('error', (error) => {
        said += error.message
        end()
      })
      qemu.once('close', end)
    })
    const ended = this.exited.then(() => said || 'QEMU ended without a word (killed, or powered off)')
    const ready = this.serial.ready().then(() => undefined)
    return within(Promise.race([ready, ended]), deadline - Date.now(), signal)
  }

  /** The port of the last start, waited for if need be: whoever knows this guest knows it by that port. */
  private async choosePort(deadline: number): Promise<number> {
    const known = this.parts.record.port
    if (known === undefined) return freePort()
    const patience = Math.min(deadline, Date.now() + 5_000)
    while (Date.now() < patience) {
      if (await isFree(known)) return known
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    return freePort()
  }

  private client(user: string): Promise<GuestConnection> {
    const open = this.clients.get(user)
    if (open !== undefined) return open
    if (this.qemu === undefined) return Promise.reject(new Error(`Guest ${this.name} is powered off`))
    const opening = connectGuest({ ...this.ssh, user }, 60_000)
    this.clients.set(user, opening)
    const forget = () => {
      if (this.clients.get(user) === opening) this.clients.delete(user)
    }
    opening.then((client) => client.once('close', forget), forget)
    return opening
  }

  private forgetConnections(): void {
    for (const opening of this.clients.values())
      opening.then(
        (client) => client.destroy(),
        () => {},
      )
    this.clients.clear()
  }

  private async remember(change: Partial<GuestRecord>): Promise<void> {
    Object.assign(this.parts.record, change)
    await writeRecord(this.files, this.parts.record)
  }

  /** Powers off at once and removes every file of this guest. */
  async destroy(): Promise<void> {
    await this.kill()
    await rm(this.files.folder, { recursive: true, force: true })
  }
}

/** Waits for a promise, but no longer than the deadline or the signal allow. */
async function within<T>(promise: Promise<T>, timeoutMs: number, signal?: AbortSignal): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  let onAbort: (() => void) | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`nothing happened within ${Math.round(timeoutMs / 1000)} s`)),
      timeoutMs,
    )
    onAbort = () => reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'))
    signal?.addEventListener('abort', onAbort, { once: true })
    if (signal?.aborted) onAbort()
  })
  try {
    return await Promise.race([promise, limit])
  } finally {
    clearTimeout(timer)
    if (onAbort) signal?.removeEventListener('abort', onAbort)
  }
}

function explain(name: string, said: string): string {
  if (/Failed to get .*lock/i.test(said)) {
    return `Guest ${name} is already running from these files (another lab or demo?). Stop that one first.`
  }
  return `Guest ${name} did not start: ${said.trim()}`
}
