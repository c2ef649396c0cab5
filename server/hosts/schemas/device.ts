import { z } from 'zod'
import { healthFactViewSchema, healthStateSchema } from '@/server/health-policy/schema'
import { deviceStateSchema } from './fields'
import { comesBackSchema } from './persistence'

/** Neighbouring memory blocks that read alike, as on the wire (agents/protocol.ts BlockRun). */
export const blockRunSchema = z.object({
  first: z.number().int(),
  last: z.number().int(),
  state: z.enum(['online', 'offline', 'going-offline', 'unknown']),
  zones: z.string(),
  node: z.number().int().nullable(),
})

export const refusalSchema = z.object({ code: z.string(), message: z.string(), next: z.string() })

export const hazardSchema = z.object({ code: z.string(), message: z.string() })

export const deviceSchema = z.object({
  id: z.uuid(),
  identity: z.string(),
  identityDetail: z.array(z.object({ label: z.string(), value: z.string() })),
  daxName: z.string(),
  kind: z.string(),
  driver: z.string().nullable(),
  mode: z.string(),
  state: deviceStateSchema,
  sizeBytes: z.bigint(),
  alignBytes: z.bigint().nullable(),
  targetNode: z.number().int().nullable(),
  onlineBytes: z.bigint(),
  onlineBlocks: z.number().int(),
  totalBlocks: z.number().int(),
  movable: z.boolean().nullable(),
  usableBytes: z.bigint(),
  lostBytes: z.bigint(),
  memmapBytes: z.bigint(),
  blocks: z.array(blockRunSchema),
  /** Ids of the blocks it would have, when it has none yet. */
  predictedBlockCount: z.number().int(),
  /** The worst of its facts by the fleet's health policy; `unknown` where none could be read. */
  healthState: healthStateSchema,
  /** What was read of its health, and what the policy makes of each fact now. */
  health: z.array(healthFactViewSchema),
  memmapOnMemory: z.boolean().nullable(),
  ranges: z.array(z.object({ startBytes: z.bigint(), endBytes: z.bigint() })),
  refusals: z.array(refusalSchema),
  /** Whether it is system RAM again after a restart; null where the host did not tell. */
  comesBack: comesBackSchema.nullable(),
  seenAt: z.date(),
})
export type DeviceView = z.infer<typeof deviceSchema>
