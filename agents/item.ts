/**
 * What is approved, as a host plans it: the part of the contract in protocol.ts, which passes it on, that a digest is
 * taken over. A conversion (`convert`) or the way back (`restore`).
 */

import type {
  AddressRange,
  BlockSpan,
  Decimal,
  DeviceKind,
  Hazard,
  HookPhase,
  Inspection,
  Prediction,
  Refusal,
} from './reading'

/** Where new blocks go: `policy` leaves them to the host's own auto-online policy and reports what it did. */
export const ZONES = ['movable', 'kernel', 'policy'] as const
export type Zone = (typeof ZONES)[number]

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

/** One sysfs write; `{block}` in `path` stands for every id in `blocks`. */
export interface PlannedWrite {
  step: Step
  path: string
  value: string
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
export type PlanItem = ConvertItem | RestoreItem

/** From device_dax to system RAM. `recovery` undoes a half-done conversion while no block is online. */
export interface ConvertItem extends Item {
  kind: 'convert'
  invariants: DeviceInvariants & { zone: Zone }
  preconditions: Item['preconditions'] & {
    autoOnlinePolicy: string
    kmem: Inspection['kmem']
    plannedBlocksOnline: BlockSpan[]
  }
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

/**
 * From system RAM back to device_dax. `recovery` brings blocks online again, each into the zone it had (`online`), or
 * gives the device to device_dax once kmem has let go of it (`bind`).
 */
export interface RestoreItem extends Item {
  kind: 'restore'
  preconditions: Item['preconditions'] & { blocks: PlannedBlocks[] }
  /** What MemTotal goes down by, as blocks that read online × block size. */
  lossBytes: Decimal
  policy: {
    /** So much MemAvailable must be left: looked at under the lock, and again before each block. */
    floorBytes: Decimal
    onPartial: OnPartial
    /** A block that is not offline after so long is interrupted and counts as one that does not go. */
    offlineSeconds: number
    kernelZone: 'refuse' | 'try'
  }
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

export interface PlanResult {
  /** Null when the device cannot even be described as a plan (gone, not devdax). */
  item: PlanItem | null
  digest: string | null
  /**
   * `already`: nothing to write. All predicted blocks are online in the zone asked, or, of a giving back, the device is on
   * device_dax and none of its blocks is there.
   */
  verdict: 'convertible' | 'restorable' | 'already' | 'refused'
  refusals: Refusal[]
  hazards: Hazard[]
  reversible: { yes: boolean; why: string }
  /** Of a plan of the way back, where the device was found. */
  restore?: RestoreOutlook
}
