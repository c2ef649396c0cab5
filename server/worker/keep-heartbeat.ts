import type pg from 'pg'
import { type Log, textOf } from './log'

const everyMs = 5_000

const beat = `INSERT INTO "WorkerHeartbeat" (holder) VALUES ($1)
  ON CONFLICT (holder) DO UPDATE SET "seenAt" = clock_timestamp()`

/** Writes down that this worker lives, until it is stopped; then that it does not. */
export function keepHeartbeat(pool: pg.Pool, holder: string, log: Log): { stop(): Promise<void> } {
  let running: Promise<unknown> | null = null
  const once = () => {
    running ??= pool
      .query(beat, [holder])
      .catch((error: unknown) => log('warn', 'no heartbeat', { why: textOf(error) }))
      .finally(() => {
        running = null
      })
  }
  once()
  const timer = setInterval(once, everyMs)
  return {
    async stop() {
      clearInterval(timer)
      await running
      await pool
        .query(
          `DELETE FROM "WorkerHeartbeat" WHERE holder = $1 OR "seenAt" < clock_timestamp() - interval '1 day'`,
          [holder],
        )
        .catch((error: unknown) => log('warn', 'a heartbeat stays behind', { why: textOf(error) }))
    },
  }
}
