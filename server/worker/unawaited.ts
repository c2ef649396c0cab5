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
  const keys = payloads.map((payload) => `${task}:${idOf(payload)}`)
  const covered = await messagesOn(pool, keys, lostMs)
  for (const payload of payloads) {
    const jobKey = `${task}:${idOf(payload)}`
    if (!covered.has(jobKey)) await enqueue(pool, task, payload, { jobKey })
  }
}

async function messagesOn(pool: pg.Pool, keys: string[], lostMs: number): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query<{ key: string }>(
    `SELECT key FROM graphile_worker.jobs WHERE key = ANY($1::text[]) AND (
       (locked_at IS NULL AND attempts < max_attempts)
       OR locked_at > now() - $2::float8 * interval '1 millisecond')`,
    [keys, lostMs],
  )
  return new Set(rows.map((row) => row.key))
}
