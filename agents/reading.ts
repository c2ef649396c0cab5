/**
 * What the agent reads of a host, as it is told to the server: the nouns of the contract in protocol.ts, which passes
 * them on. Every 64-bit quantity is a decimal string; ids of memory blocks and NUMA nodes are small and stay numbers.
 */

import type { HealthFact } from './health'

/** An unsigned 64-bit value in decimal digits. */
export type Decimal = string

export type DeviceKind = 'pmem' | 'cxl' | 'hmem' | 'unknown'

export const REFUSAL_CODES = [
  'not_root',
  'unsupported',
  'compat_model',
  'kmem_missing',
  'kmem_blacklisted',
  'device_gone',
  'identity_changed',
  'rebooted',
  'bound_elsewhere',
  'in_use',
  'sibling_unbound',
  'too_small',
  'no_memmap_headroom',
  'auto_online_conflict',
  'media_errors',
  'unhealthy',
  'health_changed',
  'not_devdax',
  'no_target_node',
  'stranded',
  'not_system_ram',
  'kernel_zone',
  'no_hot_remove',
  'capacity_floor',
  'no_room',
  'not_offline',
  'share_too_large',
  'no_such_block',
  'plan_changed',
  'hook_unsafe',
  'hook_changed',
  'hook_refused',
  'hook_failed',
  'locked',
  'stale_token',
  'other_installation',
  'journal_no_space',
  'persisted',
  'daxctl_persists',
  'no_systemd',
  'unsafe_place',
] as const
export type RefusalCode = (typeof REFUSAL_CODES)[number]

/** Why nothing was written, or (`hook_failed`) what went wrong after all was. `message` says what is so, of what; `next` is the one thing to do about it. */
export interface Refusal {
  code: RefusalCode
  message: string
  next: string
}

export const HAZARD_CODES = [
  'not_erased_at_power_off',
  'movable_ratio',
  'mixed_zones',
  'memmap_cost',
  'alignment_loss',
  'auto_online',
  'udev_rule',
  'kubelet',
  'cpuset',
  'kdump',
  'no_hot_remove',
  'daxctl_persistence',
  'unreadable_users',
  'memory_shrinks',
  'held_pages',
  'health',
  'memory_without_device',
] as const
export type HazardCode = (typeof HAZARD_CODES)[number]

export interface Hazard {
  code: HazardCode
  message: string
}

export const HOOK_PHASES = ['pre-convert', 'post-convert', 'pre-restore', 'post-restore'] as const
export type HookPhase = (typeof HOOK_PHASES)[number]

/** A program of the host's own administrator that the agent runs around a conversion or a giving back, as it lies there now. */
export interface Hook {
  phase: HookPhase
  path: string
  /** Of its bytes; null where they cannot be read or it is no plain file. */
  sha256: string | null
  uid: number
  /** Permission bits, as ls and chmod write them: `0755`. */
  mode: string
  /** Why root cannot run it safely; null when nothing speaks against it. */
  fault: string | null
}

/** First and last id, both included. */
export type BlockSpan = [first: number, last: number]

/** Physical addresses, `end` included, as `mappingN/{start,end}` and `resource` tell them. */
export interface AddressRange {
  start: Decimal
  end: Decimal
}

/** Neighbouring blocks that read alike. `zones` is `valid_zones` as the kernel wrote it. */
export interface BlockRun {
  first: number
  last: number
  state: 'online' | 'offline' | 'going-offline' | 'unknown'
  zones: string
  node: number | null
}

/** What a device will yield, by the arithmetic of the kernel's kmem driver (drivers/dax/kmem.c). */
export interface Prediction {
  usableBytes: Decimal
  lostBytes: Decimal
  memmapBytes: Decimal
  /** Where struct pages come from: `normal` is memory that exists already, `device` the new memory. */
  memmapFrom: 'normal' | 'device'
  blockCount: number
  blocks: BlockSpan[]
}

/** Stable across reboots; `id` is what plans bind to, `detail` what a person compares. */
export interface DeviceIdentity {
  id: string
  detail: { label: string; value: string }[]
}

export interface DaxDevice {
  /** `daxX.Y`: this boot's name, never an identity. */
  name: string
  identity: DeviceIdentity
  kind: DeviceKind
  sizeBytes: Decimal
  alignBytes: Decimal | null
  ranges: AddressRange[]
  targetNode: number | null
  numaNode: number | null
  /** The driver link's name, null when unbound. */
  driver: string | null
  /** daxctl's word: `system-ram` only when bound to kmem. */
  mode: 'system-ram' | 'devdax'
  /** Blocks inside the mappings, as they read now. Empty unless the memory is plugged. */
  blocks: BlockRun[]
  /** daxctl's `movable`: every online block in ZONE_MOVABLE; null with none online. */
  movable: boolean | null
  memmapOnMemory: boolean | null
  /** What the device's own `state` reads, of kernels that have one (2026): `unplugged`, `offline`, `online…`. */
  deviceState: string | null
  badBlocks: number
  health: HealthFact[]
  /** Memory present in iomem without a driver: until reboot. */
  stranded: boolean
  prediction: Prediction
  refusals: Refusal[]
}

/** A pmem namespace that is no dax device (yet), and why. */
export interface OtherNamespace {
  name: string
  identity: DeviceIdentity
  mode: string
  sizeBytes: Decimal
  blockDevice: string | null
  mountPoint: string | null
  numaNode: number | null
  reason: string
}

/** What firmware says of the way from processors to a node; null where it says nothing. */
export interface NodeAccess {
  /** 0: seen from the nearest initiators of any kind; 1: from the nearest with processors. */
  initiatorClass: 0 | 1
  initiators: number[]
  readBandwidthMibs: number | null
  writeBandwidthMibs: number | null
  readLatencyNs: number | null
  writeLatencyNs: number | null
}

/** How the kernel moves pages between kinds of memory. */
export interface Tiering {
  /** Smaller is faster; empty where the kernel has no tiers. */
  tiers: { tier: number; nodes: number[] }[]
  demotionEnabled: boolean | null
  /** kernel.numa_balancing: 0 off, 1 on, 2 tiering (3 both). */
  numaBalancing: number | null
}

export const KERNEL_FEATURES = [
  'dax_bus',
  'hot_remove',
  'named_in_iomem',
  'mappings',
  'kmem_by_kind',
  'memmap_on_memory',
  'device_state',
  'fsdev_dax',
] as const
export type KernelFeatureName = (typeof KERNEL_FEATURES)[number]

/** What a kernel can, as looked for on the host; `since` is the mainline release that brought it. */
export interface KernelFeature {
  feature: KernelFeatureName
  since: string
  /** Null where nothing on the host tells. */
  present: boolean | null
}

export interface NumaNode {
  id: number
  memTotalBytes: Decimal
  memFreeBytes: Decimal
  hasCpus: boolean
  distances: number[]
  access: NodeAccess[]
  blocks: { online: number; offline: number; movable: number; normal: number }
}

export interface HostIdentity {
  machineId: string
  dmiUuid: string
  bootId: string
  hostname: string
  kernelRelease: string
  architecture: string
  /** `none` on bare metal, else the hypervisor's name as far as it tells. */
  virtualization: string
  osName: string
}

/** A udev rule that writes to memory blocks, and whether it does so on this host. */
export interface UdevRule {
  file: string
  line: string
  /** What it writes to a block; null where a program of its own decides. */
  writes: string | null
  /** To a block that was added; `maybe` where it asks for what the agent does not know. */
  acts: 'yes' | 'maybe' | 'no'
  /** To one that was taken offline, which so comes back. */
  actsOnOffline: 'yes' | 'maybe' | 'no'
}

export interface Inspection {
  host: HostIdentity
  /** False without CAP_SYS_ADMIN: ranges, users of devices and iomem are then unreadable. */
  privileged: boolean
  /** The fencing token on the host's disk: who may act. Null with none, or when unprivileged. */
  fence: RecordedToken | null
  blockSizeBytes: Decimal
  memory: { totalBytes: Decimal; freeBytes: Decimal; availableBytes: Decimal; movableBytes: Decimal }
  autoOnline: {
    policy: string
    bootParameter: string | null
    udevRules: UdevRule[]
  }
  kmem: 'loaded' | 'builtin' | 'loadable' | 'missing' | 'blacklisted'
  daxModel: 'bus' | 'class' | 'none'
  features: KernelFeature[]
  tiering: Tiering
  uptimeMs: Decimal
  nodes: NumaNode[]
  devices: DaxDevice[]
  namespaces: OtherNamespace[]
  hazards: Hazard[]
  /** In the order they are run; those that may not be run are here with their fault. */
  hooks: Hook[]
  /** What comes back after a restart, and what came back after the last. Absent without root. */
  persistence?: Persistence
}

/** A file of `/etc/daxfleet/persist.d`: a device that is converted again after each start of the host. */
export interface PersistedDevice {
  path: string
  /** Null where the file cannot be read as one of ours; `fault` says why, and nothing is done for it. */
  deviceId: string | null
  sizeBytes: Decimal | null
  zone: string | null
  fault: string | null
}

/** What the start of the host did for one file. */
export interface BootResult {
  path: string
  deviceId: string | null
  /** Whose journal tells it in full; null where there was nothing to begin. */
  jobId: string | null
  outcome: 'converted' | 'already' | 'partial' | 'refused' | 'failed' | 'stranded' | 'cancelled'
  message: string
  next: string
}

/** A device that daxctl's own configuration reconfigures when it appears. */
export interface DaxctlSection {
  file: string
  /** `nvdimm.uuid` of the section. */
  uuid: string
  /** Whether daxctl's udev rule and unit, which read it, are on the host. */
  acts: boolean
}

/** A file of the host as it is to be, or as it was read back. */
export interface FileState {
  path: string
  is: 'text' | 'program' | 'link' | 'absent' | 'other'
  /** Of the bytes, or of what a link leads to; null where there is none of it, or none that can be read. */
  sha256: string | null
}

export interface Persistence {
  devices: PersistedDevice[]
  /** Why nothing would come back although files ask for it (unit or program missing, changed or not safe); null else. */
  fault: string | null
  /**
   * Program, unit, link and each device's file as they lie there. Absent, as `agentSha256` is, where it was read for no more
   * than a verdict, or by an agent that did not tell it yet.
   */
  files?: FileState[]
  /** SHA-256 of the agent that read this: of another program at the next start no digest is this one. */
  agentSha256?: string | null
  /** Null when no start has done anything for it yet. `isOver`: false while it runs, or where it died. */
  lastBoot: { bootId: string; isOver: boolean; results: BootResult[] } | null
  daxctl: DaxctlSection[]
}

/** Compared as (installation, then epoch); a lower epoch is refused under the lock. */
export interface FencingToken {
  installationId: string
  epoch: Decimal
}

/** What the host has on record; `unreadable` when the file is there and is no token, so that nobody may act. */
export type RecordedToken = FencingToken | 'unreadable'

/** What an ordinary account can read of a host's memory. */
export interface Sample {
  bootId: string
  uptimeMs: Decimal
  memory: Inspection['memory']
  nodes: { id: number; memTotalBytes: Decimal; memFreeBytes: Decimal }[]
  devices: { name: string; driver: string | null; sizeBytes: Decimal; targetNode: number | null }[]
  blockSizeBytes: Decimal
  blocks: BlockRun[]
}
