import type { Pool } from 'pg'

export const CAPACITY_TABLES = ['CapacityHead', 'CapacityChunk', 'CapacityLatest', 'CapacitySpan'] as const

/** Bytes on disk, each with its indexes, its TOAST and its free space. */
export async function capacityBytes(pg: Pool): Promise<Record<(typeof CAPACITY_TABLES)[number], number>> {
  const sizes = CAPACITY_TABLES.map((table) => `pg_total_relation_size('"${table}"')::float8 AS "${table}"`)
  const { rows } = await pg.query(`SELECT ${sizes.join(', ')}`)
  return rows[0]
}
