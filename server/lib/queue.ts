import { Logger, runMigrations } from 'graphile-worker'
import type pg from 'pg'
import type { Prisma } from '@/prisma/generated/client'
import type { Queryable } from './pg'

/** What each task of the worker is told; the row it names holds everything else. */
export interface TaskPayloads {
  'probe-host': { hostId: string }
  'plan-device': { planId: string }
  'run-job': { jobId: string }
  'change-policy': { changeId: string }
  rollout: { rolloutId: string }
}
export type TaskName = keyof TaskPayloads

export interface EnqueueOptions {
  /** A message of this key that waits already is replaced: the queue holds at most one. */
  jobKey?: string
  /** Not before this many milliseconds from now, by the database's clock. */
  afterMs?: number
}

/** A Prisma transaction, or anything of `pg` that takes a query. */
export type QueueSink = Pick<Prisma.TransactionClient, '$executeRawUnsafe' | '$queryRawUnsafe'> | Queryable

// One statement for any number: message by message ten thousand of them take seconds.
const enqueueTasks = 'SELECT enqueue_tasks($1::text, $2::text[], $3::text[], $4::float8)'

/**
 * Wakes a worker for `task` when `sink`'s transaction commits. The queue only wakes: a message lost, late or
 * delivered twice changes nothing, because the sweep finds every row that waits. So a queue whose tables do not
 * exist yet (no worker ever started) is no error.
 */
export async function enqueue<T extends TaskName>(
  sink: QueueSink,
  task: T,
  payload: TaskPayloads[T],
  options: EnqueueOptions = {},
): Promise<void> {
  await enqueueAll(sink, task, [{ payload, jobKey: options.jobKey ?? null }], options.afterMs ?? 0)
}

/** As enqueue, for many messages in one statement. */
export async function enqueueAll<T extends TaskName>(
  sink: QueueSink,
  task: T,
  messages: readonly { payload: TaskPayloads[T]; jobKey: string | null }[],
  afterMs = 0,
): Promise<void> {
  if (messages.length === 0) return
  const payloads = messages.map(({ payload }) => JSON.stringify(payload))
  const keys = messages.map(({ jobKey }) => jobKey)
  if ('query' in sink) await sink.query(enqueueTasks, [task, payloads, keys, afterMs])
  else await sink.$queryRawUnsafe(enqueueTasks, task, payloads, keys, afterMs)
}

const exists = `SELECT to_regnamespace('graphile_worker') IS NOT NULL AS ready`
const waits = `SELECT 1 FROM graphile_worker.jobs
  WHERE key = $1 AND locked_at IS NULL AND run_at > clock_timestamp() - $2::float8 * interval '1 second'`

/** True while a message of this key waits for its time, or has been due for less than `overdueSeconds`. */
export async function isAwaited(pg: Queryable, jobKey: string, overdueSeconds: number): Promise<boolean> {
  const { rows } = await pg.query<{ ready: boolean }>(exists)
  return rows[0]?.ready === true && (await pg.query(waits, [jobKey, overdueSeconds])).rowCount !== 0
}

/** Makes or upgrades the queue's own tables (schema `graphile_worker`). */
export async function migrateQueue(pgPool: pg.Pool): Promise<void> {
  await runMigrations({ pgPool, logger: quietLogger })
}

/** The queue's chatter is left out: what happens is on the rows, and faults reach the worker's own log. */
export const quietLogger = new Logger(() => () => {})
