import { randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import type { CapacityReading } from '@/server/capacity/reading'

const GIB = 1n << 30n

/** A host with 64 GiB of DRAM and one device of pmem, of which `onlineBytes` are RAM. */
export function aReading(
  given: Partial<CapacityReading> & { hostId: string; at: Date },
  onlineBytes = 0n,
): CapacityReading {
  const dram = 64n * GIB
  const totalBytes = dram + onlineBytes
  const freeBytes = given.freeBytes ?? totalBytes / 2n
  return {
    bootId: 'boot',
    totalBytes,
    freeBytes,
    availableBytes: freeBytes + GIB,
    tiers: { dram, pmem: onlineBytes, cxl: 0n, hbm: 0n },
    nodes: [
      { id: 0, totalBytes: dram, freeBytes },
      { id: 1, totalBytes: onlineBytes, freeBytes: 0n },
    ],
    devices: [{ identity: 'pmem:1', tier: 'pmem', movableBytes: onlineBytes, otherZoneBytes: 0n }],
    convertibleBytes: 128n * GIB - onlineBytes,
    lostBytes: GIB,
    ...given,
  }
}

/** Hosts to record readings of; answers their ids in the order of their names. */
export async function addHosts(
  pg: Pool,
  count: number,
  labels: (index: number) => Record<string, string> = () => ({}),
): Promise<string[]> {
  const ids = Array.from({ length: count }, () => randomUUID())
  await pg.query(
    `INSERT INTO "Host" (id, name, address, username, labels, state, "updatedAt")
     SELECT u.id, 'host-' || lpad(u.n::text, 5, '0'), 'host-' || u.n || '.test', 'root', u.labels::jsonb, 'ready', now()
     FROM unnest($1::uuid[], $2::int[], $3::text[]) AS u(id, n, labels)`,
    [ids, ids.map((_, index) => index), ids.map((_, index) => JSON.stringify(labels(index)))],
  )
  return ids
}
