import type { Queryable } from '@/server/lib/pg'
import type { FleetCapacity } from './schema'

/** More bands than this nobody can tell apart in a chart. */
const MOST_BANDS = 100

/** Rollouts that ran in a time, the latest where there are many. */
export async function readBands(
  pg: Queryable,
  { from, to }: { from: Date; to: Date },
): Promise<FleetCapacity['bands']> {
  const { rows } = await pg.query<FleetCapacity['bands'][number]>(
    `SELECT id AS "rolloutId", name, state::text, "approvedAt" AS "startedAt", "endedAt" FROM "Rollout"
     WHERE "approvedAt" <= $2 AND ("endedAt" IS NULL OR "endedAt" >= $1)
     ORDER BY "approvedAt" DESC LIMIT ${MOST_BANDS}`,
    [from, to],
  )
  return rows.reverse()
}
