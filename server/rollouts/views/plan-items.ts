import type { Pool } from 'pg'
import type { z } from 'zod'
import { contains } from '@/server/hosts/filter-sql'
import {
  type LeftOutInput,
  type leftOutOutput,
  leftOutSchema,
  type PlanItemsInput,
  planItemSchema,
  type planItemsOutput,
} from './plan-schema'

type Ctx = { pg: Pool }

const order = `wave NULLS LAST, "hostPosition", position`
const sorts: Readonly<Record<PlanItemsInput['sort'], (direction: string) => string>> = {
  order: () => order,
  host: (direction) => `"hostName" ${direction}, position`,
  gain: (direction) => `figure ${direction} NULLS LAST, ${order}`,
  lost: (direction) => `figure ${direction} NULLS LAST, ${order}`,
  memmap: (direction) => `figure ${direction} NULLS LAST, ${order}`,
}

const figures: Readonly<Record<PlanItemsInput['sort'], string>> = {
  order: 'NULL::bigint',
  host: 'NULL::bigint',
  gain: 'i."gainBytes"',
  lost: 'i."lostBytes"',
  memmap: 'i."memmapBytes"',
}

interface ItemRow {
  sizeBytes: string
  gainBytes: string | null
  lostBytes: string | null
  memmapBytes: string | null
  matching: string
}

/** Devices of the frozen list that match, with what is planned for each. */
export async function listPlanItems(
  ctx: Ctx,
  { rolloutId, search, state, wave, hazard, sort, direction, limit, offset }: PlanItemsInput,
): Promise<z.infer<typeof planItemsOutput>> {
  const by = sorts[sort](direction === 'desc' ? 'DESC' : 'ASC')
  const { rows } = await ctx.pg.query<ItemRow>(
    `WITH page AS (
       SELECT *, count(*) OVER () AS matching, row_number() OVER (ORDER BY ${by}) AS place FROM (
         SELECT i.id, h.name AS "hostName", r.wave, i.position, r.position AS "hostPosition", ${figures[sort]} AS figure
         FROM "RolloutItem" i JOIN "RolloutHost" r ON r."rolloutId" = i."rolloutId" AND r."hostId" = i."hostId"
           JOIN "Host" h ON h.id = i."hostId" JOIN "Device" d ON d.id = i."deviceId"
           LEFT JOIN "Plan" p ON p.id = i."planId"
         WHERE i."rolloutId" = $1 AND ($2 = '%%' OR h.name ILIKE $2 OR d."daxName" ILIKE $2)
           AND ($3::text IS NULL OR i.state::text = $3) AND ($4::int IS NULL OR r.wave = $4)
           AND ($5::text IS NULL OR p.result->'hazards' @> jsonb_build_array(jsonb_build_object('code', $5::text)))
       ) listed ORDER BY place LIMIT $6 OFFSET $7)
     SELECT page.*, i."planId", i."hostId", i."deviceId", d."daxName", d.kind, d.identity, d."sizeBytes",
       i.state::text, i.message, i.next, i."gainBytes", i."lostBytes", i."memmapBytes", p.result#>>'{item,prediction,memmapFrom}' AS "memmapFrom",
       (p.result#>>'{item,prediction,blockCount}')::int AS "blockCount",
       (p.result#>>'{item,invariants,targetNode}')::int AS "targetNode",
       p.result->'reversible' AS reversible, coalesce(p.result->'hazards', '[]') AS hazards
     FROM page JOIN "RolloutItem" i ON i.id = page.id JOIN "Device" d ON d.id = i."deviceId"
       LEFT JOIN "Plan" p ON p.id = i."planId" ORDER BY place`,
    [rolloutId, contains(search.trim()), state, wave, hazard, limit, offset],
  )
  return {
    items: rows.map((row) =>
      planItemSchema.parse({
        ...row,
        sizeBytes: BigInt(row.sizeBytes),
        gainBytes: toBytes(row.gainBytes),
        lostBytes: toBytes(row.lostBytes),
        memmapBytes: toBytes(row.memmapBytes),
      }),
    ),
    matching: Number(rows[0]?.matching ?? 0),
  }
}

/** What the selector named and is left out, from the list as from the plans, by host and device. */
export async function listLeftOut(
  ctx: Ctx,
  { rolloutId, reason, search, limit, offset }: LeftOutInput,
): Promise<z.infer<typeof leftOutOutput>> {
  const { rows } = await ctx.pg.query<{ matching: string }>(
    `SELECT *, count(*) OVER () AS matching FROM (
       SELECT 'list' AS stage, e->>'hostId' AS "hostId", e->>'hostName' AS "hostName", e->>'deviceId' AS "deviceId",
         e->>'daxName' AS "daxName", e->>'reason' AS reason, e->>'message' AS message, e->>'next' AS next
       FROM "Rollout" r, jsonb_array_elements(r.exclusions) e WHERE r.id = $1
       UNION ALL
       SELECT 'plan', i."hostId"::text, h.name, i."deviceId"::text, d."daxName", coalesce(i.cause, 'refused'),
         i.message, i.next
       FROM "RolloutItem" i JOIN "Host" h ON h.id = i."hostId" JOIN "Device" d ON d.id = i."deviceId"
       WHERE i."rolloutId" = $1 AND i.state = 'excluded'
     ) entry
     WHERE ($2::text IS NULL OR reason = $2) AND ($3 = '%%' OR "hostName" ILIKE $3 OR "daxName" ILIKE $3)
     ORDER BY "hostName", "daxName" LIMIT $4 OFFSET $5`,
    [rolloutId, reason, contains(search.trim()), limit, offset],
  )
  return { entries: rows.map((row) => leftOutSchema.parse(row)), matching: Number(rows[0]?.matching ?? 0) }
}

function toBytes(value: string | null): bigint | null {
  return value === null ? null : BigInt(value)
}
