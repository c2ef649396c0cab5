import { z } from 'zod'
import { kernelSettings } from './kernel-settings'
import { recordedTokenSchema } from './schemas/detail'
import {
  addressSchema,
  hostNameSchema,
  labelKeySchema,
  labelsSchema,
  labelValueSchema,
  newHostSchema,
  portSchema,
  usernameSchema,
} from './schemas/fields'
import { hostRowSchema } from './schemas/row'

export const addHostsInput = z.object({
  credentialId: z.uuid(),
  hosts: z.array(newHostSchema).min(1).max(1000),
})

/** All or nothing: with any conflict none is saved. */
export const addHostsOutput = z.discriminatedUnion('type', [
  z.object({ type: z.literal('added'), hostIds: z.array(z.uuid()) }),
  z.object({
    type: z.literal('conflicts'),
    conflicts: z.array(z.object({ row: z.number().int(), name: z.string(), message: z.string() })),
  }),
])

export const listHostsInput = z.object({
  /** Free words match name and address; `label:rack=r12`, `kind:pmem`, `state:ready`, `state!=ready` narrow. */
  query: z.string().max(500).default(''),
  sort: z.enum(['name', 'state', 'kernel', 'memTotal', 'convertible', 'lastSeen']).default('name'),
  direction: z.enum(['asc', 'desc']).default('asc'),
  limit: z.number().int().min(1).max(20_000).default(20_000),
  /** Rows to pass over first: pages read only the window they show. */
  offset: z.number().int().min(0).max(1_000_000).default(0),
})

export const listHostsOutput = z.object({
  hosts: z.array(hostRowSchema),
  total: z.number().int(),
  matching: z.number().int(),
  queryError: z.string().nullable(),
})

/** Figures the sentence and the tiles on top of the hosts page are made of. */
export const fleetSummaryOutput = z.object({
  hosts: z.number().int(),
  hostsByStanding: z.record(z.string(), z.number().int()),
  memTotalBytes: z.bigint(),
  pmemOnlineBytes: z.bigint(),
  cxlOnlineBytes: z.bigint(),
  hmemOnlineBytes: z.bigint(),
  convertibleBytes: z.bigint(),
  convertibleDevices: z.number().int(),
  lostBytes: z.bigint(),
  runningJobs: z.number().int(),
  /** Pools of hosts (WORKER_SELECTOR) without a worker that lives; '' are the hosts no pool names. */
  unservedPools: z.array(z.object({ selector: z.string(), hosts: z.number().int() })),
})

/** Each setting's values, the commonest first, over hosts with memory devices. */
export const tieringComparisonOutput = z.object({
  hosts: z.number().int(),
  settings: z.array(
    z.object({
      setting: z.enum(kernelSettings),
      values: z.array(z.object({ value: z.string(), hosts: z.number().int() })),
    }),
  ),
})

export const hostIdInput = z.object({ hostId: z.uuid() })

/** `from` is what the operator saw (`foreignToken`): another record than that is never replaced. */
export const adoptHostInput = z.object({ hostId: z.uuid(), from: recordedTokenSchema })

/** A verb that a worker carries out; `message` says what it will do. */
export const hostRequestOutput = z.discriminatedUnion('type', [
  z.object({ type: z.literal('requested'), message: z.string() }),
  z.object({ type: z.literal('refused'), message: z.string(), next: z.string() }),
])
export type HostRequestOutcome = z.infer<typeof hostRequestOutput>

export const reviewKeyInput = z.object({
  hostId: z.uuid(),
  keyId: z.uuid(),
  decision: z.enum(['trust', 'reject']),
  /** What the person saw; a key that changed since is not trusted by accident. */
  fingerprint: z.string(),
})

export const updateHostInput = z.object({
  hostId: z.uuid(),
  labels: labelsSchema.optional(),
  credentialId: z.uuid().optional(),
  username: usernameSchema.optional(),
  address: addressSchema.optional(),
  port: portSchema.optional(),
  /** Name of the host it is reached through; null: directly. */
  jumpHost: hostNameSchema.nullable().optional(),
})

/** One label of many hosts. All that match are sent as the filter, and found on the server. */
export const labelHostsInput = z.object({
  targets: z.discriminatedUnion('type', [
    z.object({ type: z.literal('hosts'), hostIds: z.array(z.uuid()).min(1).max(20_000) }),
    z.object({ type: z.literal('query'), query: z.string().max(500) }),
  ]),
  key: labelKeySchema,
  /** Null: the label is removed. */
  value: labelValueSchema.nullable(),
  /** How many hosts the person was told of; null: nothing is changed, only counted. */
  expected: z.number().int().nullable(),
})
export type LabelTargets = z.infer<typeof labelHostsInput>['targets']

export const labelHostsOutput = z.discriminatedUnion('type', [
  z.object({ type: z.enum(['counted', 'changed']), hosts: z.number().int(), changed: z.number().int() }),
  z.object({ type: z.literal('refused'), message: z.string(), next: z.string() }),
])

/** Expected outcomes of a verb on one host. */
export const hostVerbOutput = z.discriminatedUnion('type', [
  z.object({ type: z.literal('done') }),
  z.object({ type: z.literal('refused'), message: z.string(), next: z.string() }),
])
export type HostVerbOutcome = z.infer<typeof hostVerbOutput>
