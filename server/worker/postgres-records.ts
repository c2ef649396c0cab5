import type { JournalLine, PlanItem, RecordedToken } from '@/agents/protocol'
import { Prisma } from '@/prisma/generated/client'
import { recordAudit } from '@/server/audit/record'
import { recordEvent } from '@/server/events/record'
import { recordContactError, recordUnreached } from '@/server/hosts/record-contact-error'
import { recordInspection } from '@/server/hosts/record-probe'
import { markAfter, requestProbe } from '@/server/hosts/request-probe'
import { lockHost, moveHost, reached } from '@/server/hosts/transitions'
import { storableJson } from '@/server/hosts/untrusted'
import { lockHeld } from '@/server/hosts/words'
import { gather } from '@/server/lib/gather'
import { installationId } from '@/server/lib/installation'
import { enqueue } from '@/server/lib/queue'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import { wakeRolloutsOn } from '@/server/rollouts/turn/wake'
import type { LoadedJob } from './loaded-job'
import type { WorkerRecords } from './records'
import { wakeUnawaited } from './unawaited'
import { whileOwned } from './while-owned'

// Each holds the job's row: whoever takes the job over comes wholly before it or wholly after it.
const owned = 'owned AS (SELECT id FROM "Job" WHERE id = $1 AND holder = $2 AND epoch = $3 FOR SHARE)'
const beginContact = `WITH ${owned}
  INSERT INTO "JobStep" ("jobId", name, position, state, detail, "startedAt", "durationMs")
  SELECT id, 'contact', 0, $4, $5, clock_timestamp(), $6::int FROM owned
  ON CONFLICT ("jobId", name) DO UPDATE SET position = 0, state = excluded.state, detail = excluded.detail,
    "startedAt" = excluded."startedAt", "durationMs" = excluded."durationMs"`
// The owner's word stands though no beginning was written: that there is none is no sign of another owner.
const endContact = `WITH ${owned}, ended AS (
  UPDATE "JobStep" s SET state = $4, detail = $5, "durationMs" = $6::int
  FROM owned WHERE s."jobId" = owned.id AND s.name = 'contact')
  SELECT id FROM owned`

const loadJob = `
  SELECT j.id, j."hostId", j.digest, j.attempts, p.result->'item' AS item,
    (SELECT id FROM "Installation") AS "installationId"
  FROM "Job" j JOIN "Plan" p ON p.id = j."planId" WHERE j.id = $1::uuid`

/** The worker's records in Postgres. */
export function createPostgresRecords(ctx: ServiceContext): WorkerRecords {
  const { db, pg, actor } = ctx
  const inTransaction = (work: (tx: Prisma.TransactionClient) => Promise<void>) =>
    db.$transaction(work, transactionLimits)
  return {
    installationId: () => installationId(db),

    async loadJob(jobId) {
      const { rows } = await pg.query<Omit<LoadedJob, 'item'> & { item: PlanItem | null }>(loadJob, [jobId])
      const job = rows[0]
      if (job === undefined) throw new Error(`Job ${jobId} is gone.`)
      if (job.item === null) throw new Error(`Job ${jobId} has a plan without an item.`)
      return { ...job, item: job.item }
    },

    async readHost(hostId) {
      const host = await db.host.findUnique({
        where: { id: hostId },
        select: {
          state: true,
          fenceDue: true,
          probeRequestedAt: true,
          fenceRequestedAt: true,
          adoptFrom: true,
        },
      })
      if (host === null) return null
      return {
        state: host.state,
        fenceDue: host.fenceDue,
        probeRequestedAt: host.probeRequestedAt,
        fenceRequested: host.fenceRequestedAt !== null,
        adoptFrom: host.adoptFrom as unknown as RecordedToken | null,
      }
    },

    async readJournal(jobId) {
      const stored = await db.jobLine.findMany({ where: { jobId }, orderBy: { number: 'asc' } })
      const { journalOffset } = await db.job.findUniqueOrThrow({
        where: { id: jobId },
        select: { journalOffset: true },
      })
      // Stored by the job's journal alone, from lines the agent's client has parsed, under these numbers.
      const lines = stored.map((row) => ({ ...(row.line as unknown as JournalLine), n: row.number }))
      return { lines, offset: journalOffset }
    },

    setJournalOffset: (jobId, token, offset) =>
      whileOwned(ctx, jobId, token, async (tx) => {
        await tx.job.update({ where: { id: jobId }, data: { journalOffset: offset } })
      }),

    async noteContact(jobId, { holder, epoch }, { state, detail, durationMs }) {
      const values = [jobId, holder, epoch, state, detail, durationMs]
      return (await pg.query(state === 'running' ? beginContact : endContact, values)).rowCount === 1
    },

    announceJournal: (jobId) => recordEvent(pg, 'journal', jobId),

    recordAbortSent: (jobId, refused) =>
      inTransaction((tx) =>
        recordAudit(tx, actor, 'job.abort_sent', 'job', jobId, refused === null ? {} : { refused }),
      ),

    recordContactError: (hostId, error, answers) => recordContactError(ctx, hostId, error, answers),
    recordUnreached: (hostId, error) => recordUnreached(ctx, hostId, error),
    recordInspection: (hostId, inspection, read) => recordInspection(ctx, hostId, inspection, read),

    recordHeld: (hostId, jobId, answers) =>
      inTransaction(async (tx) => {
        const host = await lockHost(tx, hostId)
        if (host === null) return
        const marks = { probeRequestedAt: markAfter(host, answers), fenceRequestedAt: null, ...reached() }
        const to = { state: 'quarantined' as const, ...lockHeld(jobId) }
        await moveHost(tx, actor, host, to, { ...marks, fenceDue: true })
      }),

    recordAdoption: ({ hostId, name }, { from, to }, refused) =>
      inTransaction(async (tx) => {
        await tx.host.updateMany({ where: { id: hostId }, data: { adoptFrom: Prisma.DbNull } })
        const detail = { name, from: storableJson(from), to: { ...to } }
        if (refused === null) await recordAudit(tx, actor, 'host.adopted', 'host', hostId, detail)
        else
          await recordAudit(tx, actor, 'host.adopt_refused', 'host', hostId, {
            ...detail,
            why: refused.message,
          })
      }),

    keepForeign: (hostId, said) =>
      inTransaction(async (tx) => {
        const host = await lockHost(tx, hostId)
        if (host?.state !== 'foreign') return
        await moveHost(tx, actor, host, {
          state: 'foreign',
          message: `${host.stateMessage} It was not adopted: ${said.message}`,
          next: said.next,
        })
      }),

    async forgetFenceRequest(hostId) {
      await db.host.updateMany({ where: { id: hostId }, data: { fenceRequestedAt: null } })
    },

    requestProbe: (hostId) => inTransaction((tx) => requestProbe(tx, hostId)),

    async listWaiting(hostId) {
      const waiting = await db.job.findMany({
        where: { hostId, state: { in: ['unknown', 'queued'] } },
        orderBy: [{ state: 'desc' }, { createdAt: 'asc' }],
        select: { id: true, state: true, runAfter: true },
      })
      return waiting.map(({ id, state, runAfter }) => ({
        jobId: id,
        state: state === 'unknown' ? 'unknown' : 'queued',
        dueInMs: runAfter.getTime() - Date.now(),
      }))
    },

    wakeJob: (jobId, afterMs) => enqueue(pg, 'run-job', { jobId }, { jobKey: `run-job:${jobId}`, afterMs }),

    wakeUnawaitedJobs: (jobIds, lostMs) =>
      wakeUnawaited(
        pg,
        'run-job',
        jobIds.map((jobId) => ({ jobId })),
        ({ jobId }) => jobId,
        lostMs,
      ),

    // All hosts of a rollout wake the one message there is of it: each by itself, they wait for one another.
    wakeRolloutsOn: gather((hostIds) => wakeRolloutsOn(pg, hostIds)),
  }
}
