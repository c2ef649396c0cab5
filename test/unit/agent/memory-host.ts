import { createHash } from 'node:crypto'
import {
  type Ended,
  type FileStatus,
  type Handle,
  type Host,
  HostError,
  type WriteReport,
} from '@/agents/host'
import { errnoName } from '@/agents/lib/errno'
import { decodeUtf8, encodeUtf8 } from '@/agents/lib/utf8'

type Answer = Awaited<ReturnType<Host['readLine']>>

interface OpenFile {
  path: string
  isLock: boolean
}

/**
 * A host made of a map of files, for Node. Folders exist where files do. Everything that a test wants to steer is a
 * public field: writes may be given effects or errors, the clock stands still unless somebody sleeps.
 */
export class MemoryHost implements Host {
  readonly files = new Map<string, string>()
  readonly links = new Map<string, string>()
  readonly specials = new Map<string, FileStatus>()
  readonly folders = new Map<string, FileStatus>()
  readonly errors = new Map<string, number>()
  readonly lines: string[] = []
  /** Lines that stdin will give; at its end `atEnd`. */
  input: (() => Answer)[] = []
  atEnd: Answer = 'eof'
  clockMs = 1_000
  lockedBy: Handle | null = null
  /** What a write does to the world; its return value is the errno. */
  onWrite: (path: string, value: string) => number = () => 2
  onAppend: (path: string, text: string) => void = () => {}
  onStart: (argv: string[], lock: Handle) => void = () => {}
  onFork: (work: (host: Host) => Promise<number>) => void = () => {}
  onRun: Host['run'] = async () => ({ status: 127, stdout: '', timedOut: false })
  /** What a hook does, told its path and environment. */
  onRunAlone: (...run: Parameters<Host['runAlone']>) => Promise<Ended> = async () => ({
    status: 127,
    stdout: '',
    timedOut: false,
  })
  private readonly open = new Map<Handle, OpenFile>()
  private nextHandle = 3

  private fail(call: string, path: string, errno: number): never {
    throw new HostError(call, path, errno, errnoName(errno))
  }

  /** Follows links in every part of the path, as the kernel does. */
  private resolve(path: string, depth = 0): string {
    if (depth > 20) this.fail('open', path, 40)
    const parts = path.split('/').filter((part) => part !== '')
    let sofar = ''
    for (const [index, part] of parts.entries()) {
      const here = `${sofar}/${part}`
      const target = this.links.get(here)
      if (target !== undefined) {
        const rest = parts.slice(index + 1).join('/')
        return this.resolve(rest === '' ? target : `${target}/${rest}`, depth + 1)
      }
      sofar = here
    }
    return sofar
  }

  private names(path: string): string[] {
    const prefix = `${path}/`
    const found = new Set<string>()
    for (const map of [this.files, this.links, this.specials, this.folders]) {
      for (const key of map.keys()) {
        if (key.startsWith(prefix)) found.add(key.slice(prefix.length).split('/')[0] ?? '')
      }
    }
    return [...found]
  }

  async readdir(path: string): Promise<string[]> {
    const real = this.resolve(path)
    const refused = this.errors.get(real)
    if (refused !== undefined) this.fail('readdir', path, refused)
    const names = this.names(real)
    if (names.length === 0 && !this.folders.has(real)) this.fail('readdir', path, 2)
    return names
  }

  async readText(path: string, limitBytes = 65536): Promise<string> {
    const real = this.resolve(path)
    const errno = this.errors.get(real)
    if (errno !== undefined) this.fail('open', path, errno)
    const text = this.files.get(real)
    if (text === undefined) this.fail('open', path, 2)
    return decodeUtf8(encodeUtf8(text ?? '').subarray(0, limitBytes))
  }

  tryReadText(path: string, limitBytes?: number): Promise<string | null> {
    return this.readText(path, limitBytes).catch(() => null)
  }

  tryReadlink(path: string): Promise<string | null> {
    return this.readlink(path).catch(() => null)
  }

  has(path: string): Promise<boolean> {
    return this.lstat(path).then(
      () => true,
      () => false,
    )
  }

  async readMany(paths: string[]): Promise<(string | null)[]> {
    const read = (path: string) =>
      this.readText(path).then(
        (text) => text.trimEnd(),
        () => null,
      )
    return Promise.all(paths.map(read))
  }

  async writeOnce(path: string, value: string): Promise<number> {
    const real = this.resolve(path)
    if (!real.startsWith('/sys/')) {
      this.files.set(real, value)
      return 0
    }
    return this.onWrite(real, value)
  }

  async readlink(path: string): Promise<string> {
    const end = path.lastIndexOf('/')
    const real = `${this.resolve(path.slice(0, end))}${path.slice(end)}`
    return this.links.get(real) ?? this.fail('readlink', path, 22)
  }

  private isThere(real: string): boolean {
    const kept = this.files.has(real) || this.specials.has(real) || this.folders.has(real)
    return kept || this.names(real).length > 0
  }

  async lstat(path: string): Promise<FileStatus> {
    if (this.links.has(path)) return { kind: 'symlink', mode: 0o777, uid: 0, rdev: 0 }
    return this.stat(path)
  }

  async stat(path: string): Promise<FileStatus> {
    const real = this.resolve(path)
    const special = this.specials.get(real) ?? this.folders.get(real)
    if (special !== undefined) return special
    if (this.files.has(real)) return { kind: 'file', mode: 0o600, uid: 0, rdev: 0 }
    if (this.names(real).length > 0) return { kind: 'directory', mode: 0o700, uid: 0, rdev: 0 }
    return this.fail('stat', path, 2)
  }

  async leadsTo(folder: string, rdev: number): Promise<boolean> {
    for (const name of await this.readdir(folder)) {
      const status = await this.stat(`${folder}/${name}`).catch(() => null)
      if (status?.kind === 'char' && status.rdev === rdev) return true
    }
    return false
  }

  async sharedMaps(pid: string): Promise<string> {
    const lines = (await this.readText(`/proc/${pid}/maps`)).split('\n')
    return lines.filter((line) => /^\S+ ...s/.test(line)).join('\n')
  }

  async mkdir(path: string, mode: number): Promise<void> {
    const errno = this.errors.get(path) ?? (this.isThere(path) ? 17 : 0)
    if (errno !== 0) this.fail('mkdir', path, errno)
    this.folders.set(path, { kind: 'directory', mode, uid: 0, rdev: 0 })
  }

  async rename(from: string, to: string): Promise<void> {
    const text = this.files.get(from)
    if (text === undefined) this.fail('rename', to, 2)
    this.files.delete(from)
    this.files.set(to, text ?? '')
  }

  async remove(path: string): Promise<void> {
    if (!this.files.delete(path)) this.fail('remove', path, 2)
  }

  async symlink(target: string, path: string): Promise<void> {
    this.links.set(path, target)
  }

  async putFile(path: string, _mode: number, text: string | null): Promise<void> {
    this.files.set(path, text ?? this.files.get('/proc/self/exe') ?? '')
  }

  private handle(path: string, isLock = false): Handle {
    const handle = this.nextHandle++
    this.open.set(handle, { path, isLock })
    return handle
  }

  async createExclusive(path: string): Promise<Handle> {
    if (this.files.has(path)) this.fail('open', path, 17)
    this.files.set(path, '')
    return this.handle(path)
  }

  async openAppend(path: string, create: boolean): Promise<Handle> {
    if (!this.files.has(path)) {
      if (!create) this.fail('open', path, 2)
      this.files.set(path, '')
    }
    return this.handle(path)
  }

  async openRead(path: string): Promise<Handle> {
    const real = path === '/proc/self/exe' ? path : this.resolve(path)
    if (!this.files.has(real)) this.fail('open', path, 2)
    return this.handle(real)
  }

  async readFrom(handle: Handle, offset: number): Promise<Uint8Array> {
    const path = this.open.get(handle)?.path ?? ''
    return encodeUtf8(this.files.get(path) ?? '').subarray(offset, offset + 65536)
  }

  async append(handle: Handle, text: string): Promise<void> {
    const path = this.open.get(handle)?.path ?? ''
    const errno = this.errors.get(path)
    if (errno !== undefined) this.fail('write', path, errno)
    this.onAppend(path, text)
    this.files.set(path, (this.files.get(path) ?? '') + text)
  }

  async allocate(): Promise<boolean> {
    return false
  }

  async fsync(): Promise<void> {}
  async fsyncDirectory(): Promise<void> {}

  async close(handle: Handle): Promise<void> {
    this.open.delete(handle)
    if (this.lockedBy === handle) this.lockedBy = null
  }

  async tryLock(path: string): Promise<Handle | null> {
    if (this.lockedBy !== null) return null
    if (!this.files.has(path)) {
      if (!this.isThere(path.slice(0, path.lastIndexOf('/')))) this.fail('open', path, 2)
      this.files.set(path, '')
    }
    this.lockedBy = this.handle(path, true)
    return this.lockedBy
  }

  run(...args: Parameters<Host['run']>): ReturnType<Host['run']> {
    return this.onRun(...args)
  }

  runAlone(...args: Parameters<Host['runAlone']>): Promise<Ended> {
    return this.onRunAlone(...args)
  }

  async kill(pid: number): Promise<void> {
    for (const path of [...this.files.keys()]) if (path.startsWith(`/proc/${pid}/`)) this.files.delete(path)
  }

  async sha256Of(path: string): Promise<string> {
    return this.sha256(await this.readText(path))
  }

  /** Writes one after the other, as a child would: it can be told apart by nothing but who does it. */
  async writeApart(...[writes, ready]: Parameters<Host['writeApart']>): ReturnType<Host['writeApart']> {
    await ready()
    const report: WriteReport = { failures: [], stopped: false }
    let index = 0
    for (const path of writes.paths) {
      report.stopped = writes.stopFile !== null && this.isThere(writes.stopFile)
      if (report.stopped) break
      const errno = await this.writeOnce(path, writes.value)
      if (errno !== 0) report.failures.push([index, errno])
      index += 1
    }
    return report
  }

  async fork(...[, work]: Parameters<Host['fork']>): Promise<number> {
    this.onFork(work)
    return 4243
  }

  async start(argv: string[], stdin: Handle): Promise<number> {
    this.onStart(argv, stdin)
    return 4242
  }

  async poll(): ReturnType<Host['poll']> {
    return { running: true }
  }

  async setsid(): Promise<void> {}
  async ignoreHangups(): Promise<void> {}

  async uptimeMs(): Promise<number> {
    return this.clockMs
  }

  async watch(path: string): Promise<Handle> {
    return this.handle(path)
  }

  awaitChange(_watch: Handle, timeoutMs: number): Promise<void> {
    return this.sleep(timeoutMs)
  }

  /** Sleeping moves the clock and lets everything else run. */
  async sleep(ms: number): Promise<void> {
    this.clockMs += ms
    await new Promise((resolve) => setImmediate(resolve))
  }

  async sha256(text: string): Promise<string> {
    return createHash('sha256').update(text).digest('hex')
  }

  async randomHex(bytes: number): Promise<string> {
    return 'ab'.repeat(bytes)
  }

  async readLine(timeoutMs: number | null): Promise<Answer> {
    const next = this.input.shift()
    if (next === undefined) {
      if (this.atEnd === 'timeout') this.clockMs += timeoutMs ?? 0
      return this.atEnd
    }
    return next()
  }

  async out(line: string): Promise<boolean> {
    this.lines.push(line)
    return true
  }

  async self(): Promise<string> {
    return '/proc/self/exe'
  }
}
