import { z } from 'zod'
import {
  type AgentReply,
  DIRECTIONS,
  HOOK_PHASES,
  type Inspection,
  type JournalLine,
  OUTCOMES,
  type RecordedToken,
  type Sample,
} from '@/agents/protocol'
import { decimal, id, manyBlocks, manyItems, milliseconds, text, told, word } from './bounds'
import { fileStates, planResultSchema, step, write } from './item-schema'
import {
  featuresSchema,
  healthSchema,
  nodeAccessSchema,
  tieringSchema,
  udevRulesSchema,
} from './kernel-schema'
import { persistenceSchema } from './persistence-schema'
import {
  blockRuns,
  daxName,
  deviceKind,
  hazard,
  identity,
  kmem,
  prediction,
  range,
  refusal,
  sha256,
  uid,
} from './reading-parts'

const token = z.object({ installationId: told(1, 128), epoch: decimal })
const recordedToken = z.union([z.literal('unreadable'), token]) satisfies z.ZodType<RecordedToken>
const memory = z.object({
  totalBytes: decimal,
  freeBytes: decimal,
  availableBytes: decimal,
  movableBytes: decimal,
})
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
  persistence: persistenceSchema.exactOptional(),
}) satisfies z.ZodType<Inspection>

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
        files: fileStates.exactOptional(),
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
  z.object({ type: z.literal('policy'), before: word, after: word, errnoName: told(0, 40).nullable() }),
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
