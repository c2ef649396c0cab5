import { z } from 'zod'
import { deviceSchema, hazardSchema } from './device'
import { nodeViewSchema, tieringViewSchema } from './numa'
import { lostFileSchema } from './persistence'
import { hostRowSchema } from './row'

export const hostKeySchema = z.object({
  id: z.uuid(),
  algorithm: z.string(),
  fingerprint: z.string(),
  status: z.enum(['pending', 'trusted', 'rejected', 'superseded']),
  firstSeenAt: z.date(),
  lastSeenAt: z.date(),
  reviewedAt: z.date().nullable(),
  reviewedBy: z.string().nullable(),
})

/** The fencing token on a host's disk; `unreadable` when the file there is none. */
export const recordedTokenSchema = z.union([
  z.literal('unreadable'),
  z.object({ installationId: z.string().max(128), epoch: z.string().regex(/^\d{1,20}$/) }),
])

export const hostDetailSchema = hostRowSchema.extend({
  credentialId: z.uuid().nullable(),
  credentialName: z.string().nullable(),
  /** Name of the host it is reached through; null: directly. */
  jumpHostName: z.string().nullable(),
  machineId: z.string().nullable(),
  dmiUuid: z.string().nullable(),
  bootId: z.string().nullable(),
  architecture: z.string().nullable(),
  osName: z.string().nullable(),
  virtualization: z.string().nullable(),
  blockSizeBytes: z.bigint().nullable(),
  memFreeBytes: z.bigint().nullable(),
  memAvailableBytes: z.bigint().nullable(),
  /** Bytes online in ZONE_MOVABLE, for the movable : kernel ratio. */
  movableBytes: z.bigint().nullable(),
  autoOnlinePolicy: z.string().nullable(),
  bootParameter: z.string().nullable(),
  udevRules: z.array(
    z.object({
      file: z.string(),
      line: z.string(),
      writes: z.string().nullable(),
      acts: z.enum(['yes', 'maybe', 'no']),
    }),
  ),
  kmem: z.string().nullable(),
  /** Null for a host that an earlier agent read. */
  tiering: tieringViewSchema.nullable(),
  features: z.array(z.object({ feature: z.string(), since: z.string(), present: z.boolean().nullable() })),
  inspectedAt: z.date().nullable(),
  /** Which Daxfleet this is: half of the token it acts under. */
  installationId: z.uuid(),
  /** While foreign: the record on the host's disk, to be shown and handed back to `adopt` as it is. */
  foreignToken: recordedTokenSchema.nullable(),
  /** A job's outcome is or was unknown here, and no fencing probe has been recorded since. */
  fenceDue: z.boolean(),
  /** A fencing probe was asked for and has not ended. */
  fencing: z.boolean(),
  /** An adoption was asked for and has not been done. */
  adopting: z.boolean(),
  /** The job whose outcome is not known, which quarantine cannot be lifted before. */
  unknownJobId: z.uuid().nullable(),
  /** No worker is there that serves it, and what brings one; null while there is. */
  unserved: z.object({ message: z.string(), next: z.string() }).nullable(),
  /** When a watched host last told of itself; null while nobody watches it. */
  lastSampleAt: z.date().nullable(),
  nodes: z.array(nodeViewSchema),
  devices: z.array(deviceSchema),
  namespaces: z.array(
    z.object({
      name: z.string(),
      identity: z.string(),
      mode: z.string(),
      sizeBytes: z.bigint(),
      blockDevice: z.string().nullable(),
      mountPoint: z.string().nullable(),
      numaNode: z.number().int().nullable(),
      reason: z.string(),
    }),
  ),
  hazards: z.array(hazardSchema),
  /** Files for the start of the host that no device answers to. */
  lostFiles: z.array(lostFileSchema),
  keys: z.array(hostKeySchema),
})
export type HostDetail = z.infer<typeof hostDetailSchema>
