import { z } from 'zod'
import { mostFloorPercent } from './vocabulary'

/** How much memory is to stay available: so many bytes, or so many in a hundred of MemTotal. */
export const floorSchema = z.union([
  z.strictObject({
    bytes: z
      .bigint()
      .min(0n)
      .max(2n ** 62n),
  }),
  z.strictObject({ percent: z.number().int().min(0).max(mostFloorPercent) }),
])
export type Floor = z.infer<typeof floorSchema>

/** What the fleet has now, of hosts that are ready, as last told by each. */
export const fleetRoomSchema = z.object({
  memTotalBytes: z.bigint(),
  memAvailableBytes: z.bigint(),
  /** What approved restores are still to take. */
  promisedBytes: z.bigint(),
  /** Of these, the runs that were begun: whatever of it their hosts have not told yet. */
  takingBytes: z.bigint(),
  floorBytes: z.bigint(),
})
export type FleetRoom = z.infer<typeof fleetRoomSchema>

export const floorsSchema = z.object({
  /** Of every host that has none of its own. */
  host: floorSchema,
  /** Of the fleet: the sum over its ready hosts. */
  fleet: floorSchema,
  changedBy: z.string().nullable(),
  changedAt: z.date(),
  room: fleetRoomSchema,
  /** Hosts with a floor of their own. */
  ownFloors: z.number().int(),
})
export type Floors = z.infer<typeof floorsSchema>

export const setFloorsInput = z.object({ host: floorSchema, fleet: floorSchema })
/** Null: the host goes by what holds for every host. */
export const setHostFloorInput = z.object({ hostId: z.uuid(), floor: floorSchema.nullable() })
export const hostFloorSchema = z.object({
  own: floorSchema.nullable(),
  /** What holds: its own, or that of every host. */
  floor: floorSchema,
  /** Of its MemTotal as last read; null before the first probe. */
  floorBytes: z.bigint().nullable(),
})
export type HostFloor = z.infer<typeof hostFloorSchema>
export const hostFloorInput = z.object({ hostId: z.uuid() })
