import type { Pool } from 'pg'
import type { z } from 'zod'
import { unservedPools } from '@/server/pools/served'
import type { fleetSummaryOutput } from './schema'
import { settledDevices } from './settled-devices'
import { hostsWithStanding } from './standing'

export type FleetSummary = z.infer<typeof fleetSummaryOutput>

/** The figures of the whole fleet, as last read. Bytes lost are those of devices that are or could be converted. */
export async function summarizeFleet(pg: Pool): Promise<FleetSummary> {
  const { rows } = await pg.query<Record<string, string> & { byStanding: Record<string, number> }>(
    `WITH states AS (
       SELECT standing, count(*) AS hosts, sum("memTotalBytes") AS bytes FROM ${hostsWithStanding} h GROUP BY standing),
     devices AS (
       SELECT
         coalesce(sum("onlineBytes") FILTER (WHERE kind = 'pmem'), 0) AS pmem,
         coalesce(sum("onlineBytes") FILTER (WHERE kind = 'cxl'), 0) AS cxl,
         coalesce(sum("onlineBytes") FILTER (WHERE kind = 'hmem'), 0) AS hmem,
         coalesce(sum("usableBytes") FILTER (WHERE state = 'convertible' AND settled), 0) AS convertible,
         count(*) FILTER (WHERE state = 'convertible' AND settled) AS "convertibleDevices",
         coalesce(sum("lostBytes") FILTER (WHERE state IN ('convertible', 'system_ram', 'partial')), 0) AS lost
       FROM ${settledDevices}
     )
     SELECT devices.*,
       (SELECT coalesce(sum(hosts), 0) FROM states) AS hosts,
       (SELECT coalesce(sum(bytes), 0) FROM states) AS "memTotal",
       (SELECT coalesce(json_object_agg(standing, hosts), '{}') FROM states) AS "byStanding",
       (SELECT count(*) FROM "Job"
         WHERE state IN ('queued', 'dispatching', 'preflight', 'acting', 'verifying', 'unknown')) AS jobs
     FROM devices`,
  )
  const row = rows[0]
  if (row === undefined) throw new Error('the summary has one row whatever the fleet holds')
  const bytes = (name: string) => BigInt(row[name] ?? 0)
  return {
    hosts: Number(row.hosts),
    hostsByStanding: row.byStanding,
    memTotalBytes: bytes('memTotal'),
    pmemOnlineBytes: bytes('pmem'),
    cxlOnlineBytes: bytes('cxl'),
    hmemOnlineBytes: bytes('hmem'),
    convertibleBytes: bytes('convertible'),
    convertibleDevices: Number(row.convertibleDevices),
    lostBytes: bytes('lost'),
    runningJobs: Number(row.jobs),
    unservedPools: await unservedPools(pg),
  }
}
