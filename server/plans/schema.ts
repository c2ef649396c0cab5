import { z } from 'zod'
import { HOOK_PHASES } from '@/agents/protocol'
import { hazardSchema, refusalSchema } from '@/server/hosts/schema'

export const zoneSchema = z.enum(['movable', 'kernel', 'policy'])
export type ZoneName = z.infer<typeof zoneSchema>

/** Asks the host's agent what a conversion would take; the answer arrives through the live stream. */
export const requestPlanInput = z.object({ deviceId: z.uuid(), zone: zoneSchema })
export const requestPlanOutput = z.discriminatedUnion('type', [
  z.object({ type: z.literal('requested'), planId: z.uuid() }),
  z.object({ type: z.literal('refused'), message: z.string(), next: z.string() }),
])

export const plannedWriteSchema = z.object({
  step: z.string(),
  path: z.string(),
  value: z.string(),
  blocks: z.array(z.tuple([z.number().int(), z.number().int()])).optional(),
})

const plannedHookSchema = z.object({
  phase: z.enum(HOOK_PHASES),
  path: z.string(),
  sha256: z.string(),
  uid: z.number().int(),
  deadlineSeconds: z.number().int(),
})

export const planViewSchema = z.object({
  id: z.uuid(),
  hostId: z.uuid(),
  deviceId: z.uuid(),
  daxName: z.string(),
  zone: zoneSchema,
  state: z.enum(['requested', 'ready', 'failed']),
  errorMessage: z.string(),
  errorNext: z.string(),
  createdAt: z.date(),
  digest: z.string().nullable(),
  verdict: z.enum(['convertible', 'restorable', 'already', 'refused']).nullable(),
  refusals: z.array(refusalSchema),
  hazards: z.array(hazardSchema),
  reversible: z.object({ yes: z.boolean(), why: z.string() }).nullable(),
  gainBytes: z.bigint().nullable(),
  lostBytes: z.bigint().nullable(),
  memmapBytes: z.bigint().nullable(),
  memmapFrom: z.string().nullable(),
  blockCount: z.number().int().nullable(),
  /** How many of them were online when the plan was made. */
  onlineBlocks: z.number().int(),
  targetNode: z.number().int().nullable(),
  writes: z.array(plannedWriteSchema),
  recovery: z.array(plannedWriteSchema),
  /** The host's own programs around the writes; the approval covers their bytes. */
  hooks: z.array(plannedHookSchema),
  /** What the approver has to type, e.g. `convert dax0.0 on db-r12-07`. */
  phrase: z.string(),
})
export type PlanView = z.infer<typeof planViewSchema>
export const planIdInput = z.object({ planId: z.uuid() })
