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

/** What a child is to write: the same value to each path, in order. */
export interface Writes {
  /** What ps shows of it. */
  name: string
  paths: Iterable<string>
  value: string
  /** Looked for before each write; once it is there the rest is left. */
  stopFile: string | null
}

/** What became of them: the place in `paths` and the errno of each that failed. */
export interface WriteReport {
  failures: [index: number, errno: number][]
  stopped: boolean
}

export interface Ended {
  /** The exit status; null when a signal ended it or it could not be started. */
  status: number | null
  stdout: string
  timedOut: boolean
}

export interface Host {
  readdir(path: string): Promise<string[]>
  /** At most `limitBytes` (64 KiB unless told), decoded as UTF-8. */
  readText(path: string, limitBytes?: number): Promise<string>
  /** The same without an error where there is nothing to read: in QuickJS making one takes longer than the reading. */
  tryReadText(path: string, limitBytes?: number): Promise<string | null>
  tryReadlink(path: string): Promise<string | null>
  /** Whether there is anything of that name, a dangling link included. */
  has(path: string): Promise<boolean>
  /** Many small files at once, trimmed at the end; null for each that cannot be read. For sets of memory blocks. */
  readMany(paths: string[]): Promise<(string | null)[]>
  /** One open(O_WRONLY) and one write(2); the errno, 0 on success. */
  writeOnce(path: string, value: string): Promise<number>
  readlink(path: string): Promise<string>
  lstat(path: string): Promise<FileStatus>
  stat(path: string): Promise<FileStatus>
  /** Whether any entry of the folder leads to the character device of this number. */
  leadsTo(folder: string, rdev: number): Promise<boolean>
  /** The lines of /proc/PID/maps that tell of shared mappings. */
  sharedMaps(pid: string): Promise<string>
  mkdir(path: string, mode: number): Promise<void>
  rename(from: string, to: string): Promise<void>
  remove(path: string): Promise<void>
  symlink(target: string, path: string): Promise<void>
  /**
   * Makes a file that must not be there, of exactly this mode, and brings it to the disk: the text, or with null the
   * bytes of this process's own program, whatever now lies at the path it was started from. Nothing is left where it fails.
   */
  putFile(path: string, mode: number, text: string | null): Promise<void>

  /** Creates a file that must not exist (O_EXCL), mode 0600, for appending. */
  createExclusive(path: string): Promise<Handle>
  /** Opens a file for appending; `create` makes it (0600) when absent. */
  openAppend(path: string, create: boolean): Promise<Handle>
  /** Opens for reading; `readFrom` gives some bytes from an offset on, none at the end. */
  openRead(path: string): Promise<Handle>
  readFrom(handle: Handle, offset: number): Promise<Uint8Array>
  append(handle: Handle, text: string): Promise<void>
  /** Gives the file so many bytes of its filesystem, unwritten; false where that cannot be. Throws without space. */
  allocate(handle: Handle, bytes: number): Promise<boolean>
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
      /** It changes nothing: once it was killed nobody waits for it. */
      readsOnly?: boolean
      /** What it says on stderr is not gathered. */
      dropsErrors?: boolean
    },
  ): Promise<Ended>
  /**
   * Runs a program of the host's own in a session of its own, with this environment and no descriptor but /dev/null
   * and a pipe, of which the last `keepBytes` are told. At its end, and past `killAfterMs`, all that is left of its
   * process group is killed; at this process's death the program is. Values hold no newline.
   */
  runAlone(
    path: string,
    environment: Record<string, string>,
    limits: { killAfterMs: number; keepBytes: number },
  ): Promise<Ended>
  /** SIGKILL; a process that is gone already is no fault. */
  kill(pid: number): Promise<void>
  /**
   * Writes from a child of this process, which holds every descriptor this one has; it is waited for, and `onSlow` told
   * as in `run`. The child is made while `ready` is done, and writes nothing before. Null when it was killed: how far
   * it came only the files tell. A single write is given up when `isDue`, which is asked several times a second: SIGKILL
   * to the child, which the kernel minds where it waits for pages; one that does not is waited for all the same. The
   * child of a single write dies with this process, in the same way.
   */
  writeApart(
    writes: Writes,
    ready: () => Promise<void>,
    slow: { slowAfterMs: number; onSlow: () => Promise<void>; isDue?: () => Promise<boolean> },
  ): Promise<WriteReport | null>
  /**
   * A copy of this process does `work` with `host` and ends with its status; `stdin` is its descriptor 0, the others
   * are /dev/null. The pid, at once.
   */
  fork(name: string, work: (host: Host) => Promise<number>, host: Host, stdin: Handle): Promise<number>
  /** Starts a program with /dev/null as output and does not wait; the pid. */
  start(argv: string[], stdin: Handle): Promise<number>
  /** Whether a started program still runs; else its exit status. */
  poll(pid: number): Promise<{ running: true } | { running: false; status: number | null }>
  setsid(): Promise<void>
  ignoreHangups(): Promise<void>

  /** Milliseconds since boot, suspended time included. */
  uptimeMs(): Promise<number>
  /** Something to wait on for writes to a file; null where the kernel has no more of them to give. */
  watch(path: string): Promise<Handle | null>
  /** Until the watched file was written to, or `timeoutMs` have passed. */
  awaitChange(watch: Handle, timeoutMs: number): Promise<void>
  sleep(ms: number): Promise<void>
  /** SHA-256 of the text's UTF-8, 64 lower-case hex digits. */
  sha256(text: string): Promise<string>
  /** The same of a file's bytes; null when there are more than `limitBytes`. */
  sha256Of(path: string, limitBytes: number): Promise<string | null>
  randomHex(bytes: number): Promise<string>

  /** The next line of stdin without its newline; null at its end, 'timeout' when `timeoutMs` pass first. */
  readLine(timeoutMs: number | null): Promise<{ line: string } | 'eof' | 'timeout' | 'too_long'>
  /** Writes one line to stdout; false once nobody reads any more. */
  out(line: string): Promise<boolean>
  /** This process's own program, in a form that runs the very same file even if its path was replaced. */
  self(): Promise<string>
}
