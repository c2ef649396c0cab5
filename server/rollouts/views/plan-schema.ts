import { z } from 'zod'
import { hazardSchema } from '@/server/hosts/schemas/device'
import { itemStates } from '../vocabulary'

const count = z.number().int()

/** `list`: when the list was made; `plan`: by the host's own answer, or for want of one. */
export const leftOutStages = ['list', 'plan'] as const

const leftOutGroupSchema = z.object({
  reason: z.string(),
  stage: z.enum(leftOutStages),
  hosts: count,
  /** Devices; a host without any counts as one. */
  entries: count,
  /** Of one of them. */
  message: z.string(),
  next: z.string(),
})

/** What the plans of all devices come to, as predicted by their hosts; grows while planning goes on. */
export const rolloutPlanSchema = z.object({
  /** MemTotal of all hosts that take part, as last read, and what it would be with every planned block online. */
  memTotalBeforeBytes: z.bigint(),
  memTotalAfterBytes: z.bigint(),
  gainBytes: z.bigint(),
  lostBytes: z.bigint(),
  /** Page structures: out of memory there is now, and out of the new memory itself. */
  memmapNormalBytes: z.bigint(),
  memmapDeviceBytes: z.bigint(),
  kinds: z.array(z.object({ kind: z.string(), devices: count, gainBytes: z.bigint() })),
  reversibleDevices: count,
  irreversibleDevices: count,
  hazards: z.array(z.object({ code: z.string(), devices: count, hosts: count, message: z.string() })),
  /** Empty until everything is planned. */
  waves: z.array(
    z.object({
      wave: count,
      hosts: count,
      devices: count,
      gainBytes: z.bigint(),
      /** The first of them, in the order they are taken. */
      hostNames: z.array(z.string()),
      /** Values of the label that waves are spread by; 0 when they are not. */
      groups: count,
    }),
  ),
  leftOut: z.array(leftOutGroupSchema),
})
export type RolloutPlanView = z.infer<typeof rolloutPlanSchema>

const page = {
  limit: z.number().int().min(1).max(10_000).default(100),
  offset: z.number().int().min(0).max(1_000_000).default(0),
}

export const planItemSorts = ['order', 'host', 'gain', 'lost', 'memmap'] as const
export const planItemsInput = z.object({
  rolloutId: z.uuid(),
  /** Part of a host's or device's name. */
  search: z.string().max(200).default(''),
  state: z.enum(['planning', 'planned', 'excluded']).nullable().default(null),
  wave: z.number().int().min(0).max(100_000).nullable().default(null),
  hazard: z.string().max(100).nullable().default(null),
  sort: z.enum(planItemSorts).default('order'),
  direction: z.enum(['asc', 'desc']).default('asc'),
  ...page,
})
export type PlanItemsInput = z.infer<typeof planItemsInput>

/** A device of the frozen list with what its host planned; figures are null until it has answered. */
export const planItemSchema = z.object({
  id: z.uuid(),
  planId: z.uuid().nullable(),
  hostId: z.uuid(),
  hostName: z.string(),
  wave: count.nullable(),
  deviceId: z.uuid(),
  daxName: z.string(),
  kind: z.string(),
  identity: z.string(),
  sizeBytes: z.bigint(),
  state: z.enum(itemStates),
  message: z.string(),
  next: z.string(),
  gainBytes: z.bigint().nullable(),
  lostBytes: z.bigint().nullable(),
  memmapBytes: z.bigint().nullable(),
  memmapFrom: z.string().nullable(),
  blockCount: count.nullable(),
  targetNode: count.nullable(),
  reversible: z.object({ yes: z.boolean(), why: z.string() }).nullable(),
  hazards: z.array(hazardSchema),
})
export type PlanItemRow = z.infer<typeof planItemSchema>
export const planItemsOutput = z.object({ items: z.array(planItemSchema), matching: count })

export const leftOutInput = z.object({
  rolloutId: z.uuid(),
  reason: z.string().max(100).nullable().default(null),
  search: z.string().max(200).default(''),
  ...page,
})
export type LeftOutInput = z.infer<typeof leftOutInput>
export const leftOutSchema = z.object({
  stage: z.enum(leftOutStages),
  hostId: z.uuid(),
  hostName: z.string(),
  deviceId: z.uuid().nullable(),
  daxName: z.string().nullable(),
  /** One of server/rollouts/targets/resolve.ts, or the code of the host's own refusal. */
  reason: z.string(),
  message: z.string(),
  next: z.string(),
})
export const leftOutOutput = z.object({ entries: z.array(leftOutSchema), matching: count })
