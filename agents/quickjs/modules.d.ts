/** The part of QuickJS 2021-03-27's std and os that the agent uses, and its own C shim. Negative numbers are -errno. */
declare module 'std' {
  export function exit(status: number): never
  export function getenv(name: string): string | undefined
}

declare module 'os' {
  interface Stat {
    mode: number
    uid: number
    rdev: number
  }
  export const O_RDONLY: number
  export const O_WRONLY: number
  export const O_RDWR: number
  export const O_APPEND: number
  export const O_CREAT: number
  export const O_EXCL: number
  export const S_IFMT: number
  export const S_IFCHR: number
  export const S_IFDIR: number
  export const S_IFBLK: number
  export const S_IFREG: number
  export const S_IFLNK: number
  export const SIGPIPE: number
  export const SIGINT: number
  export const SIGTERM: number
  export const WNOHANG: number
  export function open(path: string, flags: number, mode?: number): number
  export function close(fd: number): number
  export function seek(fd: number, offset: number, whence: number): number
  export function read(fd: number, buffer: ArrayBuffer, offset: number, length: number): number
  export function write(fd: number, buffer: ArrayBuffer, offset: number, length: number): number
  export function remove(path: string): number
  export function rename(from: string, to: string): number
  export function symlink(target: string, path: string): number
  export function mkdir(path: string, mode?: number): number
  export function readdir(path: string): [string[], number]
  export function stat(path: string): [Stat | null, number]
  export function lstat(path: string): [Stat | null, number]
  export function readlink(path: string): [string, number]
  export function setReadHandler(fd: number, handler: (() => void) | null): void
  export function setWriteHandler(fd: number, handler: (() => void) | null): void
  export function signal(signal: number, handler: (() => void) | null | undefined): void
  export function kill(pid: number, signal: number): number
  export function setTimeout(handler: () => void, delayMs: number): unknown
  export function clearTimeout(timer: unknown): void
  export function waitpid(pid: number, options: number): [pid: number, status: number]
  export function dup2(fd: number, as: number): number
  export function pipe(): [read: number, write: number] | null
  export function exec(
    args: string[],
    options: {
      block: boolean
      usePath: boolean
      file?: string
      stdin?: number
      stdout?: number
      stderr?: number
      env?: Record<string, string>
    },
  ): number
}

declare module 'shim' {
  export function flock(fd: number, wait: boolean): number
  export function fsync(fd: number): number
  export function allocate(fd: number, bytes: number): number
  export function setsid(): number
  export function fork(name: string, bound?: boolean): number
  export function exitNow(status: number): never
  export function watch(path: string): number
  export function readFile(path: string, limit: number, shared?: boolean): string | ArrayBuffer | number
  export function leadsTo(folder: string, rdev: number): number
  export function sha256(text: string): string
  export function sha256Of(path: string, limit: number): string | null | number
  export function startAlone(path: string, environment: string): [pid: number, output: number] | number
  export function putFile(path: string, mode: number, text: string | null): number
  export function writeText(fd: number, text: string): number
  export function uptimeMs(): number
}

/** The program's arguments, its own name first. */
declare const scriptArgs: string[]
