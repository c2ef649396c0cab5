import { EACCES, ELOOP, ENOENT, ENOTDIR } from './errno'

/** What a path leads to. Files of /proc and /sys make their text when they are read, as the kernel does. */
export interface FileNode {
  kind: 'file'
  mode: number
  uid: number
  /** The text, or the errno of reading it. */
  read(): string | number
  /** One write(2) at its beginning: the errno, 0 on success. Without it nobody may write. */
  write?(value: string): number
  /** For what is no text. */
  bytes?(): Uint8Array
}

export interface FolderNode {
  kind: 'directory'
  mode: number
  uid: number
  names(): string[]
  child(name: string): Node | null
}

export interface LinkNode {
  kind: 'symlink'
  target: string
  /** Where a link of /proc leads that the kernel follows by itself: what it names may be gone or replaced. */
  to?: Node
}

export interface CharNode {
  kind: 'char'
  mode: number
  uid: number
  rdev: number
}

export type Node = FileNode | FolderNode | LinkNode | CharNode

/** A file of one line, as most are in sysfs. */
export function line(read: () => string | number, mode = 0o444, write?: FileNode['write']): FileNode {
  const node: FileNode = {
    kind: 'file',
    mode,
    uid: 0,
    read: () => {
      const text = read()
      return typeof text === 'string' ? `${text}\n` : text
    },
  }
  if (write !== undefined) node.write = write
  return node
}

class FixedFile implements FileNode {
  readonly kind = 'file'
  readonly uid = 0

  constructor(
    private readonly value: string,
    readonly mode: number,
  ) {}

  read(): string {
    return `${this.value}\n`
  }
}

export const fixed = (value: string, mode = 0o444): FileNode => new FixedFile(value, mode)

/** A file that only takes writes. */
export const taker = (write: (value: string) => number): FileNode => ({
  kind: 'file',
  mode: 0o200,
  uid: 0,
  read: () => EACCES,
  write,
})

export const link = (target: string): LinkNode => ({ kind: 'symlink', target })

/** A folder of fixed names; null for what is not there. */
export function folder(children: Record<string, Node | null>, mode = 0o755): FolderNode {
  const there = new Map<string, Node>()
  for (const [name, node] of Object.entries(children)) if (node !== null) there.set(name, node)
  return {
    kind: 'directory',
    mode,
    uid: 0,
    names: () => [...there.keys()],
    child: (name) => there.get(name) ?? null,
  }
}

/** A folder whose names come and go. */
export function living(
  names: () => string[],
  child: (name: string) => Node | null,
  mode = 0o755,
): FolderNode {
  return { kind: 'directory', mode, uid: 0, names, child }
}

/** A folder of the form { 'a/b/c': node }. */
export function nested(paths: Record<string, Node | null>): FolderNode {
  const groups = new Map<string, Record<string, Node | null>>()
  const own: Record<string, Node | null> = {}
  for (const [path, node] of Object.entries(paths)) {
    const at = path.indexOf('/')
    if (at === -1) own[path] = node
    else {
      const group = groups.get(path.slice(0, at)) ?? {}
      group[path.slice(at + 1)] = node
      groups.set(path.slice(0, at), group)
    }
  }
  for (const [name, group] of groups) own[name] = nested(group)
  return folder(own)
}

/** Whether an account may do what the bit says (4 read, 2 write, 1 pass through). Root may. */
export function isAllowed(node: { mode: number; uid: number }, uid: number, bit: number): boolean {
  if (uid === 0) return true
  return ((node.uid === uid ? node.mode >> 6 : node.mode) & bit) !== 0
}

const MOST_LINKS = 40

/**
 * Walks a path as the kernel does: links in every part of it, `..` of where one really is, folders that may be passed
 * through. The last part's own link is followed only when asked. The node, or an errno.
 */
export function walk(root: FolderNode, path: string, uid: number, follow: boolean): Node | number {
  const waiting = path.split('/')
  waiting.reverse()
  let here: Node = root
  const above: Node[] = []
  let links = 0
  while (waiting.length > 0) {
    const part = waiting.pop()
    if (part === undefined || part === '' || part === '.') continue
    if (part === '..') {
      here = above.pop() ?? root
      continue
    }
    if (here.kind !== 'directory') return ENOTDIR
    if (!isAllowed(here, uid, 1)) return EACCES
    const next: Node | null = here.child(part)
    if (next === null) return ENOENT
    if (next.kind !== 'symlink' || (waiting.length === 0 && !follow)) {
      above.push(here)
      here = next
    } else if (next.to !== undefined) {
      above.push(here)
      here = next.to
    } else {
      links += 1
      if (links > MOST_LINKS) return ELOOP
      if (next.target.startsWith('/')) {
        here = root
        above.length = 0
      }
      const parts = next.target.split('/')
      for (let i = parts.length - 1; i >= 0; i--) waiting.push(parts[i] ?? '')
    }
  }
  return here
}
