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
  promised: string
  beginning: string
}

/**
 * Memory of the hosts that are ready, as each told last, and what approved restores will still take of it: those that
 * wait or run, and the devices of approved rollouts whose turn has not come. A host nobody can ask counts for nothing.
 */
export async function readFleetRoom(db: Tx): Promise<FleetRoom> {
  const { fleet } = await readFloors(db)
  const rows = await db.$queryRaw<RoomRow[]>`
    SELECT coalesce(sum(h."memTotalBytes"), 0)::text AS total,
      coalesce(sum(CASE WHEN l.at > h."inspectedAt" THEN l."availableKib" * 1024 ELSE h."memAvailableBytes" END), 0)::text
        AS available,
      ((SELECT coalesce(sum(j."predictedBytes"), 0) FROM "Job" j
         WHERE j.kind IN ('restore', 'offline') AND j."endedAt" IS NULL)
       + (SELECT coalesce(sum(-i."gainBytes"), 0) FROM "RolloutItem" i JOIN "Rollout" r ON r.id = i."rolloutId"
         WHERE r.kind = 'restore' AND i.state = 'pending'))::text AS promised,
      (SELECT coalesce(sum(j."predictedBytes"), 0) FROM "Job" j
         WHERE j.kind IN ('restore', 'offline') AND j."endedAt" IS NULL AND j."goSentAt" IS NULL)::text AS beginning
    FROM "Host" h LEFT JOIN "CapacityLatest" l ON l."hostId" = h.id
    WHERE h.state = 'ready'`
  const { total = '0', available = '0', promised = '0', beginning = '0' } = rows[0] ?? {}
  return {
    memTotalBytes: BigInt(total),
    memAvailableBytes: BigInt(available),
    promisedBytes: BigInt(promised),
    beginningBytes: BigInt(beginning),
    floorBytes: floorBytesOf(fleet, BigInt(total)),
  }
}
