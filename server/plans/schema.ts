import { z } from 'zod'
import { HOOK_PHASES } from '@/agents/protocol'
import { hazardSchema, refusalSchema } from '@/server/hosts/schema'
import { partialPolicies, planKinds } from './vocabulary'

export const zoneSchema = z.enum(['movable', 'kernel', 'policy'])
export type ZoneName = z.infer<typeof zoneSchema>

export const planKindSchema = z.enum(planKinds)
export const onPartialSchema = z.enum(partialPolicies)

/** What is asked for, beside the devices: a conversion names a zone, a giving back what to do where not all goes. */
export const asked = {
  kind: planKindSchema.default('convert'),
  /** Where blocks are to go; needed for a conversion. */
  zone: zoneSchema.optional(),
  /** Of a giving back: `roll_back` unless it is said. */
  onPartial: onPartialSchema.optional(),
}
export const isAskedRight = ({
  kind,
  zone,
  onPartial,
}: {
  kind: string
  zone?: unknown
  onPartial?: unknown
}) => (kind === 'convert' ? zone !== undefined && onPartial === undefined : zone === undefined)
export const askedWrong = {
  error: 'A conversion needs a zone; giving back has none, and may say onPartial.',
  path: ['zone'],
}

/** Asks the host's agent what it would take; the answer arrives through the live stream. */
export const requestPlanInput = z.object({ deviceId: z.uuid(), ...asked }).refine(isAskedRight, askedWrong)
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

/** What giving the device back would take away, and what may stand in its way; figures of the moment it was planned. */
const restoreOutlookSchema = z.object({
  lossBytes: z.bigint(),
  /** So much MemAvailable must be left; part of what is approved, and looked at again before each block. */
  floorBytes: z.bigint(),
  onPartial: onPartialSchema,
  offlineSeconds: z.number().int(),
  availableBytes: z.bigint().nullable(),
  availableAfterBytes: z.bigint().nullable(),
  memmapReturnedBytes: z.bigint().nullable(),
  nodeUsedBytes: z.bigint().nullable(),
  holders: z.array(
    z.object({
      pid: z.number().int(),
      name: z.string(),
      onNodeBytes: z.bigint(),
      lockedBytes: z.bigint(),
      pinnedBytes: z.bigint(),
      hugeBytes: z.bigint(),
    }),
  ),
})

export const planViewSchema = z.object({
  id: z.uuid(),
  hostId: z.uuid(),
  deviceId: z.uuid(),
  daxName: z.string(),
  kind: planKindSchema,
  /** Null for a giving back. */
  zone: zoneSchema.nullable(),
  state: z.enum(['requested', 'ready', 'failed']),
  errorMessage: z.string(),
  errorNext: z.string(),
  createdAt: z.date(),
  digest: z.string().nullable(),
  verdict: z.enum(['convertible', 'restorable', 'already', 'refused']).nullable(),
  refusals: z.array(refusalSchema),
  hazards: z.array(hazardSchema),
  reversible: z.object({ yes: z.boolean(), why: z.string() }).nullable(),
  /** What MemTotal would change by; below zero for a giving back. */
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
  /** Null for a conversion. */
  restore: restoreOutlookSchema.nullable(),
  /** What the approver has to type, e.g. `convert dax0.0 on db-r12-07`. */
  phrase: z.string(),
})
export type PlanView = z.infer<typeof planViewSchema>
export const planIdInput = z.object({ planId: z.uuid() })
