import { expireRequests } from '@/server/approvals/withdraw'
import { recordEvent } from '@/server/events/record'
import { statesProbedAgain } from '@/server/hosts/contact-state'
import { giveUpChange, listOpenChanges } from '@/server/kernel-policy/end-change'
import { transactionLimits } from '@/server/lib/service-context'
import { failPlan } from '@/server/plans/record-plan'
import { unservedPoolOf } from '@/server/pools/served'
import { unservedWords } from '@/server/pools/words'
import { listLiveRollouts } from '@/server/rollouts/turn/wake'
import type { WorkerContext } from './context'
import { sweepBatch, sweepJobs } from './sweep-jobs'
import { wakeUnawaited } from './unawaited'

/**
 * Hosts that nobody serves would fill each sweep's share and be found again by the next: others must have their turn. Where
 * there are no pools this is always true.
 */
const someoneServes = (labels: string) => `(pool_of(${labels}) = '' OR pool_is_served(pool_of(${labels})))`

/** Any number that nothing else in this database locks: one sweep at a time, over all workers. */
const sweepLock = 4_213_706_001

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
      await sweepPolicyChanges(ctx)
      await ctx.db.$transaction((tx) => expireRequests(tx, ctx.actor), transactionLimits)
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

async function sweepPlans(ctx: WorkerContext): Promise<void> {
  const { rows } = await ctx.pg.query<{ planId: string; hostId: string; late: boolean }>(
    `SELECT id AS "planId", "hostId", "createdAt" < now() - $1::float8 * interval '1 millisecond' AS late
     FROM "Plan" WHERE state = 'requested' ORDER BY "createdAt" LIMIT $2`,
    [ctx.limits.planGivenUpMs, sweepBatch],
  )
  const unanswered = 'The host did not answer in time.'
  for (const { planId, hostId } of rows.filter((row) => row.late)) {
    const pool = await unservedPoolOf(ctx.pg, hostId)
    if (pool === null) await failPlan(ctx, planId, unanswered, 'Ask again; if it stays so, probe the host.')
    else {
      const { message, next } = unservedWords(pool)
      await failPlan(ctx, planId, message, next)
    }
  }
  const open = rows.filter((row) => !row.late).map(({ planId }) => ({ planId }))
  await wakeUnawaited(ctx.pg, 'plan-device', open, ({ planId }) => planId, ctx.limits.messageLostMs)
}

/** Probes that were asked for and not done, and hosts nobody has looked at for a while. */
async function sweepProbes(ctx: WorkerContext): Promise<void> {
  const asked = await ctx.pg.query<{ hostId: string }>(
    `SELECT id AS "hostId" FROM "Host" WHERE ("probeRequestedAt" IS NOT NULL
       OR "fenceRequestedAt" IS NOT NULL) AND ${someoneServes('labels')} ORDER BY "probeRequestedAt" LIMIT $1`,
    [sweepBatch],
  )
  // A quarantine that no unknown job keeps is ended by a fencing probe, so that a fleet heals by itself: soon, for a
  // worker may have died between the end of the job and that look.
  const stale = await ctx.pg.query<{ hostId: string }>(
    `UPDATE "Host" SET "probeRequestedAt" = now(),
       "fenceRequestedAt" = CASE WHEN "fenceDue" AND state <> 'foreign' THEN now() ELSE "fenceRequestedAt" END
     WHERE id IN (
       SELECT h.id FROM "Host" h WHERE h."probeRequestedAt" IS NULL
         AND h.state::text = ANY($4::text[])
         AND h."updatedAt" < now() - interval '1 millisecond'
           * CASE WHEN h."fenceDue" AND h.state = 'quarantined' THEN least($1::float8, $3::float8) ELSE $1::float8 END
         AND NOT EXISTS (SELECT 1 FROM "Job" j WHERE j."hostId" = h.id AND j."endedAt" IS NULL)
         AND ${someoneServes('h.labels')}
       LIMIT $2)
     RETURNING id AS "hostId"`,
    [ctx.limits.probeIntervalMs, sweepBatch, ctx.limits.lease.ttlMs, statesProbedAgain],
  )
  for (const { hostId } of stale.rows) await recordEvent(ctx.pg, 'host', hostId)
  await wakeUnawaited(
    ctx.pg,
    'probe-host',
    [...asked.rows, ...stale.rows],
    ({ hostId }) => hostId,
    ctx.limits.messageLostMs,
  )
}

/** A rollout whose wake-up was lost, or that waits for a window, a host or a release nobody tells of. */
async function sweepRollouts(ctx: WorkerContext): Promise<void> {
  const live = await listLiveRollouts(ctx.pg, sweepBatch)
  await wakeUnawaited(ctx.pg, 'rollout', live, ({ rolloutId }) => rolloutId, ctx.limits.lease.ttlMs)
}

/** A change of a kernel's policy that nobody was woken for, or that has waited too long to be what somebody wants now. */
async function sweepPolicyChanges(ctx: WorkerContext): Promise<void> {
  const open = await listOpenChanges(ctx.db, ctx.limits.planGivenUpMs, sweepBatch)
  for (const { changeId } of open.filter((change) => change.late)) await giveUpChange(ctx, changeId)
  const waiting = open.filter((change) => !change.late).map(({ changeId }) => ({ changeId }))
  await wakeUnawaited(ctx.pg, 'change-policy', waiting, ({ changeId }) => changeId, ctx.limits.messageLostMs)
}
