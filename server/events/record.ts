import type { Prisma } from '@/prisma/generated/client'
import { EVENTS_CHANNEL } from './channel'
import { ACCESS, APPROVALS, type FleetEvent } from './schema'

/** A Prisma transaction, or a `pg` client inside one. */
export type EventSink =
  | Pick<Prisma.TransactionClient, '$executeRawUnsafe'>
  | { query(text: string, values: unknown[]): Promise<unknown> }

// One statement: the rows and their notifications commit together or not at all.
/** Sends what the `event` of insertEvent holds, once the transaction stands: only those rows that are read. */
export const notifyEvents = `SELECT pg_notify('${EVENTS_CHANNEL}', id || ':' || topic || ':' || "subjectId")::text FROM event`
/** `event`, for a WITH: tells of subjects, which may end in a FROM. */
export const insertEvent = (topic: string, subjects: string) => `event AS (
    INSERT INTO "Event" (topic, "subjectId") SELECT ${topic}, ${subjects} RETURNING id, topic, "subjectId")`
const insertAndNotify = `WITH ${insertEvent('$1::text', 'unnest($2::text[])')} ${notifyEvents}`

/**
 * A statement that changes rows and RETURNS their ids, with an event for each in the same breath. It returns a row for
 * each as well. `besides` are further expressions, which may read `moved`.
 */
export function withEvents(
  topic: FleetEvent['topic'],
  statement: string,
  besides: readonly string[] = [],
): string {
  const parts = [`moved AS (${statement})`, ...besides]
  return `WITH ${parts.join(', ')}, ${insertEvent(`'${topic}'`, 'moved.id::text FROM moved')} ${notifyEvents}`
}

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
