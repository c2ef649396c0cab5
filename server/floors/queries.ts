import type { Prisma } from '@/prisma/generated/client'
import { floorBytesOf, floorOf } from './floor'
import type { FleetRoom, Floor } from './schema'

type Tx = Pick<Prisma.TransactionClient, '$queryRaw' | 'capacityFloor'>

/** The one row; there from the migration on. */
export async function readFloors(db: Tx) {
  // Not findUnique: Prisma gathers those of one instant into an IN over the key, which a boolean has not.
  const row = await db.capacityFloor.findFirstOrThrow()
  return {
    host: floorOf(row.hostBytes, row.hostPercent) ?? noFloor,
    fleet: floorOf(row.fleetBytes, row.fleetPercent) ?? noFloor,
    changedBy: row.changedBy,
    changedAt: row.changedAt,
  }
}

/** A check constraint keeps it from being needed. */
const noFloor: Floor = { bytes: 0n }

interface RoomRow {
  total: string
  available: string
  taking: string
  pending: string
}

/**
 * Memory of the hosts that are ready, as each told last, and what of it approved restores will still take: `taking` of
 * those that were begun, `pending` of the devices of approved rollouts whose turn has not come. A host nobody can ask
 * counts for nothing, and so does what runs there. From a go until the first look after its end, what is available and
 * what the device still has online are taken of one look at the host: a later reading may hold a part that is gone already.
 */
export async function readFleetRoom(db: Tx): Promise<FleetRoom> {
  const { fleet } = await readFloors(db)
  const rows = await db.$queryRaw<RoomRow[]>`
    WITH recent AS (
      SELECT * FROM "Job" WHERE kind IN ('restore', 'offline') AND "endedAt" IS NULL
      UNION ALL
      SELECT * FROM "Job" WHERE kind IN ('restore', 'offline') AND "endedAt" > now() - interval '1 day'
        AND "goSentAt" IS NOT NULL),
    begun AS (
      SELECT j."hostId", j."goSentAt" IS NOT NULL AS gone,
        CASE WHEN j."goSentAt" IS NULL THEN j."predictedBytes"
          ELSE greatest(0, d."onlineBytes" - coalesce(CASE WHEN j."endedAt" IS NOT NULL THEN j."onlineBytesAfter" END,
            coalesce(j."onlineBytesBefore", d."onlineBytes") - j."predictedBytes")) END AS bytes
      FROM recent j JOIN "Host" h ON h.id = j."hostId" JOIN "Device" d ON d.id = j."deviceId"
      WHERE h.state = 'ready' AND (j."endedAt" IS NULL OR j."endedAt" > h."inspectedAt"))
    SELECT coalesce(sum(h."memTotalBytes"), 0)::text AS total,
      coalesce(sum(CASE WHEN l.at > h."inspectedAt" AND NOT EXISTS (
          SELECT 1 FROM begun b WHERE b."hostId" = h.id AND b.gone)
        THEN l."availableKib" * 1024 ELSE h."memAvailableBytes" END), 0)::text AS available,
      (SELECT coalesce(sum(bytes), 0) FROM begun)::text AS taking,
      (SELECT coalesce(sum(-i."gainBytes"), 0) FROM "RolloutItem" i JOIN "Rollout" r ON r.id = i."rolloutId"
       WHERE r.kind IN ('restore', 'offline') AND i.state = 'pending')::text AS pending
    FROM "Host" h LEFT JOIN "CapacityLatest" l ON l."hostId" = h.id WHERE h.state = 'ready'`
  const { total = '0', available = '0', taking = '0', pending = '0' } = rows[0] ?? {}
  return {
    memTotalBytes: BigInt(total),
    memAvailableBytes: BigInt(available),
    promisedBytes: BigInt(taking) + BigInt(pending),
    takingBytes: BigInt(taking),
    floorBytes: floorBytesOf(fleet, BigInt(total)),
  }
}
