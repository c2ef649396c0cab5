import type pg from 'pg'
import { type Log, textOf } from './log'

const everyMs = 5_000

const beat = `INSERT INTO "WorkerHeartbeat" (holder, pool) VALUES ($1, $2)
  ON CONFLICT (holder) DO UPDATE SET "seenAt" = clock_timestamp()`

/** Writes down that this worker lives, until it is stopped; then that it does not. */
export function keepHeartbeat(
  pg: pg.Pool,
  { holder, pool }: { holder: string; pool: string },
  log: Log,
): { stop(): Promise<void> } {
  let running: Promise<unknown> | null = null
  const once = () => {
    running ??= pg
      .query(beat, [holder, pool])
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
      await pg
        .query(
          `DELETE FROM "WorkerHeartbeat" WHERE holder = $1 OR "seenAt" < clock_timestamp() - interval '1 day'`,
          [holder],
        )
        .catch((error: unknown) => log('warn', 'a heartbeat stays behind', { why: textOf(error) }))
    },
  }
}
