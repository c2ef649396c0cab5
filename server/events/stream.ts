import type { Pool } from 'pg'
import type { EventHub } from './hub'
import { type FleetEvent, RESYNC } from './schema'

/** More than this waiting for one browser, or missed by it, is told as one "read everything again". */
const backlogLimit = 1000
/**
 * Ids are given when a row is written, not when it commits: a transaction that took longer than others appears later
 * under a lower id. What is younger than this is sent again at a reconnect; hearing it twice is harmless.
 */
const lateCommitSeconds = 60

/**
 * Events from `lastEventId` on, then as they happen, until `signal` aborts. The listener is attached before the back-fill
 * is read, so nothing falls between the two. Without a `lastEventId`, or after one too old, it begins with RESYNC.
 */
export async function* streamEvents(
  source: { hub: EventHub; pg: Pool },
  lastEventId: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<FleetEvent> {
  const queue = new EventQueue()
  const end = () => queue.end()
  const unsubscribe = await source.hub.subscribe({ onEvent: (event) => queue.push(event), onClose: end })
  signal.addEventListener('abort', end)
  if (signal.aborted) end()
  try {
    // A hub that closed already: the server is ending, and its pool with it.
    if (queue.ended) return
    for (const event of await backfill(source.pg, lastEventId)) yield event
    while (!queue.ended) {
      const batch = queue.take()
      if (batch === 'overflow') yield await resync(source.pg)
      else if (batch.length === 0) await queue.filled()
      else yield* batch
    }
  } finally {
    signal.removeEventListener('abort', end)
    unsubscribe()
  }
}

/** Bounded, because a browser that reads slowly must not cost the server memory without end. */
class EventQueue {
  private events: FleetEvent[] | 'overflow' = []
  ended = false
  private onFilled: (() => void) | null = null

  push(event: FleetEvent | null): void {
    if (event === null || this.events === 'overflow' || this.events.length >= backlogLimit)
      this.events = 'overflow'
    else this.events.push(event)
    this.wake()
  }

  take(): FleetEvent[] | 'overflow' {
    const taken = this.events
    this.events = []
    return taken
  }

  end(): void {
    this.ended = true
    this.wake()
  }

  /** Resolves at the next push or the end; at once when there is something to take. */
  filled(): Promise<void> {
    if (this.events.length > 0 || this.ended) return Promise.resolve()
    return new Promise((resolve) => {
      this.onFilled = resolve
    })
  }

  private wake(): void {
    this.onFilled?.()
    this.onFilled = null
  }
}

async function backfill(pg: Pool, lastEventId: string | undefined): Promise<FleetEvent[]> {
  if (lastEventId === undefined || !/^\d{1,18}$/.test(lastEventId)) return [await resync(pg)]
  const { rows } = await pg.query<FleetEvent & { oldest: string }>(
    `SELECT id, topic, "subjectId", (SELECT min(id) FROM "Event") AS oldest FROM "Event"
     WHERE id > $1 OR "createdAt" > now() - $2 * interval '1 second'
     ORDER BY id LIMIT $3`,
    [lastEventId, lateCommitSeconds, backlogLimit + 1],
  )
  const oldest = rows[0]?.oldest
  const pruned = oldest === undefined || BigInt(oldest) > BigInt(lastEventId)
  if (pruned || rows.length > backlogLimit) return [await resync(pg)]
  return rows.map(({ id, topic, subjectId }) => ({ id, topic, subjectId }))
}

async function resync(pg: Pool): Promise<FleetEvent> {
  const { rows } = await pg.query<{ head: string }>('SELECT coalesce(max(id), 0) AS head FROM "Event"')
  return { id: rows[0]?.head ?? '0', topic: 'fleet', subjectId: RESYNC }
}
