import { z } from 'zod'
import {
  type ConvertItem,
  FILE_WRITES,
  type FileState,
  HOOK_PHASES,
  type OfflineItem,
  ON_PARTIAL,
  type OnlineItem,
  type PersistItem,
  PLAN_VERDICTS,
  type PlanItem,
  type PlanResult,
  type RestoreItem,
  type RestoreOutlook,
  SHARE_ZONES,
  STEPS,
  type UnpersistItem,
  ZONES,
} from '@/agents/protocol'
import { decimal, id, manyBlocks, manyItems, text, told, word } from './bounds'
import { healthSchema, plannedHealthSchema } from './kernel-schema'
import {
  blockState,
  daxName,
  deviceId,
  deviceKind,
  hazard,
  kmem,
  prediction,
  range,
  refusal,
  sha256,
  spans,
  uid,
} from './reading-parts'

export const step = z.enum(STEPS)
export const write = z.object({
  step,
  path: word,
  // The whole text of a file, where it is one.
  value: told(0, 4_000),
  blocks: spans.exactOptional(),
  file: z.enum(FILE_WRITES).exactOptional(),
})
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
  health: plannedHealthSchema.exactOptional(),
}) satisfies z.ZodType<ConvertItem>

const blocksItem = item.extend({
  invariants,
  preconditions: z.object({
    daxName,
    driver: word.nullable(),
    blocks: z.array(z.object({ first: id, last: id, state: blockState, zones: word })).max(manyBlocks),
    hooks,
  }),
})
const share = z.object({ askedBytes: decimal.nullable(), blocks: spans, bytes: decimal })
const offlinePolicy = z.object({
  floorBytes: decimal,
  onPartial: z.enum(ON_PARTIAL),
  offlineSeconds: z.number().int().min(1).max(3_600),
  kernelZone: z.enum(['refuse', 'try']),
})

const restoreItemSchema = blocksItem.extend({
  kind: z.literal('restore'),
  lossBytes: decimal,
  policy: offlinePolicy,
}) satisfies z.ZodType<RestoreItem>

const onlineItemSchema = blocksItem.extend({
  kind: z.literal('online'),
  invariants: invariants.extend({ zone: z.enum(SHARE_ZONES) }),
  share,
  health: plannedHealthSchema.exactOptional(),
}) satisfies z.ZodType<OnlineItem>

const offlineItemSchema = blocksItem.extend({
  kind: z.literal('offline'),
  share,
  lossBytes: decimal,
  policy: offlinePolicy,
}) satisfies z.ZodType<OfflineItem>

export const fileState = z.object({
  path: word,
  is: z.enum(['text', 'program', 'link', 'absent', 'other']),
  sha256: sha256.nullable(),
}) satisfies z.ZodType<FileState>
export const fileStates = z.array(fileState).max(10)

const filesItem = item.extend({
  invariants,
  // A device that is gone has no name any more.
  preconditions: z.object({ daxName: z.union([daxName, z.literal('')]), driver: word.nullable(), hooks }),
  files: fileStates,
})

const persistItemSchema = filesItem.extend({
  kind: z.literal('persist'),
  zone: z.enum(ZONES),
}) satisfies z.ZodType<PersistItem>

const unpersistItemSchema = filesItem.extend({
  kind: z.literal('unpersist'),
  zone: z.null(),
}) satisfies z.ZodType<UnpersistItem>

const planItemSchema = z.discriminatedUnion('kind', [
  convertItemSchema,
  restoreItemSchema,
  onlineItemSchema,
  offlineItemSchema,
  persistItemSchema,
  unpersistItemSchema,
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

export const planResultSchema = z.object({
  item: planItemSchema.nullable(),
  digest: sha256.nullable(),
  verdict: z.enum(PLAN_VERDICTS),
  refusals: z.array(refusal).max(100),
  hazards: z.array(hazard).max(1_000),
  reversible: z.object({ yes: z.boolean(), why: text }),
  health: healthSchema.exactOptional(),
  restore: restoreOutlook.exactOptional(),
}) satisfies z.ZodType<PlanResult>
