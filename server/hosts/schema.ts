import { z } from 'zod'
import { healthFactViewSchema, healthStateSchema } from '@/server/health-policy/schema'
import { jobStates } from '@/server/jobs/vocabulary'
import { planKinds } from '@/server/plans/vocabulary'
import { kernelSettings } from './kernel-settings'

/** `[user@]address[:port]` without brackets for IPv6; checked again by the SSH layer. */
export const addressSchema = z
  .string()
  .trim()
  .min(1, 'Enter an address.')
  .max(253, 'An address has at most 253 characters.')
  .regex(/^[A-Za-z0-9._:%-]+$/, 'An address is a host name or an IP address.')
export const usernameSchema = z
  .string()
  .trim()
  .regex(/^[a-z_][a-z0-9_.-]{0,31}\$?$/i, 'A user name is letters, digits, dot, dash and underscore.')
export const portSchema = z.number().int().min(1).max(65535)
const labelKeySchema = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_./-]{0,62}$/, 'A label key starts with a letter.')
const labelValueSchema = z.string().max(255, 'A label has at most 255 characters.')
export const labelsSchema = z.record(labelKeySchema, labelValueSchema)
export const hostNameSchema = z
  .string()
  .trim()
  .regex(
    /^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/,
    'A host name is letters, digits, dots and dashes.',
  )

export const hostStates = [
  'new',
  'key_review',
  'key_changed',
  'ready',
  'unreachable',
  'auth_refused',
  'sudo_refused',
  'agent_failed',
  'quarantined',
  'foreign',
] as const
export const hostStateSchema = z.enum(hostStates)
export type HostStateName = z.infer<typeof hostStateSchema>

/** A host's state, or that one of its devices is not as it should be (standing.ts). */
export const hostStandings = [...hostStates, 'needs_attention'] as const
export const hostStandingSchema = z.enum(hostStandings)
export type HostStandingName = z.infer<typeof hostStandingSchema>

export const deviceStates = [
  'convertible',
  'incompatible',
  'system_ram',
  'partial',
  'unbound',
  'stranded',
  'gone',
] as const
export const deviceStateSchema = z.enum(deviceStates)
export type DeviceStateName = z.infer<typeof deviceStateSchema>

/** One host to add; an import is read into these, with a verdict a row (server/imports). */
export const newHostSchema = z.object({
  name: hostNameSchema,
  address: addressSchema,
  port: portSchema.default(22),
  username: usernameSchema,
  labels: labelsSchema.default({}),
})
export type NewHost = z.infer<typeof newHostSchema>

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

export const hostTroubleSchema = z.object({
  daxName: z.string(),
  state: deviceStateSchema,
  onlineBlocks: z.number().int(),
  totalBlocks: z.number().int(),
  /** How many more devices of the host need attention. */
  otherDevices: z.number().int(),
})
export type HostTrouble = z.infer<typeof hostTroubleSchema>

export const awaySchema = z.object({ at: z.date(), message: z.string(), next: z.string() })

export const hostRowSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  address: z.string(),
  port: z.number(),
  username: z.string(),
  labels: labelsSchema,
  state: hostStateSchema,
  standing: hostStandingSchema,
  /** The first device that needs attention, where one does. */
  trouble: hostTroubleSchema.nullable(),
  /** That it cannot be reached, where its state tells something else that is so all the same: quarantine, adoption. */
  away: awaySchema.nullable(),
  stateMessage: z.string(),
  stateNext: z.string(),
  stateSince: z.date(),
  probing: z.boolean(),
  lastSeenAt: z.date().nullable(),
  kernelRelease: z.string().nullable(),
  memTotalBytes: z.bigint().nullable(),
  /** Sums over the host's devices, derived from raw block states. */
  pmemOnlineBytes: z.bigint(),
  cxlOnlineBytes: z.bigint(),
  hmemOnlineBytes: z.bigint(),
  convertibleBytes: z.bigint(),
  convertibleDevices: z.number().int(),
  /** The job that holds the host or waits for it. */
  activeJobId: z.uuid().nullable(),
  activeJobKind: z.enum(planKinds).nullable(),
  activeJobState: z.enum(jobStates).nullable(),
  /** A write of that job has been in the kernel for long. */
  activeJobStuck: z.boolean(),
  /** The key it shows was rejected, and no other waits for review. */
  keyRejected: z.boolean(),
})
export type HostRow = z.infer<typeof hostRowSchema>

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
  comesBack: z
    .object({
      by: z.enum(['daxfleet', 'daxctl']).nullable(),
      zone: z.string().nullable(),
      file: z.string().nullable(),
      fault: z.string().nullable(),
      lastStart: z.object({ outcome: z.string(), message: z.string(), next: z.string() }).nullable(),
    })
    .nullable(),
  seenAt: z.date(),
})
export type DeviceView = z.infer<typeof deviceSchema>

export const nodeViewSchema = z.object({
  id: z.number().int(),
  memTotalBytes: z.bigint(),
  memFreeBytes: z.bigint(),
  hasCpus: z.boolean(),
  distances: z.array(z.number()),
  /** What firmware says of the way from the nearest processors; null where it says nothing. */
  access: z
    .object({
      readBandwidthMibs: z.number().nullable(),
      writeBandwidthMibs: z.number().nullable(),
      readLatencyNs: z.number().nullable(),
      writeLatencyNs: z.number().nullable(),
    })
    .nullable(),
  blocks: z.object({
    online: z.number().int(),
    offline: z.number().int(),
    movable: z.number().int(),
    normal: z.number().int(),
  }),
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

export const tieringViewSchema = z.object({
  tiers: z.array(z.object({ tier: z.number().int(), nodes: z.array(z.number().int()) })),
  demotionEnabled: z.boolean().nullable(),
  numaBalancing: z.number().int().nullable(),
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
  lostFiles: z.array(z.object({ path: z.string(), why: z.string() })),
  keys: z.array(hostKeySchema),
})
export type HostDetail = z.infer<typeof hostDetailSchema>

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
