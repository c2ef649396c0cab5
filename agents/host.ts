/**
 * Everything the agent does to the world goes through this interface, and every call is async: each is a place
 * where the world may change or the process may die, and tests put such things there.
 */

/** A failed call, with the kernel's errno (positive, as in errno(3)). */
export class HostError extends Error {
  constructor(
    readonly call: string,
    readonly path: string,
    readonly errno: number,
    readonly errnoName: string,
  ) {
    super(`${call} ${path}: ${errnoName}`)
  }
}

type FileKind = 'file' | 'directory' | 'symlink' | 'char' | 'block' | 'other'

export interface FileStatus {
  kind: FileKind
  /** Permission bits only, e.g. 0o700. */
  mode: number
  uid: number
  /** Device number of a char or block special file, as the C library packs it. */
  rdev: number
}

/** An open descriptor; opaque to all but the host. */
export type Handle = number

interface Ended {
  /** The exit status; null when a signal ended it or it could not be started. */
  status: number | null
  stdout: string
  timedOut: boolean
}

export interface Host {
  readdir(path: string): Promise<string[]>
  /** At most `limitBytes` (64 KiB unless told), decoded as UTF-8. */
  readText(path: string, limitBytes?: number): Promise<string>
  /** Many small files at once, trimmed at the end; null for each that cannot be read. For sets of memory blocks. */
  readMany(paths: string[]): Promise<(string | null)[]>
  /** One open(O_WRONLY) and one write(2); the errno, 0 on success. */
  writeOnce(path: string, value: string): Promise<number>
  readlink(path: string): Promise<string>
  realpath(path: string): Promise<string>
  lstat(path: string): Promise<FileStatus>
  stat(path: string): Promise<FileStatus>
  mkdir(path: string, mode: number): Promise<void>
  rename(from: string, to: string): Promise<void>
  remove(path: string): Promise<void>

  /** Creates a file that must not exist (O_EXCL), mode 0600, for appending. */
  createExclusive(path: string): Promise<Handle>
  /** Opens a file for appending; `create` makes it (0600) when absent. */
  openAppend(path: string, create: boolean): Promise<Handle>
  /** Opens for reading; `readFrom` gives at most 64 KiB from a byte offset, '' at the end. */
  openRead(path: string): Promise<Handle>
  readFrom(handle: Handle, offset: number): Promise<Uint8Array>
  append(handle: Handle, text: string): Promise<void>
  fsync(handle: Handle): Promise<void>
  fsyncDirectory(path: string): Promise<void>
  close(handle: Handle): Promise<void>

  /** Takes flock(2) on the file without waiting; null when another holds it. */
  tryLock(path: string): Promise<Handle | null>

  /**
   * Runs a program to its end; `stdin` is handed over as descriptor 0 (the lock travels that way). `onSlow` is told
   * once it has taken `slowAfterMs`; past `killAfterMs` it gets SIGKILL, without which it is waited for.
   */
  run(
    argv: string[],
    options: {
      stdin: Handle | null
      slowAfterMs?: number
      onSlow?: () => Promise<void>
      killAfterMs?: number
    },
  ): Promise<Ended>
  /** Starts a program with /dev/null as output and does not wait; the pid. */
  start(argv: string[], stdin: Handle): Promise<number>
  /** Whether a started program still runs; else its exit status. */
  poll(pid: number): Promise<{ running: true } | { running: false; status: number | null }>
  setsid(): Promise<void>
  ignoreHangups(): Promise<void>

  /** Milliseconds since boot, suspended time included. */
  uptimeMs(): Promise<number>
  sleep(ms: number): Promise<void>
  randomHex(bytes: number): Promise<string>

  /** The next line of stdin without its newline; null at its end, 'timeout' when `timeoutMs` pass first. */
  readLine(timeoutMs: number | null): Promise<{ line: string } | 'eof' | 'timeout' | 'too_long'>
  /** Writes one line to stdout; false once nobody reads any more. */
  out(line: string): Promise<boolean>
  /** This process's own program, in a form that runs the very same file even if its path was replaced. */
  self(): Promise<string>
}
