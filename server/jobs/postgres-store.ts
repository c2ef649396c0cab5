import type pg from 'pg'
import type { Direction } from '@/agents/protocol'
import { type Actor, systemActor } from '@/server/audit/actor'
import { recordAudit } from '@/server/audit/record'
import { recordEvent } from '@/server/events/record'
import { storableJson } from '@/server/hosts/untrusted'
import { createPostgresLeases } from '@/server/leases/postgres'
import type { LeaseToken } from '@/server/leases/store'
import { inTransaction, type Queryable } from '@/server/lib/pg'
import { type JobFacts, whyNotClaimed, whyNotGo, whyNotTakenOver } from './decisions'
import * as sql from './postgres-sql'
import type { JobStateName } from './schema'
import type { JobStore, Orphan, StoredJob } from './store'
import { isEnded, statesBefore } from './transitions'
import {
  cancelledBeforeGo,
  lostWords,
  markedLostWords,
  orphanedAfterGo,
  orphanedBeforeGo,
  recovering,
  unknownNext,
} from './words'

type Moved = { hostId: string }

/** The store on Postgres. Transitions are single statements; their audit row and event share the transaction. */
export function createPostgresStore(pool: pg.Pool): JobStore {
  const workerOf = (token: LeaseToken): Actor => ({ kind: 'worker', id: token.holder })

  return {
    ...createPostgresLeases(pool),

    async readJob(jobId) {
      const { rows } = await pool.query<Omit<StoredJob, 'epoch'> & { epoch: string | null }>(sql.readJob, [
        jobId,
      ])
      const row = rows[0]
      return row === undefined ? null : { ...row, epoch: row.epoch === null ? null : BigInt(row.epoch) }
    },

    async claimJob(jobId, token) {
      try {
        if ((await pool.query(sql.claim, [jobId, token.holder, token.epoch])).rowCount === 1) return 'claimed'
        const facts = await readFacts(pool, jobId, token)
        // Between the two statements the job may have become claimable: the caller is woken again by the sweep.
        return facts === null ? 'missing' : (whyNotClaimed(facts) ?? 'not_due')
      } catch (error) {
        if (breaksOneActivePerHost(error)) return 'host_busy'
        throw error
      }
    },

    takeOver: (jobId, token) =>
      inTransaction(pool, async (tx) => {
        const { rows } = await tx.query<Moved>(sql.takeOver, [jobId, token.holder, token.epoch])
        if (rows[0] !== undefined) {
          const told = await tx.query<{ told: boolean }>(sql.takeOverIsTold, [jobId, token.holder])
          if (told.rows[0]?.told !== true) {
            const detail = { epoch: String(token.epoch) }
            await recordAudit(tx, workerOf(token), 'job.taken_over', 'job', jobId, detail)
          }
          return 'taken'
        }
        const facts = await readFacts(tx, jobId, token)
        return facts === null ? 'missing' : (whyNotTakenOver(facts) ?? 'not_unknown')
      }),

    async advance(jobId, token, to) {
      const values = [jobId, token.holder, token.epoch]
      // From preflight acting is reached by recheckForGo alone.
      if (to !== 'acting')
        return (await pool.query(sql.advance, [...values, to, statesBefore(to)])).rowCount === 1
      return inTransaction(pool, async (tx) => {
        const moved = (await tx.query(sql.regain, values)).rowCount === 1
        if (moved) await record(tx, workerOf(token), jobId, to)
        return moved
      })
    },

    recheckForGo: (jobId, token, digest) =>
      inTransaction(pool, async (tx) => {
        const values = [jobId, token.holder, token.epoch, digest]
        const { rows } = await tx.query<JobFacts & { moved: boolean }>(sql.recheckForGo, values)
        const facts = rows[0]
        if (facts?.moved === true) {
          await audit(tx, workerOf(token), jobId, 'acting', { epoch: String(token.epoch), digest })
          return { go: true }
        }
        // Nothing in the facts stands against it, yet the row did not move: it changed in this instant.
        return { go: false, reason: (facts && whyNotGo(facts)) ?? 'not_preflight' }
      }),

    recheckForRecovery: (jobId, token) =>
      inTransaction(pool, async (tx) => {
        const values = [jobId, token.holder, token.epoch, recovering.forward, recovering.back]
        const { rows } = await tx.query<{ direction: Direction }>(sql.recheckForRecovery, values)
        const direction = rows[0]?.direction ?? null
        if (direction !== null) {
          await record(tx, workerOf(token), jobId, 'acting', { epoch: String(token.epoch), direction })
        }
        return direction
      }),

    setStuck: (jobId, token, stuck) =>
      inTransaction(pool, async (tx) => {
        const write = stuck === null ? null : JSON.stringify(stuck.write)
        const values = [jobId, token.holder, token.epoch, write, stuck?.forMs ?? null]
        const moved = (await tx.query(sql.setStuck, values)).rowCount === 1
        if (moved) await recordEvent(tx, 'job', jobId)
        return moved
      }),

    async appendLines(jobId, token, lines) {
      // A host that sends what Postgres has no form for must not be able to stop its own journal.
      const json = lines.map((line) => JSON.stringify(storableJson(line)))
      const values = [jobId, token.holder, token.epoch, lines.map((line) => line.n), json]
      const { rows } = await pool.query<{ owned: boolean; stored: number }>(sql.appendLines, values)
      return rows[0]?.owned === true ? rows[0].stored : null
    },

    requeue: (jobId, token, afterMs, message) =>
      inTransaction(pool, async (tx) => {
        const values = [jobId, token.holder, token.epoch, afterMs, message, cancelledBeforeGo]
        const { rows } = await tx.query<Moved & { state: JobStateName }>(sql.requeue, values)
        if (rows[0] === undefined) return false
        await record(tx, workerOf(token), jobId, rows[0].state, { message })
        return true
      }),

    markUnknown: (jobId, token, message) =>
      inTransaction(pool, async (tx) => {
        const values = [jobId, token.holder, token.epoch, message, unknownNext]
        const { rows } = await tx.query<Moved & { was: JobStateName }>(sql.markUnknown, values)
        if (rows[0] === undefined) return false
        // A try to attach that failed changed nothing but the message: no line in the audit log every few seconds.
        if (rows[0].was === 'unknown') await recordEvent(tx, 'job', jobId)
        else {
          await record(tx, workerOf(token), jobId, 'unknown', { message })
          await quarantine(tx, workerOf(token), rows[0].hostId, message)
        }
        return true
      }),

    endJob: (jobId, token, ending) =>
      inTransaction(pool, async (tx) => {
        const { rowCount } = await tx.query(sql.end, [
          jobId,
          token.holder,
          token.epoch,
          ending.state,
          ending.message,
          ending.next,
          ending.causeCode,
          ending.onlineBytesAfter ?? null,
          ending.memTotalBytesBefore ?? null,
          ending.memTotalBytesAfter ?? null,
          ending.zoneRead ?? null,
          ending.bootId ?? null,
          statesBefore(ending.state).filter((state) => state !== 'queued'),
        ])
        if (rowCount === 0) return false
        await audit(tx, workerOf(token), jobId, ending.state, { causeCode: ending.causeCode })
        return true
      }),

    requestCancel: (jobId, actor) =>
      inTransaction(pool, async (tx) => {
        const { rows } = await tx.query<Moved & { state: JobStateName }>(sql.cancel, [
          jobId,
          actor.id,
          cancelledBeforeGo,
        ])
        const state = rows[0]?.state
        if (state === undefined) {
          return (await tx.query(sql.readJob, [jobId])).rowCount === 0 ? 'missing' : 'ended'
        }
        await recordAudit(tx, actor, 'job.cancel_requested', 'job', jobId, { state })
        await recordEvent(tx, 'job', jobId)
        if (isEnded(state)) return 'cancelled'
        return state === 'dispatching' || state === 'preflight' ? 'asked_before_go' : 'asked_after_go'
      }),

    releaseOrphans: () =>
      inTransaction(pool, async (tx) => {
        const values = [orphanedAfterGo, orphanedBeforeGo, cancelledBeforeGo, unknownNext]
        const { rows } = await tx.query<Orphan>(sql.releaseOrphans, values)
        for (const { jobId, hostId, state } of rows) {
          await record(tx, systemActor, jobId, state, { message: 'lease expired' })
          if (state === 'unknown') await quarantine(tx, systemActor, hostId, orphanedAfterGo)
        }
        return rows
      }),

    endOverdue: (deadlineMs) =>
      inTransaction(pool, async (tx) => {
        const values = [deadlineMs, lostWords.message, lostWords.next]
        const { rows } = await tx.query<Moved & { jobId: string }>(sql.endOverdue, values)
        for (const { jobId, hostId } of rows) {
          await record(tx, systemActor, jobId, 'lost')
          await quarantine(tx, systemActor, hostId, lostWords.message, lostWords.next)
        }
        return rows.map((row) => row.jobId)
      }),

    markLost: (jobId, actor) =>
      inTransaction(pool, async (tx) => {
        const { message, next } = markedLostWords(actor.id)
        const { rows } = await tx.query<Moved>(sql.markLost, [jobId, message, next])
        if (rows[0] === undefined) {
          return (await tx.query(sql.readJob, [jobId])).rowCount === 0 ? 'missing' : 'not_unknown'
        }
        await record(tx, actor, jobId, 'lost')
        await quarantine(tx, actor, rows[0].hostId, message, next)
        return 'lost'
      }),

    listRunnable: async (limit) => (await pool.query(sql.listRunnable, [limit])).rows,
    listUnattended: async (limit) => (await pool.query(sql.listUnattended, [limit])).rows,
  }
}

function audit(
  tx: Queryable,
  actor: Actor,
  jobId: string,
  state: JobStateName,
  detail: Record<string, string | null> = {},
): Promise<void> {
  return recordAudit(tx, actor, `job.${state}`, 'job', jobId, detail)
}

/** For statements that do not tell of themselves. */
async function record(...[tx, actor, jobId, ...rest]: Parameters<typeof audit>): Promise<void> {
  await audit(tx, actor, jobId, ...rest)
  await recordEvent(tx, 'job', jobId)
}

async function readFacts(tx: Queryable, jobId: string, token: LeaseToken): Promise<JobFacts | null> {
  const { rows } = await tx.query<JobFacts>(sql.readFacts, [jobId, token.holder, token.epoch])
  return rows[0] ?? null
}

async function quarantine(
  tx: Queryable,
  actor: Actor,
  hostId: string,
  message: string,
  next: string = unknownNext,
): Promise<void> {
  const { rows } = await tx.query<{ moved: boolean }>(sql.quarantineHost, [hostId, message, next])
  if (rows[0]?.moved === true) await recordAudit(tx, actor, 'host.quarantined', 'host', hostId, { message })
  await recordEvent(tx, 'host', hostId)
}

function breaksOneActivePerHost(error: unknown): boolean {
  return error instanceof Error && 'constraint' in error && error.constraint === 'Job_one_active_per_host'
}
