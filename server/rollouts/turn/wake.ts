import type { Queryable } from '@/server/lib/pg'
import { liveRolloutStates } from '../vocabulary'

const wakeLiveOn = `SELECT enqueue_tasks('rollout', array_agg(json_build_object('rolloutId', r.id)::text),
    array_agg('rollout:' || r.id), 0)
  FROM "Rollout" r
  WHERE r.state::text = ANY($2::text[]) AND EXISTS (
    SELECT 1 FROM "RolloutHost" h WHERE h."rolloutId" = r.id AND h."hostId" = ANY($1::uuid[]))
  HAVING count(*) > 0`

/** Something has come to its end on these hosts (a plan, a job, a probe): wakes the rollouts that may wait for it. */
export async function wakeRolloutsOn(pg: Queryable, hostIds: readonly string[]): Promise<void> {
  await pg.query(wakeLiveOn, [hostIds, liveRolloutStates])
}

/** Rollouts a worker should look at now and then, though nobody was woken. */
export async function listLiveRollouts(pg: Queryable, limit: number): Promise<{ rolloutId: string }[]> {
  const { rows } = await pg.query<{ rolloutId: string }>(
    `SELECT id AS "rolloutId" FROM "Rollout" WHERE state::text = ANY($1::text[]) ORDER BY "createdAt" LIMIT $2`,
    [liveRolloutStates, limit],
  )
  return rows
}
