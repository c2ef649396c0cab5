import type { Pool } from 'pg'
import type { z } from 'zod'
import { type JournalLine, STEPS } from '@/agents/protocol'
import { deriveTimeline } from '@/server/jobs/timeline'
import { endedJobStates, type JobStateName } from '@/server/jobs/vocabulary'
import { notFound } from '@/server/lib/domain-error'
import {
  type hostRunInput,
  hostRunSchema,
  type listHostIdsOutput,
  type listRowsInput,
  listRowsOutput,
  type RolloutHostRun,
  type RowFilter,
} from './progress-schema'
import { outcomeOfHost, troubledHosts, unknownHosts } from './run-sql'

type Ctx = { pg: Pool }

const LETTERS = { done: 'd', running: 'r', failed: 'f', cut_short: 'c' } as const
const ended: ReadonlySet<string> = new Set(endedJobStates)

/** Joins and conditions only as asked for: unfiltered, the list is read without touching hosts, devices or jobs. */
function matching({ rolloutId, text, outcomes, wave, cause }: RowFilter): { sql: string; values: unknown[] } {
  const values: unknown[] = [rolloutId]
  const asked: string[] = []
  const given = (value: unknown) => `$${values.push(value)}`
  if (text.trim() !== '')
    asked.push(`strpos(lower(h.name || ' ' || d."daxName"), lower(${given(text.trim())})) > 0`)
  if (outcomes.length > 0) asked.push(`${outcomeOfHost} = ANY(${given(outcomes)})`)
  if (wave !== null) asked.push(`r.wave = ${given(wave)}`)
  if (cause !== null)
    asked.push(`r."hostId" IN (SELECT "hostId" FROM troubled WHERE cause = ${given(cause)})`)
  const named = 'JOIN "Host" h ON h.id = i."hostId" JOIN "Device" d ON d.id = i."deviceId"'
  const sql = `
  WITH ${unknownHosts}${cause === null ? '' : `, ${troubledHosts}`},
  listed AS MATERIALIZED (
    SELECT i.id, i."hostId", i.position, r.wave, r.position AS "hostPosition"
    FROM "RolloutItem" i
      JOIN "RolloutHost" r ON r."rolloutId" = i."rolloutId" AND r."hostId" = i."hostId"
      ${text.trim() === '' ? '' : named}
    WHERE i."rolloutId" = $1 AND i.state <> 'excluded'${asked.map((condition) => ` AND ${condition}`).join('')})`
  return { sql, values }
}

const columns = `
  i.id, i."hostId", h.name AS "hostName", r.wave, r.state::text AS "hostState", ${outcomeOfHost} AS outcome,
  r.cause AS "hostCause", r."startedAt" AS "hostStartedAt", r."endedAt" AS "hostEndedAt", i."deviceId", d."daxName",
  d.identity, d.kind, i.state::text, i.cause, i.message, i.next, i."retriesUsed", i."retryAt", i."jobId",
  j.state::text AS "jobState", j."stuckSince" IS NOT NULL AS stuck, j."unknownSince", j."startedAt", j."endedAt",
  coalesce(j."predictedBytes"::text, p.result#>>'{item,prediction,usableBytes}') AS "predictedBytes",
  (j."onlineBytesAfter" - coalesce(j."onlineBytesBefore", 0))::text AS "gainedBytes"`
const joins = `
  JOIN "RolloutHost" r ON r."rolloutId" = i."rolloutId" AND r."hostId" = i."hostId"
  JOIN "Host" h ON h.id = i."hostId" JOIN "Device" d ON d.id = i."deviceId"
  LEFT JOIN "Job" j ON j.id = i."jobId" LEFT JOIN "Plan" p ON p.id = i."planId"`

interface Row {
  id: string
  jobId: string | null
  jobState: JobStateName | null
  predictedBytes: string | null
  gainedBytes: string | null
}

/**
 * Devices of a rollout in the order they come, as many as one looks at: a page reads only these again when something
 * happens, whatever the number of hosts. Order and places are those of the frozen list, so pages fit together.
 */
export async function listRows(
  { pg }: Ctx,
  input: z.infer<typeof listRowsInput>,
): Promise<z.infer<typeof listRowsOutput>> {
  const { sql, values } = matching(input)
  const { rows } = await pg.query<Row & { matching: number; matchingHosts: number }>(
    `${sql},
     counted AS (SELECT (SELECT count(*)::int FROM listed) AS matching,
       (SELECT count(*)::int FROM (SELECT DISTINCT "hostId" FROM listed) h) AS "matchingHosts"),
     page AS (SELECT * FROM listed ORDER BY wave NULLS LAST, "hostPosition", position
       LIMIT $${values.length + 1} OFFSET $${values.length + 2})
     SELECT counted.*, ${columns} FROM counted
       LEFT JOIN (page JOIN "RolloutItem" i ON i.id = page.id ${joins}) ON true
     ORDER BY page.wave NULLS LAST, page."hostPosition", page.position`,
    [...values, input.limit, input.offset],
  )
  const [first] = rows
  return listRowsOutput.parse({
    rows: await withSteps(
      pg,
      rows.filter(({ id }) => id !== null),
    ),
    matching: first?.matching ?? 0,
    matchingHosts: first?.matchingHosts ?? 0,
  })
}

/** The hosts that match, in their order: for what is to be done with all of them. */
export async function listHostIds(
  { pg }: Ctx,
  filter: RowFilter,
): Promise<z.infer<typeof listHostIdsOutput>> {
  const { sql, values } = matching(filter)
  const { rows } = await pg.query<{ hostId: string }>(
    `${sql}
     SELECT "hostId" FROM listed GROUP BY "hostId" ORDER BY min(wave) NULLS LAST, min("hostPosition")`,
    values,
  )
  return { hostIds: rows.map(({ hostId }) => hostId) }
}

/** One host's run: its devices, and every job that was made under their plans, retries included. */
export async function readHostRun(
  { pg }: Ctx,
  { rolloutId, hostId }: z.infer<typeof hostRunInput>,
): Promise<RolloutHostRun> {
  const [host, items, jobs] = await Promise.all([
    pg.query(
      `WITH ${unknownHosts}
       SELECT r."hostId", h.name AS "hostName", r.wave, ${outcomeOfHost} AS outcome, r.cause, r."startedAt", r."endedAt",
         r.checked
       FROM "RolloutHost" r JOIN "Host" h ON h.id = r."hostId" WHERE r."rolloutId" = $1 AND r."hostId" = $2`,
      [rolloutId, hostId],
    ),
    pg.query<Row>(
      `WITH ${unknownHosts}
       SELECT ${columns} FROM "RolloutItem" i ${joins}
       WHERE i."rolloutId" = $1 AND i."hostId" = $2 ORDER BY i.position`,
      [rolloutId, hostId],
    ),
    pg.query(
      `SELECT j.id AS "jobId", i.id AS "itemId", d."daxName", d.kind FROM "RolloutItem" i
         JOIN "Job" j ON j."planId" = i."planId" JOIN "Device" d ON d.id = i."deviceId"
       WHERE i."rolloutId" = $1 AND i."hostId" = $2 ORDER BY j."createdAt", j.id`,
      [rolloutId, hostId],
    ),
  ])
  if (host.rows[0] === undefined) throw notFound('host of this rollout')
  return hostRunSchema.parse({ ...host.rows[0], rows: await withSteps(pg, items.rows), jobs: jobs.rows })
}

/** Adds how far each row's job is, from the host's journal as it has arrived and the server's own first step. */
async function withSteps<R extends Row>(pg: Pool, rows: readonly R[]) {
  const jobIds = rows.flatMap(({ jobId }) => (jobId === null ? [] : [jobId]))
  const [contacts, lines] = await Promise.all([
    pg.query<{ jobId: string; state: 'running' | 'done' | 'failed'; startedAt: Date }>(
      `SELECT "jobId", state, "startedAt" FROM "JobStep" WHERE "jobId" = ANY($1) AND name = 'contact'`,
      [jobIds],
    ),
    pg.query<{ jobId: string; line: JournalLine; receivedAt: Date }>(
      `SELECT "jobId", line, "receivedAt" FROM "JobLine"
       WHERE "jobId" = ANY($1) AND line->>'kind' IN ('open', 'step', 'recover') ORDER BY "jobId", number`,
      [jobIds],
    ),
  ])
  const contactOf = new Map(contacts.rows.map((contact) => [contact.jobId, contact]))
  const linesOf = new Map<string, { line: JournalLine; receivedAt: Date }[]>()
  for (const { jobId, ...line } of lines.rows) {
    const known = linesOf.get(jobId)
    if (known === undefined) linesOf.set(jobId, [line])
    else known.push(line)
  }
  return rows.map((row) => {
    const { jobId, jobState, predictedBytes, gainedBytes } = row
    const bytes = {
      predictedBytes: predictedBytes === null ? null : BigInt(predictedBytes),
      gainedBytes: gainedBytes === null ? null : BigInt(gainedBytes),
    }
    if (jobId === null || jobState === null)
      return { ...row, ...bytes, stuck: false, steps: '', stepSince: null }
    const told = linesOf.get(jobId) ?? []
    const { steps } = deriveTimeline(told, ended.has(jobState) && jobState !== 'lost')
    const contact = contactOf.get(jobId)
    const byName = new Map(steps.map((step) => [step.name, step]))
    const letters = STEPS.map((name) =>
      letterOf(name === 'contact' ? contact?.state : byName.get(name)?.state),
    )
    const running = steps.findLast(({ state }) => state === 'running')
    const sinceContact = contact?.state === 'running' ? contact.startedAt : null
    return {
      ...row,
      ...bytes,
      steps: letters.join(''),
      stepSince: running?.startedAt ?? sinceContact,
    }
  })
}

function letterOf(state: keyof typeof LETTERS | undefined): string {
  return state === undefined ? '-' : LETTERS[state]
}
