import { z } from 'zod'
import { FILE_WRITES, HOOK_PHASES, PLAN_VERDICTS } from '@/agents/protocol'
import { hazardSchema, refusalSchema } from '@/server/hosts/schemas/device'
import {
  isOfShare,
  needsZone,
  partialPolicies,
  planKinds,
  type RolloutKind,
  rolloutKinds,
  sharePers,
  takesAway,
} from './vocabulary'

export const zoneSchema = z.enum(['movable', 'kernel', 'policy'])
export type ZoneName = z.infer<typeof zoneSchema>

export const planKindSchema = z.enum(planKinds)
export const onPartialSchema = z.enum(partialPolicies)

export const rolloutKindSchema = z.enum(rolloutKinds)

const shareBytesSchema = z
  .bigint()
  .min(1n)
  .max(2n ** 62n)

/** So many bytes, rounded down to whole memory blocks: of each device, or of each host, from its devices in their order. */
export const rolloutShareSchema = z.object({ bytes: shareBytesSchema, per: z.enum(sharePers) })
export type RolloutShare = z.infer<typeof rolloutShareSchema>

/** What is asked of a rollout's devices: what comes online names a zone, what goes what to do where not all goes. */
export const asked = {
  kind: rolloutKindSchema.default('convert'),
  /** Where blocks are to go; needed where they come online. `policy` is for conversions. */
  zone: zoneSchema.optional(),
  /** Where they go offline: `roll_back` unless it is said. */
  onPartial: onPartialSchema.optional(),
  /** Of `online` and `offline`, and needed there. */
  share: rolloutShareSchema.optional(),
}
export const isAskedRight = ({
  kind,
  zone,
  onPartial,
  share,
}: {
  kind: RolloutKind
  zone?: ZoneName | undefined
  onPartial?: unknown
  share?: unknown
}) =>
  needsZone(kind) === (zone !== undefined) &&
  (takesAway(kind) || onPartial === undefined) &&
  (kind !== 'online' || zone !== 'policy') &&
  isOfShare(kind) === (share !== undefined)
export const askedWrong = {
  error:
    'A conversion needs a zone; giving back has none, and may say onPartial. Online and offline need a share beside that; online the zone movable or kernel.',
  path: ['zone'],
}

/** Memory blocks by id, first and last included. */
const blockId = z.number().int().min(0).max(4_194_303)
export const shareBlocksSchema = z
  .array(z.tuple([blockId, blockId]).refine(([first, last]) => first <= last, 'runs backwards'))
  .min(1)
  .max(1_000)

/**
 * Asks the host's agent what it would take; the answer arrives through the live stream. `online` and `offline` are of a
 * share of a device that kmem holds: `shareBytes`, rounded down to whole memory blocks by the host, or named `blocks`.
 */
export const requestPlanInput = z
  .object({
    deviceId: z.uuid(),
    kind: planKindSchema.default('convert'),
    /** Where blocks are to go; needed where they come online. `policy` is for conversions. */
    zone: zoneSchema.optional(),
    /** Where they go offline: `roll_back` unless it is said. */
    onPartial: onPartialSchema.optional(),
    shareBytes: shareBytesSchema.optional(),
    blocks: shareBlocksSchema.optional(),
  })
  .refine(
    ({ kind, zone, onPartial }) =>
      needsZone(kind) === (zone !== undefined) && (takesAway(kind) || onPartial === undefined),
    {
      error:
        'What comes online, now or after a restart, needs a zone; nothing else has one. What goes offline may say onPartial.',
      path: ['zone'],
    },
  )
  .refine(({ kind, zone }) => kind !== 'online' || zone !== 'policy', {
    error: 'A share is brought online in the zone movable or kernel.',
    path: ['zone'],
  })
  .refine(
    ({ kind, shareBytes, blocks }) =>
      [shareBytes, blocks].filter((given) => given !== undefined).length ===
      (kind === 'online' || kind === 'offline' ? 1 : 0),
    {
      error: 'Online and offline need either shareBytes or blocks; other kinds have neither.',
      path: ['shareBytes'],
    },
  )
export const requestPlanOutput = z.discriminatedUnion('type', [
  z.object({ type: z.literal('requested'), planId: z.uuid() }),
  z.object({ type: z.literal('refused'), message: z.string(), next: z.string() }),
])

export const plannedWriteSchema = z.object({
  step: z.string(),
  path: z.string(),
  value: z.string(),
  blocks: z.array(z.tuple([z.number().int(), z.number().int()])).optional(),
  /** A file of the host, and what is done to it; without it a file of sysfs. */
  file: z.enum(FILE_WRITES).optional(),
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
  /** Null where nothing comes online, now or after a restart. */
  zone: zoneSchema.nullable(),
  state: z.enum(['requested', 'ready', 'failed']),
  errorMessage: z.string(),
  errorNext: z.string(),
  createdAt: z.date(),
  digest: z.string().nullable(),
  verdict: z.enum(PLAN_VERDICTS).nullable(),
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
  /** Null where nothing goes offline. */
  restore: restoreOutlookSchema.nullable(),
  /** Of `online` and `offline`: what was asked, and which blocks that is. Null for whole devices. */
  share: z
    .object({
      /** Before it was rounded down to whole blocks; null where blocks were named. */
      askedBytes: z.bigint().nullable(),
      bytes: z.bigint(),
      blocks: z.array(z.tuple([z.number().int(), z.number().int()])),
      blockSizeBytes: z.bigint(),
    })
    .nullable(),
  /** The run it was approved for, while it goes on and once it carried the plan out: nothing is left to approve. */
  jobId: z.uuid().nullable(),
  /** What the approver has to type, e.g. `convert dax0.0 on db-r12-07`. */
  phrase: z.string(),
})
export type PlanView = z.infer<typeof planViewSchema>
export const planIdInput = z.object({ planId: z.uuid() })
