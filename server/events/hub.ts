import pg from 'pg'
import { EVENTS_CHANNEL, parseNotification } from './channel'
import type { FleetEvent } from './schema'

export interface EventListener {
  /** Null: some may have been missed, and everything has to be read again. */
  onEvent: (event: FleetEvent | null) => void
  /** The hub closes; nothing comes after. */
  onClose: () => void
}

const heartbeatMs = 20_000
const connectTimeoutMs = 10_000
const retryMs = { first: 200, most: 5_000 }

/**
 * One LISTEN connection for all the streams of this process. It connects when first needed, again whenever it is lost,
 * and then tells every listener that something may have been missed.
 */
export class EventHub {
  private readonly listeners = new Set<EventListener>()
  private listening: Promise<pg.Client> | null = null
  private heartbeat: NodeJS.Timeout | null = null
  private retry: NodeJS.Timeout | null = null
  private current: pg.Client | null = null
  private closed = false

  constructor(private readonly connectionString: string) {}

  /** Resolves once notifications arrive for certain; rejects when Postgres cannot be reached; a closed hub says that it is. The answer unsubscribes. */
  async subscribe(listener: EventListener): Promise<() => void> {
    if (this.closed) {
      listener.onClose()
      return () => {}
    }
    this.listeners.add(listener)
    try {
      await this.connect()
    } catch (error) {
      this.listeners.delete(listener)
      throw error
    }
    return () => void this.listeners.delete(listener)
  }

  /** How many streams listen now. */
  get size(): number {
    return this.listeners.size
  }

  async close(): Promise<void> {
    this.closed = true
    this.clearTimers()
    for (const listener of [...this.listeners]) listener.onClose()
    const client = await this.listening?.catch(() => null)
    this.listening = null
    await client?.end()
  }

  private connect(): Promise<pg.Client> {
    if (this.closed) return Promise.reject(new Error('the event hub is closed'))
    this.listening ??= this.open().catch((error: unknown) => {
      this.listening = null
      throw error
    })
    return this.listening
  }

  private async open(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.connectionString,
      application_name: 'daxfleet events',
      connectionTimeoutMillis: connectTimeoutMs,
      query_timeout: connectTimeoutMs,
      keepAlive: true,
    })
    client.on('notification', (notification) => {
      const event = parseNotification(notification.payload)
      if (event !== null) this.tell(event)
    })
    const onLost = () => this.lost(client)
    client.on('error', onLost)
    client.on('end', onLost)
    await client.connect()
    await client.query(`LISTEN ${EVENTS_CHANNEL}`)
    this.heartbeat = setInterval(() => {
      // A connection that died without a word (a firewall, a pulled cable) is only noticed by asking.
      client.query('SELECT 1').catch(onLost)
    }, heartbeatMs)
    this.heartbeat.unref()
    this.current = client
    return client
  }

  private lost(client: pg.Client): void {
    if (this.current !== client) return
    this.current = null
    this.listening = null
    this.clearTimers()
    client.end().catch(() => {})
    if (!this.closed) this.reconnect(retryMs.first)
  }

  private reconnect(delayMs: number): void {
    this.retry = setTimeout(() => {
      this.connect().then(
        () => this.tell(null),
        () => {
          if (!this.closed) this.reconnect(Math.min(delayMs * 2, retryMs.most))
        },
      )
    }, delayMs)
    this.retry.unref()
  }

  private tell(event: FleetEvent | null): void {
    for (const listener of [...this.listeners]) listener.onEvent(event)
  }

  private clearTimers(): void {
    if (this.heartbeat !== null) clearInterval(this.heartbeat)
    if (this.retry !== null) clearTimeout(this.retry)
    this.heartbeat = null
    this.retry = null
  }
}
