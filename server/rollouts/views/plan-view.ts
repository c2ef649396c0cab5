import type { Pool } from 'pg'
import { notFound } from '@/server/lib/domain-error'
import { type RolloutPlanView, rolloutPlanSchema } from './plan-schema'

type Ctx = { pg: Pool }

/** First hosts of a wave that are named. */
const namedHosts = 6

/** Figures of every device that is to be converted, each read out of its stored plan once. */
const planned = `
  planned AS MATERIALIZED (
    SELECT i."hostId", r.wave, r.position, d.kind, h.labels->>(o.policy->>'spreadByLabel') AS "group",
      i."gainBytes" AS gain, i."lostBytes" AS lost, i."memmapBytes" AS memmap,
      p.result#>>'{item,prediction,memmapFrom}' AS "memmapFrom",
      (p.result#>>'{reversible,yes}')::boolean AS reversible, p.result->'hazards' AS hazards
    FROM "RolloutItem" i JOIN "Rollout" o ON o.id = i."rolloutId"
      JOIN "RolloutHost" r ON r."rolloutId" = i."rolloutId" AND r."hostId" = i."hostId"
      JOIN "Device" d ON d.id = i."deviceId" JOIN "Host" h ON h.id = i."hostId" JOIN "Plan" p ON p.id = i."planId"
    WHERE i."rolloutId" = $1 AND i.state NOT IN ('planning', 'excluded'))`

const statement = `
  WITH ${planned},
  sums AS (
    SELECT coalesce(sum(gain), 0)::text AS gain, coalesce(sum(lost), 0)::text AS lost,
      coalesce(sum(memmap) FILTER (WHERE "memmapFrom" = 'normal'), 0)::text AS "memmapNormal",
      coalesce(sum(memmap) FILTER (WHERE "memmapFrom" <> 'normal'), 0)::text AS "memmapDevice",
      count(*) FILTER (WHERE reversible)::int AS "reversibleDevices",
      count(*) FILTER (WHERE NOT reversible)::int AS "irreversibleDevices"
    FROM planned)
  SELECT sums.*,
    (SELECT coalesce(sum("memTotalBytes"), 0)::text FROM "Host"
      WHERE id IN (SELECT "hostId" FROM planned)) AS "memTotal",
    coalesce((SELECT json_agg(k ORDER BY k.devices DESC, k.kind) FROM (
      SELECT kind, count(*) AS devices, sum(gain)::text AS gain FROM planned GROUP BY kind) k), '[]') AS kinds,
    coalesce((SELECT json_agg(z ORDER BY z.devices DESC, z.code) FROM (
      SELECT e->>'code' AS code, count(*) AS devices, count(DISTINCT "hostId") AS hosts, min(e->>'message') AS message
      FROM planned, jsonb_array_elements(hazards) e GROUP BY 1) z), '[]') AS hazards,
    coalesce((SELECT json_agg(w ORDER BY w.wave) FROM (
      SELECT wave, count(DISTINCT "hostId") AS hosts, count(*) AS devices, sum(gain)::text AS gain,
        count(DISTINCT "group") AS groups,
        (SELECT json_agg(named.name) FROM (SELECT h.name FROM "RolloutHost" r JOIN "Host" h ON h.id = r."hostId"
          WHERE r."rolloutId" = $1 AND r.wave = planned.wave ORDER BY r.position LIMIT ${namedHosts}) named) AS "hostNames"
      FROM planned WHERE wave IS NOT NULL GROUP BY wave) w), '[]') AS waves
  FROM sums`

interface Row {
  gain: string
  lost: string
  memmapNormal: string
  memmapDevice: string
  memTotal: string
  reversibleDevices: number
  irreversibleDevices: number
  kinds: { gain: string }[]
  hazards: unknown[]
  waves: { gain: string }[]
}

const leftOutGroups = `
  SELECT 'list' AS stage, e->>'reason' AS reason, count(*)::int AS entries, count(DISTINCT e->>'hostId')::int AS hosts,
    min(e->>'message') AS message, min(e->>'next') AS next
  FROM "Rollout" r, jsonb_array_elements(r.exclusions) e WHERE r.id = $1 GROUP BY 2
  UNION ALL
  SELECT 'plan', coalesce(cause, 'refused'), count(*)::int, count(DISTINCT "hostId")::int, min(message), min(next)
  FROM "RolloutItem" WHERE "rolloutId" = $1 AND state = 'excluded' GROUP BY 2
  ORDER BY 1 DESC, 3 DESC, 2`

/** What a rollout would do, summed over what its hosts have answered so far. */
export async function getRolloutPlan(ctx: Ctx, rolloutId: string): Promise<RolloutPlanView> {
  const [found, sums, leftOut] = await Promise.all([
    ctx.pg.query('SELECT 1 FROM "Rollout" WHERE id = $1', [rolloutId]),
    ctx.pg.query<Row>(statement, [rolloutId]),
    ctx.pg.query(leftOutGroups, [rolloutId]),
  ])
  const [row] = sums.rows
  if (found.rowCount === 0 || row === undefined) throw notFound('rollout')
  const withGain = <T extends { gain: string }>({ gain, ...rest }: T) => ({
    ...rest,
    gainBytes: BigInt(gain),
  })
  return rolloutPlanSchema.parse({
    ...row,
    memTotalBeforeBytes: BigInt(row.memTotal),
    memTotalAfterBytes: BigInt(row.memTotal) + BigInt(row.gain),
    gainBytes: BigInt(row.gain),
    lostBytes: BigInt(row.lost),
    memmapNormalBytes: BigInt(row.memmapNormal),
    memmapDeviceBytes: BigInt(row.memmapDevice),
    kinds: row.kinds.map(withGain),
    waves: row.waves.map(withGain),
    leftOut: leftOut.rows,
  })
}
