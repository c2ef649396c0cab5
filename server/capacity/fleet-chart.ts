import type { Pool } from 'pg'
import type { z } from 'zod'
import { conditionsToSql, SqlParameters } from '@/server/hosts/filter-sql'
import type { HostCondition } from '@/server/hosts/query'
import { hostsWithStanding } from '@/server/hosts/standing'
import { type Change, type Grid, groupsOf } from './fleet-sums'
import { niceStep } from './resolution'
import type { FleetCapacity, fleetCapacityInput } from './schema'
import { FLEET_SERIES } from './vocabulary'

type Input = Omit<z.infer<typeof fleetCapacityInput>, 'filter'>

/** Groups that a chart tells apart; those beyond are one. */
const MOST_GROUPS = 50
/** No finer than readings come. */
const LEAST_STEP_MS = 60_000

/**
 * What a fleet, or each group of it, had at each time: exact sums over the spans in which its hosts' totals stood still.
 * What is read grows with the changes there were, not with the readings.
 */
export async function readFleetChart(
  pg: Pool,
  input: Input,
  conditions: readonly HostCondition[],
): Promise<Omit<FleetCapacity, 'bands'>> {
  const grid = gridOf(input)
  const changes = await readChanges(pg, grid, input.groupBy, conditions)
  return {
    stepSeconds: grid.stepMs / 1000,
    times: Array.from({ length: grid.length }, (_, index) => (grid.firstMs + index * grid.stepMs) / 1000),
    groups: groupsOf(changes, grid, MOST_GROUPS),
  }
}

/** Whole steps as a clock has them, from before the range to its end. */
export function gridOf({ from, to, maxPoints }: Pick<Input, 'from' | 'to' | 'maxPoints'>): Grid {
  const leastMs = (to.getTime() - from.getTime()) / Math.max(1, maxPoints - 1)
  const stepMs = leastMs <= LEAST_STEP_MS ? LEAST_STEP_MS : niceStep(leastMs)
  const firstMs = Math.floor(from.getTime() / stepMs) * stepMs
  return { firstMs, stepMs, length: Math.floor((to.getTime() - firstMs) / stepMs) + 1 }
}

/** SQL: the first point of the grid at or after a time in ms. */
const pointAt = (ms: string) => `ceil((${ms} - $1::float8) / $2::float8)::int`
/** SQL: ms since 1970, in float8; `extract` would reckon in numeric. */
const msOf = (time: string) => `date_part('epoch', ${time}) * 1000`

async function readChanges(
  pg: Pool,
  grid: Grid,
  groupBy: string | null,
  conditions: readonly HostCondition[],
): Promise<Change[]> {
  const parameters = new SqlParameters()
  parameters.add(grid.firstMs)
  parameters.add(grid.stepMs)
  const last = parameters.add(grid.length - 1)
  const group = groupBy === null ? 'NULL::text' : `h.labels->>${parameters.add(groupBy)}`
  // Without a condition neither devices nor jobs need to be looked at.
  const hosts = conditions.length === 0 ? '"Host"' : hostsWithStanding
  const where = conditionsToSql(conditions, parameters)
  // As float8: whole numbers below 2^53 are exact in any order, and a sum of bigints would be a numeric, which is slow.
  const sums = FLEET_SERIES.map((series) => `sum(sign * ${series}) AS ${series}`).join(', ')
  const columns = FLEET_SERIES.map((series) => `s."${series}Kib"::float8 AS ${series}`).join(', ')
  const needsHosts = groupBy !== null || conditions.length > 0
  const { rows } = await pg.query<ChangeRow>(
    `WITH spans AS MATERIALIZED (
       SELECT ${group} AS name, ${columns}, greatest(0, ${pointAt(msOf('s."from"'))}) AS begins,
         ${pointAt(`coalesce(${msOf('s.until')}, ${msOf('l.at')} + l."silentAfterMs")`)} AS ends
       FROM "CapacitySpan" s JOIN "CapacityLatest" l ON l."hostId" = s."hostId"
         ${needsHosts ? `JOIN ${hosts} h ON h.id = s."hostId"` : ''}
       WHERE (s.until IS NULL OR s.until > to_timestamp($1::float8 / 1000))
         AND s."from" <= to_timestamp(($1::float8 + ${last}::int * $2::float8) / 1000) AND ${where}),
     changes AS (
       SELECT 1 AS sign, begins AS point, * FROM spans WHERE begins < ends
       UNION ALL SELECT -1, ends, * FROM spans WHERE begins < ends AND ends <= ${last}::int)
     SELECT name, point, sum(sign)::int AS hosts, ${sums}
     FROM changes WHERE point <= ${last}::int GROUP BY name, point ORDER BY point`,
    parameters.values,
  )
  return rows.map(({ name, point, hosts: count, ...sumsOf }) => ({
    name,
    point,
    hosts: count,
    sums: FLEET_SERIES.map((series) => sumsOf[series]),
  }))
}

type ChangeRow = { name: string | null; point: number; hosts: number } & Record<
  (typeof FLEET_SERIES)[number],
  number
>
