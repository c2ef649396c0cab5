/**
 * What is approved, as a host plans it: the part of the contract in protocol.ts, which passes it on, that a digest is
 * taken over. A conversion (`convert`), the way back (`restore`), or a share of a device brought online or taken offline.
 */

import type { HealthFact, HealthFinding, HealthPolicy } from './health'
import type {
  AddressRange,
  BlockSpan,
  Decimal,
  DeviceKind,
  FileState,
  Hazard,
  HookPhase,
  Inspection,
  Prediction,
  Refusal,
} from './reading'

/** Where new blocks go: `policy` leaves them to the host's own auto-online policy and reports what it did. */
export const ZONES = ['movable', 'kernel', 'policy'] as const
export type Zone = (typeof ZONES)[number]
/** A share is brought online by us alone, so its zone is named. */
export const SHARE_ZONES = ['movable', 'kernel'] as const
export type ShareZone = (typeof SHARE_ZONES)[number]

/**
 * The steps of a conversion in the order they happen, then those that only a giving back has; its own order is
 * RESTORE_STEPS. `contact` is the server's own, those named after hooks are there only on a host that has them.
 */
export const STEPS = [
  'contact',
  'lock',
  'preflight',
  'pre-convert',
  'claim',
  'unbind',
  'bind',
  'release',
  'online',
  'post-convert',
  'verify',
  'pre-restore',
  'offline',
  'post-restore',
  'install',
  'persist',
  'unpersist',
  'uninstall',
] as const
export type Step = (typeof STEPS)[number]

/**
 * The steps of a giving back, in their order. `claim` only where device_dax does not take the device by itself; `online`
 * only where blocks are brought back because not all would go.
 */
export const RESTORE_STEPS = [
  'contact',
  'lock',
  'preflight',
  'pre-restore',
  'release',
  'offline',
  'online',
  'claim',
  'unbind',
  'bind',
  'post-restore',
  'verify',
] as const satisfies readonly Step[]

/**
 * The steps of making a conversion come back after a restart (`install`, `persist`), and of taking that back
 * (`unpersist`, `uninstall`), in their order.
 */
export const PERSIST_STEPS = [
  'contact',
  'lock',
  'preflight',
  'install',
  'persist',
  'unpersist',
  'uninstall',
  'verify',
] as const satisfies readonly Step[]

/**
 * What a write to a file of the host is: `text` makes it hold `value`, `program` makes it the agent's own bytes, of which
 * `value` is the SHA-256, `link` makes it lead to `value`, `remove` takes it away. Each is whole or not at all.
 */
export const FILE_WRITES = ['text', 'program', 'link', 'remove'] as const

/** One sysfs write; `{block}` in `path` stands for every id in `blocks`. With `file` a write to a file of the host. */
export interface PlannedWrite {
  step: Step
  path: string
  value: string
  file?: (typeof FILE_WRITES)[number]
  /** Written to in ascending order; in descending order where the step is `offline`. */
  blocks?: BlockSpan[]
}

/** A hook as it was when the plan was made: another one is never run in its place. */
export interface PlannedHook {
  phase: HookPhase
  path: string
  sha256: string
  uid: number
  /** Past this the hook and all it started is killed. */
  deadlineSeconds: number
}

/** Which device, of which boot of which machine. */
export interface DeviceInvariants {
  machineId: string
  dmiUuid: string
  bootId: string
  deviceId: string
  deviceKind: DeviceKind
  ranges: AddressRange[]
  blockSizeBytes: Decimal
  targetNode: number
}

/** What the items of both kinds have alike. */
interface Item {
  version: 1
  invariants: DeviceInvariants
  preconditions: { daxName: string; driver: string | null; hooks: PlannedHook[] }
  /** The blocks of the device's mappings, all that will be or may be there, and what their page structures take. */
  prediction: Prediction
  writes: PlannedWrite[]
  recovery: PlannedWrite[]
}

/**
 * What an approval covers. Invariants and preconditions must hold on the host, under its lock, to the letter;
 * the digest is SHA-256 over canonical JSON (RFC 8785) of this object.
 */
export type PlanItem = ConvertItem | RestoreItem | OnlineItem | OfflineItem | PersistItem | UnpersistItem

/** From device_dax to system RAM. `recovery` undoes a half-done conversion while no block is online. */
export interface ConvertItem extends Item {
  kind: 'convert'
  invariants: DeviceInvariants & { zone: Zone }
  preconditions: Item['preconditions'] & {
    autoOnlinePolicy: string
    kmem: Inspection['kmem']
    plannedBlocksOnline: BlockSpan[]
  }
  health?: JudgedHealth
}

/**
 * The policy the device's health is judged by, and what was not in order: read again under the lock, where anything
 * else than was approved is refused. Absent where the plan was asked for without one.
 */
export interface JudgedHealth {
  policy: HealthPolicy
  found: HealthFinding[]
}

/** What becomes of blocks that are offline already when another one does not go: online again, or left as they are. */
export const ON_PARTIAL = ['roll_back', 'leave'] as const
export type OnPartial = (typeof ON_PARTIAL)[number]

/** Neighbouring blocks of a device as they read when the plan was made. */
export interface PlannedBlocks {
  first: number
  last: number
  state: 'online' | 'offline' | 'going-offline' | 'unknown'
  /** `valid_zones` of an online block, which names the zone it is in; empty for any other. */
  zones: string
}

/** How blocks are taken offline: of a whole device, or of a share of one. */
export interface OfflinePolicy {
  /** So much MemAvailable must be left: looked at under the lock, and again before each block. */
  floorBytes: Decimal
  onPartial: OnPartial
  /** A block that is not offline after so long is interrupted and counts as one that does not go. */
  offlineSeconds: number
  kernelZone: 'refuse' | 'try'
}

/**
 * From system RAM back to device_dax. `recovery` brings blocks online again, each into the zone it had (`online`), or
 * gives the device to device_dax once kmem has let go of it (`bind`).
 */
export interface RestoreItem extends Item {
  kind: 'restore'
  preconditions: Item['preconditions'] & { blocks: PlannedBlocks[] }
  /** What MemTotal goes down by, as blocks that read online × block size. */
  lossBytes: Decimal
  policy: OfflinePolicy
}

/** Which blocks a share of a device is, as asked and as chosen by the host. */
export interface Share {
  /** What was asked in bytes, before it was rounded down to whole blocks; null where blocks were named. */
  askedBytes: Decimal | null
  blocks: BlockSpan[]
  /** Those blocks, in bytes. */
  bytes: Decimal
}

/** A share of a device on kmem comes online, its driver stays. Of bytes: the lowest blocks that are offline. */
export interface OnlineItem extends Item {
  kind: 'online'
  invariants: DeviceInvariants & { zone: ShareZone }
  preconditions: Item['preconditions'] & { blocks: PlannedBlocks[] }
  share: Share
  health?: JudgedHealth
}

/**
 * A share of a device on kmem goes offline, its driver stays. Of bytes: the highest blocks that are online. `recovery`
 * brings them online again, each into the zone it had.
 */
export interface OfflineItem extends Item {
  kind: 'offline'
  preconditions: Item['preconditions'] & { blocks: PlannedBlocks[] }
  share: Share
  /** What MemTotal goes down by: those of the share that are online. */
  lossBytes: Decimal
  policy: OfflinePolicy
}

/** Files of the host, and nothing written to the kernel. */
interface FilesItem extends Item {
  /** Every file as it is to be in the end; `writes` has those that are not so yet. */
  files: FileState[]
}

/** That a device is converted again after each start of the host, its blocks in that zone. */
export interface PersistItem extends FilesItem {
  kind: 'persist'
  zone: Zone
}

/** That it is so no more. The device may not be there any more: its name is '' then. */
export interface UnpersistItem extends FilesItem {
  kind: 'unpersist'
  zone: null
}

/** A process that has memory on the node which the kernel may not be able to move, as far as it tells. */
export interface PageHolder {
  pid: number
  name: string
  /** Pages of it on the device's node. */
  onNodeBytes: Decimal
  /** Locked (VmLck), pinned for devices (VmPin) and huge (HugetlbPages), on all nodes together. */
  lockedBytes: Decimal
  pinnedBytes: Decimal
  hugeBytes: Decimal
}

/** Figures of the moment a giving back was planned: no part of what is approved, for they never stand still. */
export interface RestoreOutlook {
  /** MemAvailable now, and as it would be with the blocks offline. */
  availableBytes: Decimal
  availableAfterBytes: Decimal
  /** What page structures give back to the existing memory once the device has left kmem. */
  memmapReturnedBytes: Decimal
  /** What is in use on the device's node, and would have to move; null where the node does not tell. */
  nodeUsedBytes: Decimal | null
  holders: PageHolder[]
}

export const PLAN_VERDICTS = [
  'convertible',
  'restorable',
  'onlinable',
  'offlinable',
  'persistable',
  'already',
  'refused',
] as const
export type PlanVerdict = (typeof PLAN_VERDICTS)[number]

export interface PlanResult {
  /** Null when the device cannot even be described as a plan (gone, not devdax). */
  item: PlanItem | null
  digest: string | null
  /**
   * `already`: nothing to write. All predicted blocks are online in the zone asked, or, of a giving back, the device is on
   * device_dax and none of its blocks is there; of a share, its blocks are as asked; of files, all are as they are to be.
   */
  verdict: PlanVerdict
  refusals: Refusal[]
  hazards: Hazard[]
  reversible: { yes: boolean; why: string }
  /** Of what comes online and was asked for with a policy: all that was read of the device's health, poison included. */
  health?: HealthFact[]
  /** Of a plan that takes memory away (`restore`, `offline`), where the device was found. */
  restore?: RestoreOutlook
}
