import { ENOSPC } from './errno'
import type { FileNode, FolderNode, Node } from './tree'

/** An open file description: what fork shares, and what flock(2) belongs to. */
export interface Description {
  path: string
  node: Node
  refs: number
  /** The file whose lock this description holds. */
  locked: Inode | null
  /** Set by a write to the watched file, until it was waited for. */
  changed: boolean
  wake: (() => void) | null
}

/** What a power failure leaves of that which was not fsynced; without it, nothing. */
export interface Survival {
  /** Whether the name is as it was last, rather than as the folder was last fsynced. */
  keepsName(path: string): boolean
  /** How many bytes of the file are there, of those fsynced and those written. */
  keepsLength(path: string, fsynced: number, written: number): number
}

/** How much there is to write to; shared by all files of a disk. */
export class Space {
  freeBytes = Number.POSITIVE_INFINITY

  take(bytes: number): number {
    if (bytes > this.freeBytes) return ENOSPC
    this.freeBytes -= bytes
    return 0
  }
}

export class Inode implements FileNode {
  readonly kind = 'file'
  /** What fsync has brought to the disk. */
  private durable: string
  lock: Description | null = null
  readonly watchers = new Set<Description>()
  allocatedBytes = 0

  constructor(
    public text: string,
    public mode: number,
    readonly uid: number,
    private readonly space: Space,
    isDurable: boolean,
  ) {
    this.durable = isDurable ? text : ''
  }

  read(): string {
    return this.text
  }

  /** Over what is there, from the beginning, without cutting off the rest. */
  write(value: string): number {
    return this.replace(value + this.text.slice(value.length))
  }

  append(value: string): number {
    return this.replace(this.text + value)
  }

  allocate(bytes: number): number {
    const errno = this.space.take(bytes)
    if (errno === 0) this.allocatedBytes += bytes
    return errno
  }

  fsync(): void {
    this.durable = this.text
  }

  get isSettled(): boolean {
    return this.durable === this.text
  }

  loseUnsynced(path: string, survival: Survival | null): void {
    this.lock = null
    this.watchers.clear()
    if (survival !== null && this.text.startsWith(this.durable)) {
      const length = survival.keepsLength(path, this.durable.length, this.text.length)
      this.durable = this.text.slice(0, Math.max(length, this.durable.length))
    }
    this.text = this.durable
  }

  /** Gives its space back, once its last name is gone. */
  release(): void {
    this.space.freeBytes += this.text.length + this.allocatedBytes
    this.allocatedBytes = 0
  }

  private replace(text: string): number {
    const errno = this.space.take(text.length - this.text.length)
    if (errno !== 0) return errno
    this.text = text
    for (const watcher of this.watchers) {
      watcher.changed = true
      watcher.wake?.()
    }
    return 0
  }
}

/** A folder of a filesystem that keeps what is fsynced. */
export class DiskFolder implements FolderNode {
  readonly kind = 'directory'
  private entries = new Map<string, Node>()
  /** The names as they were last fsynced; null while nothing has changed since. */
  private durable: Map<string, Node> | null = null

  constructor(
    public mode: number,
    readonly uid: number,
  ) {}

  names(): string[] {
    return [...this.entries.keys()]
  }

  child(name: string): Node | null {
    return this.entries.get(name) ?? null
  }

  set(name: string, node: Node): void {
    this.remember()
    this.entries.set(name, node)
  }

  delete(name: string): boolean {
    this.remember()
    return this.entries.delete(name)
  }

  /** The names in it are on the disk from here on. */
  fsync(): void {
    this.durable = null
  }

  /** As a filesystem that is unmounted in order: all of it is on the disk. */
  sync(): void {
    this.durable = null
    for (const node of this.entries.values()) {
      if (node instanceof DiskFolder) node.sync()
      else if (node instanceof Inode) {
        node.fsync()
        node.lock = null
        node.watchers.clear()
      }
    }
  }

  loseUnsynced(path: string, survival: Survival | null): void {
    if (this.durable !== null) {
      const lost = this.entries
      this.entries = this.durable
      this.durable = null
      if (survival !== null) {
        for (const name of new Set([...lost.keys(), ...this.entries.keys()])) {
          if (lost.get(name) === this.entries.get(name) || !survival.keepsName(`${path}/${name}`)) continue
          const node = lost.get(name)
          if (node === undefined) this.entries.delete(name)
          else this.entries.set(name, node)
        }
      }
    }
    for (const [name, node] of this.entries) {
      if (node instanceof DiskFolder || node instanceof Inode) node.loseUnsynced(`${path}/${name}`, survival)
    }
  }

  private remember(): void {
    this.durable ??= new Map(this.entries)
  }
}
