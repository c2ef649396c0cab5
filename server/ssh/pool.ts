import { createHash } from 'node:crypto'
import { deadlineSignal } from '@/server/lib/deadline'
import { Connection } from './connection'
import { abortable, notThrough, stopped } from './contact-errors'
import { ContactError, type SshTarget } from './target'

export interface PoolOptions {
  /** Until authenticated. */
  connectMs: number
  /** A connection nobody uses is closed after this. */
  idleMs: number
}

interface Entry {
  opening: Promise<Connection>
  /** Set once open. */
  connection: Connection | null
  users: number
  idle: NodeJS.Timeout | undefined
}

/** One connection a host, shared by all calls to it, closed when idle. */
export class SshPool {
  private readonly entries = new Map<string, Entry>()
  private readonly closing = new AbortController()

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
    if (signal.aborted || this.closing.signal.aborted) throw stopped(target, signal)
    const key = identityOf(target)
    const entry = this.usableEntry(key) ?? this.open(key, target)
    entry.users += 1
    clearTimeout(entry.idle)
    try {
      return await work(await abortable(entry.opening, target, signal))
    } finally {
      entry.users -= 1
      if (entry.users === 0) this.rest(key, entry)
    }
  }

  /** How many connections stand or are being made; for tests and metrics. */
  get size(): number {
    return this.entries.size
  }

  /** Closes every connection; running calls end with `lost_contact`. */
  async close(): Promise<void> {
    this.closing.abort()
    const entries = [...this.entries.entries()]
    for (const [key, entry] of entries) this.drop(key, entry)
    await Promise.allSettled(entries.map(([, entry]) => entry.opening))
  }

  /** The connection in place, unless it was lost or retired; then whoever still uses it keeps it. */
  private usableEntry(key: string): Entry | undefined {
    const entry = this.entries.get(key)
    return entry?.connection?.isUsable === false ? undefined : entry
  }

  private open(key: string, target: SshTarget): Entry {
    // Not the caller's signal: others may be waiting for the same connection by the time it aborts.
    const opening = this.connect(target)
    const entry: Entry = { opening, connection: null, users: 0, idle: undefined }
    this.entries.set(key, entry)
    opening.then(
      (connection) => {
        entry.connection = connection
      },
      () => this.forget(key, entry),
    )
    return entry
  }

  private connect(target: SshTarget): Promise<Connection> {
    const { connectMs } = this.options
    const signal = deadlineSignal(connectMs * hopsTo(target) + 1_000, this.closing.signal)
    const { via } = target
    return via === undefined
      ? Connection.open(target, { connectMs, signal })
      : this.connectThrough(via, target, { connectMs, signal })
  }

  /** The jump host's own connection, shared like any other, is in use for as long as the one inside stands. */
  private connectThrough(
    via: SshTarget,
    target: SshTarget,
    options: { connectMs: number; signal: AbortSignal },
  ): Promise<Connection> {
    return new Promise((resolve, reject) => {
      let reached = false
      this.use(via, options.signal, async (hop) => {
        reached = true
        const sock = await hop.forward(target, options.signal)
        const connection = await Connection.open(target, { ...options, sock }).catch((error: unknown) => {
          sock.destroy()
          throw error
        })
        resolve(connection)
        await connection.closed
      }).catch((error: unknown) => {
        reject(!reached && error instanceof ContactError ? notThrough(via, target, error) : error)
      })
    })
  }

  /** Nobody uses it: keep it for a while, or let it go when it is no longer the one in place. */
  private rest(key: string, entry: Entry): void {
    if (this.entries.get(key) !== entry || entry.connection?.isUsable === false) this.drop(key, entry)
    else {
      entry.idle = setTimeout(() => this.drop(key, entry), this.options.idleMs)
      entry.idle.unref()
    }
  }

  private drop(key: string, entry: Entry): void {
    clearTimeout(entry.idle)
    this.forget(key, entry)
    entry.opening.then(
      (connection) => connection.close(),
      () => {},
    )
  }

  private forget(key: string, entry: Entry): void {
    if (this.entries.get(key) === entry) this.entries.delete(key)
  }
}

/** Whatever makes a connection another one: address, account, key, what is trusted, and the way there. */
function identityOf(target: SshTarget): string {
  const { hostId, address, port, username, privateKey, agentSocket = null, trustedKeys } = target
  const parts = [
    hostId,
    address,
    port,
    username,
    privateKey,
    agentSocket,
    ...trustedKeys.map((key) => key.publicKey),
    ...(target.via === undefined ? [] : ['through', identityOf(target.via)]),
  ]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

/** How many connections it takes, each of which may need its time. */
function hopsTo(target: SshTarget): number {
  return target.via === undefined ? 1 : 1 + hopsTo(target.via)
}
