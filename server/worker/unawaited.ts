import type pg from 'pg'
import { enqueue, type TaskName, type TaskPayloads } from '@/server/lib/queue'

/**
 * A message that waits will be delivered; one that is locked is being worked on, unless its worker died. So a row is
 * woken again when no message for it waits and none was locked within `lostMs`.
 */
export async function wakeUnawaited<T extends TaskName>(
  pool: pg.Pool,
  task: T,
  payloads: readonly TaskPayloads[T][],
  idOf: (payload: TaskPayloads[T]) => string,
  lostMs: number,
): Promise<void> {
  if (payloads.length === 0) return
  const messages = payloads.map((payload) => ({ key: `${task}:${idOf(payload)}`, payload }))
  const covered = await messagesOn(pool, task, messages, lostMs)
  for (const payload of payloads) {
    const jobKey = `${task}:${idOf(payload)}`
    if (!covered.has(jobKey)) await enqueue(pool, task, payload, { jobKey })
  }
}

/** One that waits under the mark of a pool its host has left is taken by nobody: it counts for none. */
async function messagesOn(
  pool: pg.Pool,
  task: TaskName,
  messages: readonly { key: string; payload: object }[],
  lostMs: number,
): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query<{ key: string }>(
    `SELECT j.key FROM unnest($1::text[], $2::text[]) AS asked(key, payload)
       JOIN graphile_worker.jobs j ON j.key = asked.key
     WHERE (j.locked_at IS NULL AND j.attempts < j.max_attempts
         AND coalesce(j.flags ? ('pool:' || pool_of_message($3, asked.payload::jsonb)), true))
       OR j.locked_at > now() - $4::float8 * interval '1 millisecond'`,
    [messages.map(({ key }) => key), messages.map(({ payload }) => JSON.stringify(payload)), task, lostMs],
  )
  return new Set(rows.map((row) => row.key))
}
