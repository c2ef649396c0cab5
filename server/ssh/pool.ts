import { createHash } from 'node:crypto'
import { Connection } from './connection'
import { stopped } from './contact-errors'
import type { SshTarget } from './target'

export interface PoolOptions {
  /** Until authenticated. */
  connectMs: number
  /** A connection nobody uses is closed after this. */
  idleMs: number
}

interface Entry {
  opening: Promise<Connection>
  users: number
  idle: NodeJS.Timeout | undefined
}

/** One connection a host, shared by all calls to it, closed when idle. */
export class SshPool {
  private readonly entries = new Map<string, Entry>()
  private closed = false

  constructor(private readonly options: PoolOptions) {}

  /**
   * Runs `work` on the host's connection, opening it if need be. Rejects with ContactError when there is none to
   * be had; a connection that was lost meanwhile is replaced on the next call.
   */
  async use<T>(
    target: SshTarget,
    signal: AbortSignal,
    work: (connection: Connection) => Promise<T>,
  ): Promise<T> {
    if (this.closed) throw new Error('The SSH pool is closed.')
    if (signal.aborted) throw stopped(target, signal)
    const key = identityOf(target)
    const entry = await this.entry(key, target)
    entry.users += 1
    clearTimeout(entry.idle)
    try {
      return await work(await abortable(entry.opening, target, signal))
    } finally {
      entry.users -= 1
      if (entry.users === 0 && this.entries.get(key) === entry) {
        entry.idle = setTimeout(() => this.drop(key, entry), this.options.idleMs)
        entry.idle.unref()
      }
    }
  }

  /** How many connections stand; for tests and metrics. */
  get size(): number {
    return this.entries.size
  }

  /** Closes every connection; running calls end with `lost_contact`. */
  async close(): Promise<void> {
    this.closed = true
    const entries = [...this.entries.entries()]
    for (const [key, entry] of entries) this.drop(key, entry)
    await Promise.allSettled(entries.map(([, entry]) => entry.opening))
  }

  private async entry(key: string, target: SshTarget): Promise<Entry> {
    const known = this.entries.get(key)
    if (known !== undefined) {
      const connection = await known.opening.catch(() => null)
      if (connection?.isOpen) return known
      if (this.entries.get(key) === known) this.entries.delete(key)
      return this.entry(key, target)
    }
    // Not the caller's signal: others may be waiting for the same connection by the time it aborts.
    const opening = Connection.open(target, {
      connectMs: this.options.connectMs,
      signal: AbortSignal.timeout(this.options.connectMs + 1_000),
    })
    const entry: Entry = { opening, users: 0, idle: undefined }
    this.entries.set(key, entry)
    opening.catch(() => {
      if (this.entries.get(key) === entry) this.entries.delete(key)
    })
    return entry
  }

  private drop(key: string, entry: Entry): void {
    clearTimeout(entry.idle)
    if (this.entries.get(key) === entry) this.entries.delete(key)
    entry.opening.then(
      (connection) => connection.close(),
      () => {},
    )
  }
}

/** Whatever makes a connection another one: address, account, key, and what is trusted. */
function identityOf(target: SshTarget): string {
  const { hostId, address, port, username, privateKey, trustedKeys } = target
  const parts = [hostId, address, port, username, privateKey, ...trustedKeys.map((key) => key.publicKey)]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

function abortable<T>(promise: Promise<T>, target: SshTarget, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(stopped(target, signal))
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
