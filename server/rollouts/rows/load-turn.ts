import { Prisma } from '@/prisma/generated/client'
import { badItemStates } from '../machine/states'
import type { WaveTally } from '../machine/tally'

/** Ids of all hosts of the frozen list that have something to convert. */
export function allHosts(rolloutId: string): Prisma.Sql {
  return Prisma.sql`
    SELECT "hostId" FROM "RolloutHost" WHERE "rolloutId" = ${rolloutId}::uuid AND wave IS NOT NULL`
}

/** Ids of the hosts one turn can concern: as `compact` of machine/tally.ts chooses them. */
export function hostsOfTurn(rolloutId: string, wave: number, waiting: number, checked: number): Prisma.Sql {
  return Prisma.sql`
    WITH listed AS (SELECT * FROM "RolloutHost" WHERE "rolloutId" = ${rolloutId}::uuid AND wave IS NOT NULL)
    SELECT "hostId" FROM listed WHERE state = 'running'
    UNION (SELECT "hostId" FROM listed
      WHERE state = 'pending' AND wave = (SELECT min(wave) FROM listed
        WHERE state IN ('pending', 'running') OR (state = 'succeeded' AND NOT checked))
      ORDER BY position LIMIT ${waiting})
    UNION (SELECT "hostId" FROM listed JOIN "Host" h ON h.id = "hostId"
      WHERE listed.state = 'succeeded' AND NOT checked AND wave = ${wave}
      ORDER BY h."probeRequestedAt" IS NOT NULL, position LIMIT ${checked})`
}

/** All other hosts of the list, counted by wave as machine/tally.ts counts them. */
export function tallyOthers(
  tx: Pick<Prisma.TransactionClient, '$queryRaw'>,
  rolloutId: string,
  hostIds: readonly string[],
): Promise<WaveTally[]> {
  return tx.$queryRaw<WaveTally[]>`
    WITH devices AS (
      SELECT "hostId", count(*) AS devices, count(*) FILTER (WHERE state::text = ANY(${[...badItemStates]})) AS failed
      FROM "RolloutItem"
      WHERE "rolloutId" = ${rolloutId}::uuid AND state NOT IN ('planning', 'planned', 'excluded') GROUP BY "hostId")
    SELECT wave, count(*)::int AS hosts, coalesce(sum(devices), 0)::int AS devices,
      (count(*) FILTER (WHERE state = 'pending'))::int AS pending,
      (count(*) FILTER (WHERE state = 'running'))::int AS running,
      (count(*) FILTER (WHERE state = 'succeeded'))::int AS succeeded,
      (count(*) FILTER (WHERE state = 'succeeded' AND NOT checked))::int AS unchecked,
      (count(*) FILTER (WHERE state = 'unstarted'))::int AS unstarted,
      (count(*) FILTER (WHERE state IN ('failed', 'void', 'cancelled') AND NOT acknowledged))::int AS "notWell",
      (count(*) FILTER (WHERE state = 'failed' AND NOT acknowledged))::int AS "failedHosts",
      coalesce(sum(greatest(1, failed)) FILTER (WHERE state = 'failed' AND NOT acknowledged), 0)::int
        AS "failedDevices"
    FROM "RolloutHost" LEFT JOIN devices USING ("hostId")
    WHERE "rolloutId" = ${rolloutId}::uuid AND wave IS NOT NULL AND NOT ("hostId" = ANY(${[...hostIds]}::uuid[]))
    GROUP BY wave ORDER BY wave`
}
