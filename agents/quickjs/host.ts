import * as os from 'os'
import * as shim from 'shim'
import * as std from 'std'
import { type FileStatus, type Handle, type Host, HostError } from '../host'
import { ENOSPC, errnoName } from '../lib/errno'
import { decodeUtf8 } from '../lib/utf8'
import { runAlone } from './alone'
import { fork, writeApart } from './children'
import { awaitReadable, lineReader } from './lines'
import { runProgram } from './programs'
import { writeOnce } from './write-once'

const READ_BYTES = 64 * 1024
/** Read at a time of a journal, which a few of these hold: QuickJS fills every new buffer with zeros. */
const JOURNAL_BYTES = 8 * 1024
const MAPS_BYTES = 16 * 1024 * 1024
const SEEK_SET = 0
const SIGHUP = 1
const SIGKILL = 9

function check(call: string, path: string, result: number): number {
  if (result < 0) throw new HostError(call, path, -result, errnoName(-result))
  return result
}

const KINDS: [number, FileStatus['kind']][] = [
  [os.S_IFREG, 'file'],
  [os.S_IFDIR, 'directory'],
  [os.S_IFLNK, 'symlink'],
  [os.S_IFCHR, 'char'],
  [os.S_IFBLK, 'block'],
]

function status(call: string, path: string, [stat, errno]: [os.Stat | null, number]): FileStatus {
  if (stat === null) throw new HostError(call, path, errno, errnoName(errno))
  const kind = KINDS.find(([bits]) => (stat.mode & os.S_IFMT) === bits)?.[1] ?? 'other'
  return { kind, mode: stat.mode & 0o7777, uid: stat.uid, rdev: stat.rdev }
}

function writeAll(fd: number, path: string, text: string): void {
  check('write', path, shim.writeText(fd, text))
}

/** The text, or -errno. */
function readFile(path: string, limitBytes: number, shared = false): string | number {
  const found = shim.readFile(path, limitBytes, shared)
  return typeof found === 'string' || typeof found === 'number' ? found : decodeUtf8(new Uint8Array(found))
}

/** The Host over QuickJS's std and os and the C shim: what the compiled agent runs on. */
export function quickjsHost(): Host {
  const paths = new Map<Handle, string>()
  const readLine = lineReader(0)
  const nameOf = (handle: Handle) => paths.get(handle) ?? `descriptor ${handle}`
  const opened = (path: string, flags: number): Handle => {
    const fd = check('open', path, os.open(path, flags, 0o600))
    paths.set(fd, path)
    return fd
  }

  return {
    async readdir(path) {
      const [names, errno] = os.readdir(path)
      if (errno !== 0) throw new HostError('readdir', path, errno, errnoName(errno))
      return names.filter((name) => name !== '.' && name !== '..')
    },
    async readText(path, limitBytes = READ_BYTES) {
      const found = readFile(path, limitBytes)
      if (typeof found === 'string') return found
      throw new HostError('read', path, -found, errnoName(-found))
    },
    async tryReadText(path, limitBytes = READ_BYTES) {
      const found = readFile(path, limitBytes)
      return typeof found === 'string' ? found : null
    },
    async tryReadlink(path) {
      const [target, errno] = os.readlink(path)
      return errno === 0 ? target : null
    },
    has: async (path) => os.lstat(path)[0] !== null,
    async readMany(names) {
      return names.map((path) => {
        const found = shim.readFile(path, 4096)
        return typeof found === 'string' ? found.trimEnd() : null
      })
    },
    writeOnce: async (path, value) => writeOnce(path, value),
    async readlink(path) {
      const [target, errno] = os.readlink(path)
      if (errno !== 0) throw new HostError('readlink', path, errno, errnoName(errno))
      return target
    },
    lstat: async (path) => status('lstat', path, os.lstat(path)),
    stat: async (path) => status('stat', path, os.stat(path)),
    async sharedMaps(pid) {
      const path = `/proc/${pid}/maps`
      const found = readFile(path, MAPS_BYTES, true)
      if (typeof found === 'string') return found
      throw new HostError('read', path, -found, errnoName(-found))
    },
    async leadsTo(folder, rdev) {
      return check('readdir', folder, shim.leadsTo(folder, rdev)) === 1
    },
    async mkdir(path, mode) {
      check('mkdir', path, os.mkdir(path, mode))
    },
    async rename(from, to) {
      check('rename', to, os.rename(from, to))
    },
    async remove(path) {
      check('remove', path, os.remove(path))
    },
    async symlink(target, path) {
      check('symlink', path, os.symlink(target, path))
    },
    async putFile(path, mode, text) {
      check('write', path, shim.putFile(path, mode, text))
    },

    createExclusive: async (path) => opened(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL),
    openAppend: async (path, create) => opened(path, os.O_WRONLY | os.O_APPEND | (create ? os.O_CREAT : 0)),
    openRead: async (path) => opened(path, os.O_RDONLY),
    async readFrom(handle, offset) {
      check('seek', nameOf(handle), os.seek(handle, offset, SEEK_SET))
      const buffer = new ArrayBuffer(JOURNAL_BYTES)
      const n = check('read', nameOf(handle), os.read(handle, buffer, 0, JOURNAL_BYTES))
      return new Uint8Array(buffer, 0, n)
    },
    async append(handle, text) {
      writeAll(handle, nameOf(handle), text)
    },
    async allocate(handle, bytes) {
      const result = shim.allocate(handle, bytes)
      if (-result === ENOSPC) throw new HostError('allocate', nameOf(handle), ENOSPC, errnoName(ENOSPC))
      return result >= 0
    },
    async fsync(handle) {
      check('fsync', nameOf(handle), shim.fsync(handle))
    },
    async fsyncDirectory(path) {
      const fd = check('open', path, os.open(path, os.O_RDONLY))
      const result = shim.fsync(fd)
      os.close(fd)
      check('fsync', path, result)
    },
    async close(handle) {
      paths.delete(handle)
      os.close(handle)
    },

    async tryLock(path) {
      const fd = opened(path, os.O_RDWR | os.O_CREAT)
      const result = shim.flock(fd, false)
      if (result >= 0) return fd
      os.close(fd)
      paths.delete(fd)
      // EWOULDBLOCK: another process tree holds it.
      if (result === -11) return null
      throw new HostError('flock', path, -result, errnoName(-result))
    },

    run: runProgram,
    runAlone,
    async kill(pid) {
      os.kill(pid, SIGKILL)
    },
    writeApart,
    fork,
    async watch(path) {
      const fd = shim.watch(path)
      return fd < 0 ? null : fd
    },
    awaitChange: (watch, timeoutMs) => awaitReadable(watch, timeoutMs),
    async start(argv, stdin) {
      const none = check('open', '/dev/null', os.open('/dev/null', os.O_RDWR))
      const pid = os.exec(argv, { block: false, usePath: false, stdin, stdout: none, stderr: none })
      os.close(none)
      return pid
    },
    async poll(pid) {
      const [ended, status] = os.waitpid(pid, os.WNOHANG)
      if (ended === 0) return { running: true }
      return { running: false, status: (status & 0x7f) === 0 ? (status >> 8) & 0xff : null }
    },
    async setsid() {
      // EPERM: it leads a group already, as a systemd unit's process does.
      shim.setsid()
    },
    async ignoreHangups() {
      for (const signal of [SIGHUP, os.SIGINT, os.SIGTERM]) os.signal(signal, undefined)
    },

    sha256: async (text) => shim.sha256(text),
    async sha256Of(path, limitBytes) {
      const found = shim.sha256Of(path, limitBytes)
      if (typeof found !== 'number') return found
      throw new HostError('read', path, -found, errnoName(-found))
    },
    uptimeMs: async () => shim.uptimeMs(),
    sleep: (ms) => new Promise((resolve) => void os.setTimeout(() => resolve(), ms)),
    async randomHex(bytes) {
      const fd = check('open', '/dev/urandom', os.open('/dev/urandom', os.O_RDONLY))
      const random = new ArrayBuffer(bytes)
      const n = os.read(fd, random, 0, bytes)
      os.close(fd)
      if (n !== bytes) throw new HostError('read', '/dev/urandom', 5, 'EIO')
      return Array.from(new Uint8Array(random), (byte) => byte.toString(16).padStart(2, '0')).join('')
    },

    readLine,
    async out(line) {
      try {
        writeAll(1, 'stdout', `${line}\n`)
        return true
      } catch (error) {
        // EPIPE and its like: the reader is gone, and that is the reader's affair.
        if (error instanceof HostError) return false
        throw error
      }
    },
    // The kernel resolves it to the running file itself, whatever now lies at the path it was started from.
    self: async () => '/proc/self/exe',
  }
}

/** Writes go to a reader that may vanish: EPIPE instead of death. To be called before anything else. */
export function ignoreBrokenPipes(): void {
  os.signal(os.SIGPIPE, undefined)
}

export function exit(code: number): never {
  return std.exit(code)
}

export function programArguments(): string[] {
  return scriptArgs.slice(1)
}
