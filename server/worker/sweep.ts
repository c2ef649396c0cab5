import type pg from 'pg'
import { recordEvent } from '@/server/events/record'
import { enqueue, type TaskName } from '@/server/lib/queue'
import { failPlan } from '@/server/plans/record-plan'
import { listLiveRollouts } from '@/server/rollouts/wake'
import type { WorkerContext } from './context'

/** Any number that nothing else in this database locks: one sweep at a time, over all workers. */
const sweepLock = 4_213_706_001

/** Rows one sweep takes up of each kind; the next takes the rest. */
const batch = 500

/**
 * Finds what waits though nobody was woken, and what ran though nobody holds it any more. The queue may lose every
 * message and each worker may die at any moment: this is what makes every row end or be owned. Returns false when
 * another worker is at it.
 */
export async function sweep(ctx: WorkerContext): Promise<boolean> {
  const client = await ctx.pg.connect()
  try {
    const { rows } = await client.query<{ mine: boolean }>('SELECT pg_try_advisory_lock($1) AS mine', [
      sweepLock,
    ])
    if (rows[0]?.mine !== true) return false
    // A worker that stands still in here must not keep the others from it: Postgres ends the session, and so the lock.
    await client.query(`SELECT set_config('idle_session_timeout', $1, false)`, [
      String(ctx.limits.lease.ttlMs),
    ])
    try {
      await sweepJobs(ctx)
      await sweepPlans(ctx)
      await sweepProbes(ctx)
      await sweepRollouts(ctx)
      await client.query(`DELETE FROM "Event" WHERE "createdAt" < now() - interval '1 day'`)
    } finally {
      await client.query('SELECT pg_advisory_unlock($1)', [sweepLock])
      await client.query('RESET idle_session_timeout')
    }
    return true
  } finally {
    client.release()
  }
}

async function sweepJobs(ctx: WorkerContext): Promise<void> {
  for (const orphan of await ctx.store.releaseOrphans()) {
    const { jobId, state } = orphan
    ctx.log('warn', 'a job ran under a lease nobody holds', { jobId, now: state })
    // Its message is still the dead worker's: a new one takes the key, and nobody waits until that is taken for lost.
    if (state !== 'cancelled') await enqueue(ctx.pg, 'run-job', { jobId }, { jobKey: `run-job:${jobId}` })
  }
  for (const jobId of await ctx.store.endOverdue(ctx.limits.unknownDeadlineMs)) {
    ctx.log('warn', 'a job is lost: its outcome did not arrive in time', { jobId })
  }
  const waiting = [...(await ctx.store.listUnattended(batch)), ...(await ctx.store.listRunnable(batch))]
  await wakeWithoutMessage(
    ctx,
    'run-job',
    waiting.map(({ jobId }) => ({ jobId })),
    ({ jobId }) => jobId,
    // Nobody holds a job's host for longer than a lease without saying so: then its message was lost, not slow.
    Math.min(ctx.limits.messageLostMs, ctx.limits.lease.ttlMs),
  )
}

async function sweepPlans(ctx: WorkerContext): Promise<void> {
  const { rows } = await ctx.pg.query<{ planId: string; late: boolean }>(
    `SELECT id AS "planId", "createdAt" < now() - $1::float8 * interval '1 millisecond' AS late
     FROM "Plan" WHERE state = 'requested' ORDER BY "createdAt" LIMIT $2`,
    [ctx.limits.planGivenUpMs, batch],
  )
  const unanswered = 'The host did not answer in time.'
  for (const { planId } of rows.filter((row) => row.late)) {
    await failPlan(ctx, planId, unanswered, 'Ask again; if it stays so, probe the host.')
  }
  const open = rows.filter((row) => !row.late).map(({ planId }) => ({ planId }))
  await wakeWithoutMessage(ctx, 'plan-device', open, ({ planId }) => planId)
}

/** Probes that were asked for and not done, and hosts nobody has looked at for a while. */
async function sweepProbes(ctx: WorkerContext): Promise<void> {
  const asked = await ctx.pg.query<{ hostId: string }>(
    `SELECT id AS "hostId" FROM "Host" WHERE "probeRequestedAt" IS NOT NULL
       OR "fenceRequestedAt" IS NOT NULL ORDER BY "probeRequestedAt" LIMIT $1`,
    [batch],
  )
  // A quarantine that no unknown job keeps is ended by a fencing probe, so that a fleet heals by itself: soon, for a
  // worker may have died between the end of the job and that look.
  // A key under review must not be shown again and again, nor a refused account be locked by our trying.
  const stale = await ctx.pg.query<{ hostId: string }>(
    `UPDATE "Host" SET "probeRequestedAt" = now(),
       "fenceRequestedAt" = CASE WHEN "fenceDue" AND state <> 'foreign' THEN now() ELSE "fenceRequestedAt" END
     WHERE id IN (
       SELECT h.id FROM "Host" h WHERE h."probeRequestedAt" IS NULL
         AND h.state IN ('ready', 'unreachable', 'agent_failed', 'sudo_refused', 'quarantined', 'foreign')
         AND h."updatedAt" < now() - interval '1 millisecond'
           * CASE WHEN h."fenceDue" AND h.state = 'quarantined' THEN least($1::float8, $3::float8) ELSE $1::float8 END
         AND NOT EXISTS (SELECT 1 FROM "Job" j WHERE j."hostId" = h.id AND j."endedAt" IS NULL)
       LIMIT $2)
     RETURNING id AS "hostId"`,
    [ctx.limits.probeIntervalMs, batch, ctx.limits.lease.ttlMs],
  )
  for (const { hostId } of stale.rows) await recordEvent(ctx.pg, 'host', hostId)
  await wakeWithoutMessage(ctx, 'probe-host', [...asked.rows, ...stale.rows], ({ hostId }) => hostId)
}

/** A rollout whose wake-up was lost, or that waits for a window, a host or a release nobody tells of. */
async function sweepRollouts(ctx: WorkerContext): Promise<void> {
  const live = await listLiveRollouts(ctx.pg, batch)
  await wakeWithoutMessage(ctx, 'rollout', live, ({ rolloutId }) => rolloutId, ctx.limits.lease.ttlMs)
}

/**
 * A message that waits will be delivered; one that is locked is being worked on, unless its worker died. So a row is
 * woken again when no message for it waits and none was locked lately.
 */
async function wakeWithoutMessage<T extends TaskName, P extends Parameters<typeof enqueue<T>>[2]>(
  ctx: WorkerContext,
  task: T,
  payloads: readonly P[],
  idOf: (payload: P) => string,
  lostMs = ctx.limits.messageLostMs,
): Promise<void> {
  if (payloads.length === 0) return
  const keys = payloads.map((payload) => `${task}:${idOf(payload)}`)
  const covered = await messagesOn(ctx.pg, keys, lostMs)
  for (const payload of payloads) {
    const jobKey = `${task}:${idOf(payload)}`
    if (!covered.has(jobKey)) await enqueue(ctx.pg, task, payload, { jobKey })
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
