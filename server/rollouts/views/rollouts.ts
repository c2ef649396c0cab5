import type { Pool } from 'pg'
import type { z } from 'zod'
import { contains } from '@/server/hosts/filter-sql'
import { notFound } from '@/server/lib/domain-error'
import { rolloutPhrase } from '@/server/plans/phrase'
import { rolloutKindOf } from '@/server/plans/vocabulary'
import { policySchema } from '../policy'
import {
  type listItemsInput,
  type listItemsOutput,
  type listRolloutsInput,
  type listRolloutsOutput,
  type RolloutDetail,
  rolloutDetailSchema,
  rolloutItemSchema,
  rolloutRowSchema,
} from '../schema'
import { reasonText } from './words'

type Ctx = { pg: Pool }
type Counts = Record<string, number>

const row = `
  SELECT r.*,
    coalesce((SELECT json_object_agg(state, n) FROM (SELECT state, count(*) AS n FROM "RolloutHost"
      WHERE "rolloutId" = r.id AND (wave IS NOT NULL OR state = 'pending') GROUP BY state) s), '{}') AS "hostsByState",
    coalesce((SELECT json_object_agg(state, n) FROM (SELECT state, count(*) AS n FROM "RolloutItem"
      WHERE "rolloutId" = r.id GROUP BY state) s), '{}') AS "devicesByState"
  FROM "Rollout" r`

interface Row {
  kind: string
  reason: string
  policy: unknown
  wave: number
  state: string
  shareBytes: string | null
  sharePer: string | null
  soakSince: Date | null
  checkSince: Date | null
  hostsByState: Counts
  devicesByState: Counts
}

const shareOf = ({ shareBytes, sharePer: per }: Pick<Row, 'shareBytes' | 'sharePer'>) =>
  shareBytes === null ? null : { bytes: BigInt(shareBytes), per }

/** Rollouts that match, newest first. */
export async function listRollouts(
  ctx: Ctx,
  { search, states, limit, offset }: z.infer<typeof listRolloutsInput>,
): Promise<z.infer<typeof listRolloutsOutput>> {
  const matches = `($1 = '%%' OR r.name ILIKE $1 OR r."createdBy" ILIKE $1 OR r."approvedBy" ILIKE $1)
    AND (cardinality($2::text[]) = 0 OR r.state::text = ANY($2))`
  const parameters = [contains(search.trim()), states]
  const [counts, found] = await Promise.all([
    ctx.pg.query<{ total: number; matching: number }>(
      `SELECT count(*)::int AS total, count(*) FILTER (WHERE ${matches})::int AS matching FROM "Rollout" r`,
      parameters,
    ),
    ctx.pg.query<Row>(`${row} WHERE ${matches} ORDER BY r."createdAt" DESC, r.id LIMIT $3 OFFSET $4`, [
      ...parameters,
      limit,
      offset,
    ]),
  ])
  return {
    rollouts: found.rows.map((each) =>
      rolloutRowSchema.parse({ ...each, share: shareOf(each), reasonText: reasonText(each.reason) }),
    ),
    matching: counts.rows[0]?.matching ?? 0,
    total: counts.rows[0]?.total ?? 0,
  }
}

/** One rollout as its page shows it. Figures come from rows, each of which was written from what a host said. */
export async function getRollout(ctx: Ctx, rolloutId: string): Promise<RolloutDetail> {
  const found = await ctx.pg.query<Row>(`${row} WHERE r.id = $1`, [rolloutId])
  const [each] = found.rows
  if (each === undefined) throw notFound('rollout')
  const [waves, sums, causes] = await Promise.all([
    ctx.pg.query<{ wave: number; hosts: number; hostsByState: Counts }>(
      `SELECT wave, sum(n)::int AS hosts, json_object_agg(state, n) AS "hostsByState" FROM (
         SELECT wave, state, count(*) AS n FROM "RolloutHost" WHERE "rolloutId" = $1 AND wave IS NOT NULL
         GROUP BY wave, state) s GROUP BY wave ORDER BY wave`,
      [rolloutId],
    ),
    ctx.pg.query<Record<'gain' | 'lost' | 'memmap' | 'gained' | 'devices' | 'hosts', string>>(
      `SELECT coalesce(sum(i."gainBytes"), 0)::text AS gain, coalesce(sum(i."lostBytes"), 0)::text AS lost,
         coalesce(sum(i."memmapBytes"), 0)::text AS memmap,
         coalesce(sum(j."onlineBytesAfter" - coalesce(j."onlineBytesBefore", 0)), 0)::text AS gained,
         count(*)::text AS devices, count(DISTINCT i."hostId")::text AS hosts
       FROM "RolloutItem" i LEFT JOIN "Job" j ON j.id = i."jobId"
       WHERE i."rolloutId" = $1 AND i.state NOT IN ('planning', 'excluded')`,
      [rolloutId],
    ),
    ctx.pg.query(
      `SELECT coalesce(cause, state::text) AS cause, state::text, count(*)::int AS devices,
         min(message) AS message, min(next) AS next
       FROM "RolloutItem" WHERE "rolloutId" = $1
         AND state IN ('excluded', 'partial', 'refused', 'failed', 'stranded', 'cancelled', 'lost', 'void')
       GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2`,
      [rolloutId],
    ),
  ])
  const sum = sums.rows[0]
  const gainBytes = BigInt(sum?.gain ?? 0)
  const policy = policySchema.parse(each.policy)
  const soaks = each.state === 'running' && each.soakSince !== null && each.checkSince === null
  return rolloutDetailSchema.parse({
    ...each,
    share: shareOf(each),
    reasonText: reasonText(each.reason),
    policy,
    phrase: rolloutPhrase(
      rolloutKindOf(each),
      Number(sum?.devices),
      Number(sum?.hosts),
      gainBytes < 0n ? -gainBytes : gainBytes,
    ),
    soakEndsAt: soaks ? new Date(Number(each.soakSince) + policy.soakSeconds * 1000) : null,
    checking: each.state === 'running' && each.checkSince !== null,
    waves: waves.rows,
    gainBytes,
    lostBytes: BigInt(sum?.lost ?? 0),
    memmapBytes: BigInt(sum?.memmap ?? 0),
    gainedBytes: BigInt(sum?.gained ?? 0),
    causes: causes.rows,
  })
}

/** Devices of a rollout, in the order they come. */
export async function listItems(
  ctx: Ctx,
  { rolloutId, limit, offset }: z.infer<typeof listItemsInput>,
): Promise<z.infer<typeof listItemsOutput>> {
  const { rows } = await ctx.pg.query<{ total: string }>(
    `SELECT i.id, i."hostId", h.name AS "hostName", r.state::text AS "hostState", r.wave, i."deviceId",
       d."daxName", d.identity, i.state::text, i.cause, i.message, i.next, i."planId", i."jobId", i."retriesUsed",
       count(*) OVER () AS total
     FROM "RolloutItem" i JOIN "RolloutHost" r ON r."rolloutId" = i."rolloutId" AND r."hostId" = i."hostId"
       JOIN "Host" h ON h.id = i."hostId" JOIN "Device" d ON d.id = i."deviceId"
     WHERE i."rolloutId" = $1 ORDER BY r.wave NULLS LAST, r.position, i.position LIMIT $2 OFFSET $3`,
    [rolloutId, limit, offset],
  )
  return { items: rows.map((each) => rolloutItemSchema.parse(each)), total: Number(rows[0]?.total ?? 0) }
}
