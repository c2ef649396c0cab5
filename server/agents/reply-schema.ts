import { z } from 'zod'
import {
  type AgentReply,
  type ConvertItem,
  DIRECTIONS,
  HAZARD_CODES,
  HOOK_PHASES,
  type Inspection,
  type JournalLine,
  ON_PARTIAL,
  OUTCOMES,
  type PlanItem,
  type PlanResult,
  REFUSAL_CODES,
  type RecordedToken,
  type RestoreItem,
  type RestoreOutlook,
  type Sample,
  STEPS,
  ZONES,
} from '@/agents/protocol'
import { decimal, id, manyBlocks, manyItems, milliseconds, text, told, word } from './bounds'
import {
  featuresSchema,
  healthSchema,
  nodeAccessSchema,
  tieringSchema,
  udevRulesSchema,
} from './kernel-schema'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const uid = z
  .number()
  .int()
  .min(0)
  .max(2 ** 32)

const refusal = z.object({ code: z.enum(REFUSAL_CODES), message: text, next: text })
const hazard = z.object({ code: z.enum(HAZARD_CODES), message: text })
const span = z.tuple([id, id]).refine(([first, last]) => first <= last, 'runs backwards')
const range = z.object({ start: decimal, end: decimal })
const blockState = z.enum(['online', 'offline', 'going-offline', 'unknown'])
const blockRun = z
  .object({
    first: id,
    last: id,
    state: blockState,
    zones: told(0, 100),
    node: id.nullable(),
  })
  .refine(({ first, last }) => first <= last, 'runs backwards')
const blockRuns = z.array(blockRun).max(manyBlocks)
const spans = z.array(span).max(manyBlocks)
const deviceKind = z.enum(['pmem', 'cxl', 'hmem', 'unknown'])
const deviceId = told(0, 1_024)
const identity = z.object({
  id: deviceId,
  detail: z.array(z.object({ label: word, value: word })).max(100),
})
const prediction = z.object({
  usableBytes: decimal,
  lostBytes: decimal,
  memmapBytes: decimal,
  memmapFrom: z.enum(['normal', 'device']),
  blockCount: id,
  blocks: spans,
})
const kmem = z.enum(['loaded', 'builtin', 'loadable', 'missing', 'blacklisted'])

const token = z.object({ installationId: told(1, 128), epoch: decimal })
const recordedToken = z.union([z.literal('unreadable'), token]) satisfies z.ZodType<RecordedToken>
const memory = z.object({
  totalBytes: decimal,
  freeBytes: decimal,
  availableBytes: decimal,
  movableBytes: decimal,
})
const daxName = z.string().regex(/^dax\d{1,6}\.\d{1,6}$/)

const device = z.object({
  name: daxName,
  identity,
  kind: deviceKind,
  sizeBytes: decimal,
  alignBytes: decimal.nullable(),
  ranges: z.array(range).max(manyItems),
  targetNode: id.nullable(),
  numaNode: id.nullable(),
  driver: word.nullable(),
  mode: z.enum(['system-ram', 'devdax']),
  blocks: blockRuns,
  movable: z.boolean().nullable(),
  memmapOnMemory: z.boolean().nullable(),
  deviceState: word.nullable(),
  badBlocks: z
    .number()
    .int()
    .min(0)
    .max(2 ** 40),
  health: healthSchema,
  stranded: z.boolean(),
  prediction,
  refusals: z.array(refusal).max(100),
})

const inspectionSchema = z.object({
  host: z.object({
    machineId: word,
    dmiUuid: word,
    bootId: word,
    hostname: word,
    kernelRelease: word,
    architecture: word,
    virtualization: word,
    osName: word,
  }),
  privileged: z.boolean(),
  fence: recordedToken.nullable(),
  blockSizeBytes: decimal,
  memory,
  autoOnline: z.object({
    policy: word,
    bootParameter: word.nullable(),
    udevRules: udevRulesSchema,
  }),
  kmem,
  daxModel: z.enum(['bus', 'class', 'none']),
  features: featuresSchema,
  tiering: tieringSchema,
  uptimeMs: decimal,
  nodes: z
    .array(
      z.object({
        id,
        memTotalBytes: decimal,
        memFreeBytes: decimal,
        hasCpus: z.boolean(),
        distances: z.array(z.number().int().min(0).max(100_000)).max(manyItems),
        access: nodeAccessSchema,
        blocks: z.object({ online: id, offline: id, movable: id, normal: id }),
      }),
    )
    .max(manyItems),
  devices: z.array(device).max(manyItems),
  namespaces: z
    .array(
      z.object({
        name: word,
        identity,
        mode: word,
        sizeBytes: decimal,
        blockDevice: word.nullable(),
        mountPoint: word.nullable(),
        numaNode: id.nullable(),
        reason: text,
      }),
    )
    .max(manyItems),
  hazards: z.array(hazard).max(1_000),
  hooks: z
    .array(
      z.object({
        phase: z.enum(HOOK_PHASES),
        path: word,
        sha256: sha256.nullable(),
        uid,
        mode: told(0, 10),
        fault: text.nullable(),
      }),
    )
    .max(HOOK_PHASES.length),
}) satisfies z.ZodType<Inspection>

const step = z.enum(STEPS)
const write = z.object({ step, path: word, value: word, blocks: spans.exactOptional() })
const writes = z.array(write).max(1_000)

const invariants = z.object({
  machineId: word,
  dmiUuid: word,
  bootId: word,
  deviceId,
  deviceKind,
  ranges: z.array(range).max(manyItems),
  blockSizeBytes: decimal,
  targetNode: id,
})
const hooks = z
  .array(
    z.object({
      phase: z.enum(HOOK_PHASES),
      path: word,
      sha256,
      uid,
      deadlineSeconds: z.number().int().min(1).max(3_600),
    }),
  )
  .max(HOOK_PHASES.length)
const item = z.object({ version: z.literal(1), prediction, writes, recovery: writes })

const convertItemSchema = item.extend({
  kind: z.literal('convert'),
  invariants: invariants.extend({ zone: z.enum(ZONES) }),
  preconditions: z.object({
    daxName,
    driver: word.nullable(),
    autoOnlinePolicy: word,
    kmem,
    plannedBlocksOnline: spans,
    hooks,
  }),
}) satisfies z.ZodType<ConvertItem>

const restoreItemSchema = item.extend({
  kind: z.literal('restore'),
  invariants,
  preconditions: z.object({
    daxName,
    driver: word.nullable(),
    blocks: z.array(z.object({ first: id, last: id, state: blockState, zones: word })).max(manyBlocks),
    hooks,
  }),
  lossBytes: decimal,
  policy: z.object({
    floorBytes: decimal,
    onPartial: z.enum(ON_PARTIAL),
    offlineSeconds: z.number().int().min(1).max(3_600),
    kernelZone: z.enum(['refuse', 'try']),
  }),
}) satisfies z.ZodType<RestoreItem>

const planItemSchema = z.discriminatedUnion('kind', [
  convertItemSchema,
  restoreItemSchema,
]) satisfies z.ZodType<PlanItem>

const restoreOutlook = z.object({
  availableBytes: decimal,
  availableAfterBytes: decimal,
  memmapReturnedBytes: decimal,
  nodeUsedBytes: decimal.nullable(),
  holders: z
    .array(
      z.object({
        pid: z.number().int().min(1).max(4_194_304),
        name: word,
        onNodeBytes: decimal,
        lockedBytes: decimal,
        pinnedBytes: decimal,
        hugeBytes: decimal,
      }),
    )
    .max(1_000),
}) satisfies z.ZodType<RestoreOutlook>

const planResultSchema = z.object({
  item: planItemSchema.nullable(),
  digest: sha256.nullable(),
  verdict: z.enum(['convertible', 'restorable', 'already', 'refused']),
  refusals: z.array(refusal).max(100),
  hazards: z.array(hazard).max(1_000),
  reversible: z.object({ yes: z.boolean(), why: text }),
  restore: restoreOutlook.exactOptional(),
}) satisfies z.ZodType<PlanResult>

const lineBase = { n: z.number().int().min(1).max(1_000_000), uptimeMs: decimal }
const errno = { errno: z.number().int().min(0).max(4_095), errnoName: told(0, 40) }

const journalLineSchema = z.discriminatedUnion('kind', [
  z.object({
    ...lineBase,
    kind: z.literal('open'),
    jobId: word,
    token,
    digest: word,
    bootId: word,
    agentVersion: word,
    memTotalBytes: decimal,
  }),
  z.object({
    ...lineBase,
    kind: z.literal('recover'),
    token,
    direction: z.enum(DIRECTIONS),
    driver: word.nullable(),
    bootId: word,
    agentVersion: word,
  }),
  z.object({
    ...lineBase,
    kind: z.literal('step'),
    step,
    state: z.enum(['started', 'done', 'failed']),
    durationMs: milliseconds.exactOptional(),
    detail: text,
  }),
  z.object({ ...lineBase, kind: z.literal('intent'), step, write }),
  z.object({
    ...lineBase,
    kind: z.literal('done'),
    step,
    write,
    ...errno,
    durationMs: milliseconds,
    failures: z
      .array(z.object({ block: id, ...errno }))
      .max(manyBlocks)
      .exactOptional(),
  }),
  z.object({
    ...lineBase,
    kind: z.literal('outcome'),
    outcome: z.enum(OUTCOMES),
    bootId: word,
    readBack: z
      .object({
        driver: word.nullable(),
        blocks: blockRuns,
        memTotalBytes: decimal,
        nodeMemTotalBytes: decimal.nullable(),
      })
      .nullable(),
    refusals: z.array(refusal).max(100),
    message: text,
    next: text,
  }),
]) satisfies z.ZodType<JournalLine>

const sample = z.object({
  bootId: word,
  uptimeMs: decimal,
  memory,
  nodes: z.array(z.object({ id, memTotalBytes: decimal, memFreeBytes: decimal })).max(manyItems),
  devices: z
    .array(
      z.object({ name: daxName, driver: word.nullable(), sizeBytes: decimal, targetNode: id.nullable() }),
    )
    .max(manyItems),
  blockSizeBytes: decimal,
  blocks: blockRuns,
}) satisfies z.ZodType<Sample>

/**
 * What a host may answer, bounded in every direction. A host is untrusted: nothing is taken that is not described
 * here, unknown keys are dropped, and text is in a form that Postgres has: whoever stores it need not think of it again.
 */
export const replySchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('hello'), protocol: z.number().int(), agentVersion: word }),
  z.object({
    type: z.literal('version'),
    protocol: z.number().int(),
    agentVersion: word,
    architecture: word,
    verbs: z.array(word).max(100),
  }),
  z.object({ type: z.literal('inspection'), inspection: inspectionSchema }),
  z.object({ type: z.literal('plan'), plan: planResultSchema }),
  z.object({
    type: z.literal('ready'),
    nonce: z.string().min(8).max(200),
    digest: word,
    sample: sample.exactOptional(),
  }),
  z.object({ type: z.literal('journal'), line: journalLineSchema }),
  z.object({ type: z.literal('waiting'), onLine: z.number().int().min(0), forMs: milliseconds }),
  z.object({ type: z.literal('end'), state: z.enum(['finished', 'abandoned', 'held', 'rebooted']) }),
  z.object({ type: z.literal('fenced'), inspection: inspectionSchema }),
  z.object({ type: z.literal('held'), jobId: word }),
  z.object({ type: z.literal('adopted') }),
  z.object({ type: z.literal('abort_noted') }),
  z.object({ type: z.literal('refused'), refusal }),
  z.object({ type: z.literal('sample'), sample }),
  z.object({
    type: z.literal('error'),
    code: z.enum(['bad_request', 'protocol_mismatch', 'unknown_verb', 'no_journal', 'internal']),
    message: text,
    next: text,
  }),
]) satisfies z.ZodType<AgentReply>
