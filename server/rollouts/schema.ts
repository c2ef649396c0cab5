import { z } from 'zod'
import {
  asked,
  askedWrong,
  isAskedRight,
  onPartialSchema,
  rolloutKindSchema,
  rolloutShareSchema,
  zoneSchema,
} from '@/server/plans/schema'
import { policySchema } from './policy'
import { exclusionReasons } from './targets/resolve'
import { hostRunStates, itemStates, maxSelectorLength, rolloutStates } from './vocabulary'

export const selectorSchema = z.string().max(maxSelectorLength)
export const rolloutIdInput = z.object({ rolloutId: z.uuid() })

/** What is wrong with a selector, and where: `length` characters from `at` on. */
export const faultSchema = z.object({ message: z.string(), at: z.number().int(), length: z.number().int() })
export const exclusionSchema = z.object({
  hostId: z.uuid(),
  hostName: z.string(),
  deviceId: z.uuid().nullable(),
  daxName: z.string().nullable(),
  reason: z.enum(exclusionReasons),
  message: z.string(),
  next: z.string(),
})

/** The list is resolved here, on the server, and frozen; what matches later never joins. */
export const createRolloutInput = z
  .object({
    name: z.string().trim().min(1).max(120),
    selector: selectorSchema,
    ...asked,
    policy: policySchema,
  })
  .refine(isAskedRight, askedWrong)
export const createRolloutOutput = z.discriminatedUnion('type', [
  z.object({ type: z.literal('created'), rolloutId: z.uuid() }),
  z.object({ type: z.literal('fault'), fault: faultSchema }),
  z.object({
    type: z.literal('refused'),
    message: z.string(),
    next: z.string(),
    exclusions: z.array(exclusionSchema),
  }),
])

/** The digest is what the person saw, the phrase what they typed. */
export const approveRolloutInput = rolloutIdInput.extend({
  digest: z.string().max(128),
  phrase: z.string().max(500),
})
/** Without hosts: all that failed in a way the approved plan can be tried again. */
export const retryFailedInput = rolloutIdInput.extend({
  hostIds: z.array(z.uuid()).min(1).max(10_000).optional(),
})
export const skipInput = rolloutIdInput.extend({ hostIds: z.array(z.uuid()).min(1).max(10_000) })
/** `message` says what becomes of hosts in flight. */
export const rolloutVerbOutput = z.discriminatedUnion('type', [
  z.object({ type: z.literal('done'), message: z.string() }),
  z.object({ type: z.literal('refused'), message: z.string(), next: z.string() }),
])
export type RolloutVerbOutcome = z.infer<typeof rolloutVerbOutput>

const countsSchema = z.record(z.string(), z.number().int())
export const rolloutRowSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  selector: z.string(),
  kind: rolloutKindSchema,
  /** Null where nothing comes online. */
  zone: zoneSchema.nullable(),
  /** Null where nothing goes offline. */
  onPartial: onPartialSchema.nullable(),
  /** Null where whole devices are meant. */
  share: rolloutShareSchema.nullable(),
  state: z.enum(rolloutStates),
  /** Why, as a code and in words; both empty while nothing stands in the way. */
  reason: z.string(),
  reasonText: z.string(),
  createdBy: z.string(),
  createdAt: z.date(),
  approvedBy: z.string().nullable(),
  approvedAt: z.date().nullable(),
  endedAt: z.date().nullable(),
  /** Hosts of the frozen list that have something to convert, by the state of their run. */
  hostsByState: countsSchema,
  devicesByState: countsSchema,
})

export const listRolloutsInput = z.object({
  /** Part of the name, or of who made or approved it. */
  search: z.string().max(200).default(''),
  /** None: every state. */
  states: z.array(z.enum(rolloutStates)).default([]),
  limit: z.number().int().min(1).max(500).default(100),
  offset: z.number().int().min(0).max(1_000_000).default(0),
})
export const listRolloutsOutput = z.object({
  rollouts: z.array(rolloutRowSchema),
  matching: z.number().int(),
  total: z.number().int(),
})

export const rolloutDetailSchema = rolloutRowSchema.extend({
  policy: policySchema,
  /** Null until every device is planned. */
  digest: z.string().nullable(),
  /** What the approver has to type, e.g. `convert 1204 devices on 602 hosts`. */
  phrase: z.string(),
  wave: z.number().int(),
  soakEndsAt: z.date().nullable(),
  checking: z.boolean(),
  waves: z.array(z.object({ wave: z.number().int(), hosts: z.number().int(), hostsByState: countsSchema })),
  /** Sums over the devices that are planned, as predicted; a gain below zero is what would be given back. */
  gainBytes: z.bigint(),
  lostBytes: z.bigint(),
  memmapBytes: z.bigint(),
  /** Blocks read online by jobs of this rollout, less what was online before. */
  gainedBytes: z.bigint(),
  /** What did not come out well, by cause. */
  causes: z.array(
    z.object({
      cause: z.string(),
      state: z.enum(itemStates),
      devices: z.number().int(),
      message: z.string(),
      next: z.string(),
    }),
  ),
})
export type RolloutDetail = z.infer<typeof rolloutDetailSchema>

export const listItemsInput = rolloutIdInput.extend({
  limit: z.number().int().min(1).max(10_000).default(1000),
  offset: z.number().int().min(0).max(1_000_000).default(0),
})
export const rolloutItemSchema = z.object({
  id: z.uuid(),
  hostId: z.uuid(),
  hostName: z.string(),
  hostState: z.enum(hostRunStates),
  wave: z.number().int().nullable(),
  deviceId: z.uuid(),
  daxName: z.string(),
  identity: z.string(),
  state: z.enum(itemStates),
  cause: z.string().nullable(),
  message: z.string(),
  next: z.string(),
  planId: z.uuid().nullable(),
  jobId: z.uuid().nullable(),
  retriesUsed: z.number().int(),
})
export const listItemsOutput = z.object({ items: z.array(rolloutItemSchema), total: z.number().int() })
