import type { Pool } from 'pg'
import type { z } from 'zod'
import { kernelSettingSql, kernelSettings } from './kernel-settings'
import type { tieringComparisonOutput } from './schema'

/** Of more values than these nobody learns anything; the rarest are left out. */
const MOST_VALUES = 20

/**
 * How hosts with memory devices are set up for tiering, as last read: each setting's values by how many hosts have them,
 * the commonest first. Nothing is changed anywhere.
 */
export async function compareTiering(pg: Pool): Promise<z.infer<typeof tieringComparisonOutput>> {
  const each = kernelSettings.map(
    (setting) => `SELECT '${setting}' AS setting, ${kernelSettingSql[setting]} AS value FROM fleet h`,
  )
  const { rows } = await pg.query<{ setting: string; value: string; hosts: string }>(
    `WITH fleet AS MATERIALIZED (
       SELECT "demotionEnabled", "numaBalancing", "memoryTiers", "farthestDistance", "slowestReadMibs",
         "longestReadNs", "autoOnlinePolicy" FROM "Host" h
       WHERE h."inspectedAt" IS NOT NULL
         AND EXISTS (SELECT 1 FROM "Device" d WHERE d."hostId" = h.id AND d.state <> 'gone'))
     SELECT setting, value, count(*) AS hosts FROM (${each.join(' UNION ALL ')}) AS told
     GROUP BY setting, value ORDER BY count(*) DESC, value`,
  )
  const settings = kernelSettings.map((setting) => ({
    setting,
    values: rows
      .filter((row) => row.setting === setting)
      .slice(0, MOST_VALUES)
      .map(({ value, hosts }) => ({ value, hosts: Number(hosts) })),
  }))
  const hosts = rows.reduce(
    (sum, row) => sum + (row.setting === kernelSettings[0] ? Number(row.hosts) : 0),
    0,
  )
  return { hosts, settings }
}
