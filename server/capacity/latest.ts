import type { Queryable } from '@/server/lib/pg'
import type { DeviceList } from './sample'
import type { Totals } from './spans'
import { FLEET_SERIES } from './vocabulary'

/** What is known of a host whose row is locked. */
export interface LockedHost {
  hostId: string
  atMs: number
  silentAfterMs: number
  totals: Totals
  devices: DeviceList
  packed: Buffer
  unsealedSinceMs: number | null
  lateSinceMs: number | null
}

interface Row {
  hostId: string
  at: Date
  silentAfterMs: number
  totals: string[]
  devices: DeviceList
  packed: Buffer
  unsealedSince: Date | null
  lateSince: Date | null
}

/** Columns of the totals, in the order of FLEET_SERIES. */
export const totalColumns = FLEET_SERIES.map((series) => `"${series}Kib"`).join(', ')

const columns = `"hostId", at, "silentAfterMs", ARRAY[${totalColumns}]::text[] AS totals, devices, packed,
  "unsealedSince", "lateSince"`

/**
 * Locks what is stored of these hosts until the transaction ends, in one order for everybody. Hosts of whom nothing is
 * stored yet are not in the answer.
 */
export async function lockHosts(pg: Queryable, hostIds: readonly string[]): Promise<Map<string, LockedHost>> {
  const { rows } = await pg.query<Row>(
    `SELECT ${columns} FROM "CapacityLatest" WHERE "hostId" = ANY($1::uuid[]) ORDER BY "hostId" FOR UPDATE`,
    [hostIds],
  )
  return new Map(rows.map((row) => [row.hostId, toLockedHost(row)]))
}

/** As lockHosts, for up to `limit` hosts of which `where` holds; those that somebody else holds are passed over. */
export async function lockSomeHosts(
  pg: Queryable,
  where: string,
  values: readonly unknown[],
  limit: number,
): Promise<LockedHost[]> {
  const { rows } = await pg.query<Row>(
    `SELECT ${columns} FROM "CapacityLatest" WHERE ${where} LIMIT ${limit} FOR UPDATE SKIP LOCKED`,
    [...values],
  )
  return rows.map(toLockedHost)
}

function toLockedHost({ at, totals, unsealedSince, lateSince, ...row }: Row): LockedHost {
  return {
    ...row,
    atMs: at.getTime(),
    totals: totals.map(Number),
    unsealedSinceMs: unsealedSince?.getTime() ?? null,
    lateSinceMs: lateSince?.getTime() ?? null,
  }
}
