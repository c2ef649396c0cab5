import type { Description, Inode } from './disk'
import { EBADF } from './errno'

/** What a process reads and says its lines through. */
export interface Stdio {
  lines: string[]
  ended: boolean
  wake: (() => void) | null
  /** False once nobody reads any more. */
  out(line: string): boolean | Promise<boolean>
}

/** A program and its arguments, as spawn and fork make them. */
export interface ProcessOptions {
  pid: number
  parent: ModelProcess | null
  /** What ps shows. */
  name: string
  uid: number
  /** The login session it is in, as logind counts: what is killed with it. 0 is none. */
  scope: number
  stdio: Stdio | null
  /** A descriptor 0 that is shared with another process. */
  stdin: Description | null
  environment: Record<string, string>
}

const never = <T>() => new Promise<T>(() => {})

/** One process of a modelled host: descriptors, children, and an end that frees what it held. */
export class ModelProcess {
  readonly pid: number
  readonly name: string
  readonly uid: number
  readonly scope: number
  readonly stdio: Stdio | null
  readonly environment: Record<string, string>
  readonly descriptors = new Map<number, Description>()
  /** Exit status of each child that ended; null when a signal ended it. */
  readonly ended = new Map<number, number | null>()
  readonly children = new Set<number>()
  private readonly parent: ModelProcess | null
  private readonly timers = new Set<() => void>()
  private readonly listeners: ((status: number | null) => void)[] = []
  private alive = true
  private status: number | null = null
  private killed = false
  /** Calls that the kernel does not let go of before they are done. */
  private inKernel = 0
  private nextDescriptor = 3

  constructor(
    { pid, parent, name, uid, scope, stdio, stdin, environment }: ProcessOptions,
    private readonly world: { timer(ms: number, call: () => void): () => void },
    private readonly onEnd: (process: ModelProcess) => void,
  ) {
    this.pid = pid
    this.parent = parent
    this.name = name
    this.uid = uid
    this.scope = scope
    this.stdio = stdio
    this.environment = environment
    parent?.children.add(pid)
    if (stdin !== null) this.share(0, stdin)
  }

  get isAlive(): boolean {
    return this.alive
  }

  /** Told once, with the exit status; null when a signal or a power failure ended it. */
  whenEnded(listener: (status: number | null) => void): void {
    // It may have been killed at its very first call, before anybody could ask to be told.
    if (!this.alive) listener(this.status)
    else this.listeners.push(listener)
  }

  /** The process ends: its descriptors close, its timers never ring, its promises stay unanswered. */
  end(status: number | null): void {
    if (!this.alive) return
    this.alive = false
    this.status = status
    for (const cancel of this.timers) cancel()
    this.timers.clear()
    for (const fd of [...this.descriptors.keys()]) this.close(fd)
    if (this.parent !== null) {
      this.parent.children.delete(this.pid)
      if (this.parent.alive) this.parent.ended.set(this.pid, status)
    }
    this.onEnd(this)
    for (const listener of this.listeners) listener(status)
  }

  /** SIGKILL. A process in an uninterruptible call ends when that call does. */
  kill(): void {
    if (this.inKernel > 0) this.killed = true
    else this.end(null)
  }

  /** Does work in the kernel that no signal ends. */
  async uninterruptible<T>(work: () => Promise<T>): Promise<T> {
    this.inKernel += 1
    try {
      return await work()
    } finally {
      this.inKernel -= 1
      if (this.killed && this.inKernel === 0) this.end(null)
    }
  }

  /** What was awaited, unless the process is gone by then: then nobody is left to be told. */
  async surviving<T>(awaited: Promise<T>): Promise<T> {
    try {
      const value = await awaited
      return this.alive ? value : await never<T>()
    } catch (error) {
      if (this.alive) throw error
      return never<T>()
    }
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.timer(ms, resolve))
  }

  /** A timer that is called off with the process. */
  timer(ms: number, call: () => void): () => void {
    const cancel = this.world.timer(ms, () => {
      this.timers.delete(cancel)
      call()
    })
    this.timers.add(cancel)
    return () => {
      this.timers.delete(cancel)
      cancel()
    }
  }

  open(path: string, node: Description['node']): number {
    const fd = this.nextDescriptor++
    this.descriptors.set(fd, { path, node, refs: 1, locked: null, changed: false, wake: null })
    return fd
  }

  share(fd: number, description: Description): void {
    description.refs += 1
    this.descriptors.set(fd, description)
  }

  close(fd: number): void {
    const description = this.descriptors.get(fd)
    if (description === undefined) return
    this.descriptors.delete(fd)
    description.refs -= 1
    if (description.refs > 0) return
    const { locked, node } = description
    if (locked !== null && locked.lock === description) locked.lock = null
    if ('watchers' in node) (node as Inode).watchers.delete(description)
  }

  at(fd: number): Description | number {
    return this.descriptors.get(fd) ?? EBADF
  }
}
