import type { Prisma } from '@/prisma/generated/client'
import { EVENTS_CHANNEL } from './channel'
import { ACCESS, APPROVALS, type FleetEvent } from './schema'

/** A Prisma transaction, or a `pg` client inside one. */
export type EventSink =
  | Pick<Prisma.TransactionClient, '$executeRawUnsafe'>
  | { query(text: string, values: unknown[]): Promise<unknown> }

// One statement: the rows and their notifications commit together or not at all.
const insertAndNotify = `
  WITH event AS (
    INSERT INTO "Event" (topic, "subjectId")
    SELECT $1::text, unnest($2::text[]) RETURNING id, topic, "subjectId"
  )
  SELECT pg_notify('${EVENTS_CHANNEL}', id || ':' || topic || ':' || "subjectId")::text FROM event`

/** Tells every open page that `subjectId` changed, when `tx` commits. Pages refetch; nothing else travels. */
export async function recordEvent(
  tx: EventSink,
  topic: FleetEvent['topic'],
  subjectId: string,
): Promise<void> {
  await recordEvents(tx, topic, [subjectId])
}

/** As recordEvent, for many subjects in one statement. */
export async function recordEvents(
  tx: EventSink,
  topic: FleetEvent['topic'],
  subjectIds: readonly string[],
): Promise<void> {
  if (subjectIds.length === 0) return
  if ('query' in tx) await tx.query(insertAndNotify, [topic, subjectIds])
  else await tx.$executeRawUnsafe(insertAndNotify, topic, subjectIds)
}

/** Has every page read again what waits for a second person. */
export function tellApprovalsChanged(tx: EventSink): Promise<void> {
  return recordEvent(tx, 'fleet', APPROVALS)
}

/** Has every stream ask again who listens, and every page what it may do. */
export function tellAccessChanged(tx: EventSink): Promise<void> {
  return recordEvent(tx, 'fleet', ACCESS)
}
