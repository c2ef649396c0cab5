import type { Prisma } from '@/prisma/generated/client'
import { EVENTS_CHANNEL } from './channel'
import type { FleetEvent } from './schema'

/** A Prisma transaction, or a `pg` client inside one. */
export type EventSink =
  | Pick<Prisma.TransactionClient, '$executeRawUnsafe'>
  | { query(text: string, values: unknown[]): Promise<unknown> }

// One statement: the row and the notification commit together or not at all.
const insertAndNotify = `
  WITH event AS (
    INSERT INTO "Event" (topic, "subjectId") VALUES ($1, $2) RETURNING id
  )
  SELECT pg_notify('${EVENTS_CHANNEL}', event.id || ':' || $1 || ':' || $2)::text FROM event`

/** Tells every open page that `subjectId` changed, when `tx` commits. Pages refetch; nothing else travels. */
export async function recordEvent(
  tx: EventSink,
  topic: FleetEvent['topic'],
  subjectId: string,
): Promise<void> {
  if ('query' in tx) await tx.query(insertAndNotify, [topic, subjectId])
  else await tx.$executeRawUnsafe(insertAndNotify, topic, subjectId)
}
