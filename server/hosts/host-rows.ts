import type { Pool } from 'pg'
import type { JobStateName } from '@/server/jobs/vocabulary'
import type { PlanKind } from '@/server/plans/vocabulary'
import { conditionsToSql, SqlParameters } from './filter-sql'
import type { HostCondition } from './query'
import type { HostRow, HostTrouble } from './schemas/row'
import { settledDevices } from './settled-devices'
import { firstTrouble, hostsWithStanding } from './standing'
import type { HostStandingName, HostStateName } from './vocabulary'

export interface HostSelection {
  conditions: readonly HostCondition[]
  sort: 'name' | 'state' | 'kernel' | 'memTotal' | 'convertible' | 'lastSeen'
  direction: 'asc' | 'desc'
  limit: number
  offset: number
}

const convertible = `sum("usableBytes") FILTER (WHERE state = 'convertible' AND settled)`

/** A probe asked for longer ago than this is not "probing now" but lost; the sweep asks again. */
const probePatience = `interval '5 minutes'`

const sortColumns: Record<HostSelection['sort'], string> = {
  name: 'h.name',
  state: '(h.state, h.standing)',
  kernel: 'h."kernelRelease"',
  memTotal: 'h."memTotalBytes"',
  convertible: `coalesce((SELECT ${convertible} FROM ${settledDevices} WHERE "hostId" = h.id), 0)`,
  lastSeen: 'h."lastSeenAt"',
}

/** Rows of the hosts that match, sorted, with how many match in all. One statement whatever the number of hosts. */
export async function selectHostRows(
  pg: Pool,
  selection: HostSelection,
): Promise<{ hosts: HostRow[]; matching: number }> {
  const parameters = new SqlParameters()
  const where = conditionsToSql(selection.conditions, parameters)
  const direction = selection.direction === 'desc' ? 'DESC' : 'ASC'
  const order = `${sortColumns[selection.sort]} ${direction} NULLS LAST, h.name`
  return select(pg, where, order, parameters, selection)
}

/** The row of one host, or null. */
export async function selectHostRow(pg: Pool, hostId: string): Promise<HostRow | null> {
  const parameters = new SqlParameters()
  const where = `h.id = ${parameters.add(hostId)}::uuid`
  const { hosts } = await select(pg, where, 'h.name', parameters, { limit: 1, offset: 0 })
  return hosts[0] ?? null
}

async function select(
  pg: Pool,
  where: string,
  order: string,
  parameters: SqlParameters,
  { limit, offset }: { limit: number; offset: number },
) {
  // The window first, by little: how the conditions cut the fleet down is beyond the planner's guess, and what is joined
  // to all hosts before is joined row by row. The rest is then looked up for the hosts that are shown.
  const { rows } = await pg.query<DatabaseRow>(
    `WITH shown AS MATERIALIZED (
       SELECT h.id, h.standing, count(*) OVER () AS matching, row_number() OVER (ORDER BY ${order}) AS place
       FROM ${hostsWithStanding} h WHERE ${where}
       ORDER BY place LIMIT ${parameters.add(limit)} OFFSET ${parameters.add(offset)})
     SELECT h.id, h.name, h.address, h.port, h.username, h.labels, h.state, shown.standing, troubled.trouble,
       h."contactFailedAt", h."contactMessage", h."contactNext", h."stateMessage", h."stateNext",
       h."stateSince", coalesce(h."probeRequestedAt" > now() - ${probePatience}, false) AS probing,
       h."lastSeenAt", h."kernelRelease", h."memTotalBytes",
       d.pmem, d.cxl, d.hmem, d.convertible, d."convertibleDevices", job.id AS "activeJobId",
       job.kind AS "activeJobKind", job.state AS "activeJobState", coalesce(job.stuck, false) AS "activeJobStuck",
       h.state IN ('key_review', 'key_changed') AND NOT EXISTS (
         SELECT 1 FROM "HostKey" k WHERE k."hostId" = h.id AND k.status = 'pending') AND EXISTS (
         SELECT 1 FROM "HostKey" k WHERE k."hostId" = h.id AND k.status = 'rejected') AS "keyRejected",
       shown.matching
     FROM shown JOIN "Host" h ON h.id = shown.id
       CROSS JOIN LATERAL (
         SELECT sum("onlineBytes") FILTER (WHERE kind = 'pmem') AS pmem,
           sum("onlineBytes") FILTER (WHERE kind = 'cxl') AS cxl,
           sum("onlineBytes") FILTER (WHERE kind = 'hmem') AS hmem,
           ${convertible} AS convertible,
           count(*) FILTER (WHERE state = 'convertible' AND settled) AS "convertibleDevices"
         FROM ${settledDevices} WHERE "hostId" = h.id) d
       LEFT JOIN LATERAL (
         SELECT id, kind::text, state::text, "stuckSince" IS NOT NULL AS stuck FROM "Job"
         WHERE "hostId" = h.id AND "endedAt" IS NULL ORDER BY state = 'queued', "createdAt" LIMIT 1) job ON true
       LEFT JOIN LATERAL (${firstTrouble('shown.standing')}) troubled ON true
     ORDER BY shown.place`,
    parameters.values,
  )
  return { hosts: rows.map(toHostRow), matching: Number(rows[0]?.matching ?? 0) }
}

/** As `pg` hands it over: 64-bit values and sums are text. */
interface DatabaseRow {
  id: string
  name: string
  address: string
  port: number
  username: string
  labels: Record<string, string>
  state: HostStateName
  standing: HostStandingName
  trouble: HostTrouble | null
  contactFailedAt: Date | null
  contactMessage: string
  contactNext: string
  stateMessage: string
  stateNext: string
  stateSince: Date
  probing: boolean
  lastSeenAt: Date | null
  kernelRelease: string | null
  memTotalBytes: string | null
  pmem: string | null
  cxl: string | null
  hmem: string | null
  convertible: string | null
  convertibleDevices: string | null
  activeJobId: string | null
  activeJobKind: PlanKind | null
  activeJobState: JobStateName | null
  activeJobStuck: boolean
  keyRejected: boolean
  matching: string
}

function toHostRow(row: DatabaseRow): HostRow {
  const { pmem, cxl, hmem, convertible, convertibleDevices, matching: _matching, ...others } = row
  const { contactFailedAt, contactMessage, contactNext, ...columns } = others
  return {
    ...columns,
    away: awayOf(row),
    memTotalBytes: row.memTotalBytes === null ? null : BigInt(row.memTotalBytes),
    pmemOnlineBytes: BigInt(pmem ?? 0),
    cxlOnlineBytes: BigInt(cxl ?? 0),
    hmemOnlineBytes: BigInt(hmem ?? 0),
    convertibleBytes: BigInt(convertible ?? 0),
    convertibleDevices: Number(convertibleDevices ?? 0),
  }
}

/** Other states tell of contact themselves. */
function awayOf({ state, contactFailedAt, contactMessage, contactNext }: DatabaseRow): HostRow['away'] {
  if (contactFailedAt === null || (state !== 'quarantined' && state !== 'foreign')) return null
  return { at: contactFailedAt, message: contactMessage, next: contactNext }
}
