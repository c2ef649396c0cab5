import type { Pool } from 'pg'
import { conditionsToSql, SqlParameters } from '@/server/hosts/filter-sql'
import type { HostCondition } from '@/server/hosts/query'
import { hostsWithStanding } from '@/server/hosts/standing'
import type { CapacityMap } from './schema'
import { FLEET_SERIES, type FleetSeries } from './vocabulary'

type Row = { id: string; name: string; labels: Record<string, string>; standing: string } & {
  [Name in FleetSeries | 'total' | 'available']: number | null
}

/**
 * Every host with the memory it was last heard to have; `total` and `available` are null for those that are silent now.
 */
export async function readMap(pg: Pool, conditions: readonly HostCondition[]): Promise<CapacityMap> {
  const parameters = new SqlParameters()
  const where = conditionsToSql(conditions, parameters)
  const heard = `l.at + l."silentAfterMs" * interval '1 millisecond' >= now()`
  const { rows } = await pg.query<Row>(
    `SELECT h.id, h.name, h.labels, h.standing,
       ${FLEET_SERIES.map((series) => `l."${series}Kib"::float8 AS ${series}`).join(', ')},
       CASE WHEN ${heard} THEN l."totalKib"::float8 END AS total,
       CASE WHEN ${heard} THEN l."availableKib"::float8 END AS available
     FROM ${hostsWithStanding} h LEFT JOIN "CapacityLatest" l ON l."hostId" = h.id
     WHERE ${where} ORDER BY h.name`,
    parameters.values,
  )
  return {
    ids: rows.map(({ id }) => id),
    names: rows.map(({ name }) => name),
    labels: rows.map(({ labels }) => labels),
    standings: rows.map(({ standing }) => standing),
    series: Object.fromEntries(
      FLEET_SERIES.map((series) => [series, rows.map((row) => row[series] ?? 0)]),
    ) as CapacityMap['series'],
    totalKib: rows.map(({ total }) => total),
    availableKib: rows.map(({ available }) => available),
  }
}
