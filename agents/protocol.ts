/**
 * The contract between server and agent. Both sides import this file and nothing else of each other.
 *
 * Transport: one agent process per request, JSON lines over stdin and stdout (RFC 8259, one object a line,
 * at most MAX_LINE_BYTES). The request is the first line on stdin; nothing is ever passed as a shell word.
 * The first line out is always `hello`. Every 64-bit quantity is a decimal string; ids of memory blocks and
 * NUMA nodes are small and stay numbers. See docs/agent-protocol.md.
 */

import type { HealthPolicy } from './health'
import type { OnPartial, PlanItem, PlannedWrite, PlanResult, ShareZone, Step, Zone } from './item'
import type {
  BlockRun,
  BlockSpan,
  Decimal,
  FencingToken,
  FileState,
  Inspection,
  RecordedToken,
  Refusal,
  Sample,
} from './reading'

export * from './health'
export * from './item'
export * from './reading'

/** Raised on any change that an older peer would misread. A mismatch is reported, never guessed around. */
export const PROTOCOL_VERSION = 1
export const AGENT_VERSION = '0.1.0'
export const MAX_LINE_BYTES = 4 * 1024 * 1024
/** The agent waits this long for `go` after `ready`; then it ends `cancelled` with nothing written. */
export const GO_TIMEOUT_SECONDS = 30
/** How long a hook may take where the request for a plan names nothing else. */
export const HOOK_SECONDS = 600
/** How long one memory block may take to go offline where the request for a plan names nothing else. */
export const OFFLINE_SECONDS = 60

export const VERBS = [
  'version',
  'inspect',
  'plan',
  'convert',
  'restore',
  'online',
  'offline',
  'persist',
  'unpersist',
  'attach',
  'fence',
  'recover',
  'abort',
  'adopt',
  'policy',
  'watch',
] as const
export type Verb = (typeof VERBS)[number]

/**
 * Where a half-done job goes. A conversion: on to the end, or back to device_dax as long as no block is there. A giving
 * back: on to device_dax, or back online, each block into the zone it had, as long as kmem still holds the device.
 */
export const DIRECTIONS = ['forward', 'back'] as const
export type Direction = (typeof DIRECTIONS)[number]

// ---- requests ------------------------------------------------------------------------------------------

/** What both kinds of plan are asked with. */
interface Question {
  deviceId: string
  /** How long each hook may take, 1 to 3600, else HOOK_SECONDS. */
  hookSeconds?: number
}

/** A plan of a conversion: the kind of a request that names none. */
export interface ConvertQuestion extends Question {
  kind?: 'convert'
  zone: Zone
  /** What speaks against a device whose health is not in order; without it bad blocks alone do. */
  health?: HealthPolicy
  /** Memmap of conversions that are approved for this host and not begun. */
  reservedBytes: Decimal
}

/** How memory may be taken away. */
interface OfflineTerms {
  /** Online bytes of other devices of this host whose giving back is approved and not begun. */
  reservedBytes: Decimal
  /** So much MemAvailable must be left, at every moment: below it nothing begins, and what has begun stops. */
  floorBytes: Decimal
  onPartial: OnPartial
  /** How long one block may take, 1 to 3600, else OFFLINE_SECONDS. */
  offlineSeconds?: number
  /** `try`: blocks in the kernel's own zones are tried as well; `refuse` unless it is named. */
  kernelZone?: 'refuse' | 'try'
}

/** A plan of the way back. */
export interface RestoreQuestion extends Question, OfflineTerms {
  kind: 'restore'
}

/** So many bytes, rounded down to whole blocks, or the blocks named. */
export type ShareQuestion = { shareBytes: Decimal } | { blocks: BlockSpan[] }

/** A plan to bring a share of a device on kmem online. */
export type OnlineQuestion = Question &
  ShareQuestion & {
    kind: 'online'
    zone: ShareZone
    reservedBytes: Decimal
    /** As of a conversion; here bad blocks are judged by it as well. Without it health does not matter. */
    health?: HealthPolicy
  }

/** A plan to take a share of a device on kmem offline. */
export type OfflineQuestion = Question & ShareQuestion & OfflineTerms & { kind: 'offline' }

/** What the kernel does with new memory blocks by itself: what `auto_online_blocks` takes. */
export const AUTO_ONLINE_POLICIES = ['offline', 'online', 'online_kernel', 'online_movable'] as const
export type AutoOnlinePolicy = (typeof AUTO_ONLINE_POLICIES)[number]
/** A plan of making it come back after each restart, in this zone. Of a device that is system RAM now. */
export interface PersistQuestion {
  kind: 'persist'
  deviceId: string
  zone: Zone
}

/** A plan of it coming back no more. What is system RAM now stays so. */
export interface UnpersistQuestion {
  kind: 'unpersist'
  deviceId: string
}

export interface RequestParams {
  version: Record<string, never>
  inspect: Record<string, never>
  plan:
    | ConvertQuestion
    | RestoreQuestion
    | OnlineQuestion
    | OfflineQuestion
    | PersistQuestion
    | UnpersistQuestion
  /** Its item must be of its own kind, and that of `restore` of the other. */
  convert: { jobId: string; token: FencingToken; item: PlanItem; digest: string }
  /** Exactly as `convert`: from system RAM back to device_dax. */
  restore: { jobId: string; token: FencingToken; item: PlanItem; digest: string }
  /** Exactly as `convert`: a share of a device on kmem comes online, or goes offline. */
  online: { jobId: string; token: FencingToken; item: PlanItem; digest: string }
  offline: { jobId: string; token: FencingToken; item: PlanItem; digest: string }
  /** Exactly as `convert`: files of the host, and nothing written to the kernel. */
  persist: { jobId: string; token: FencingToken; item: PlanItem; digest: string }
  unpersist: { jobId: string; token: FencingToken; item: PlanItem; digest: string }
  /** Tails the job's journal from `fromLine` (1 is the first) until its outcome or the actor's end. */
  attach: { jobId: string; fromLine: number }
  /** Takes the lock, records the token, then reads: from here on nobody with an older token can act. */
  fence: { token: FencingToken }
  /**
   * Takes up a job whose acting process died: lock, token, journal from `fromLine`, invariants (not preconditions),
   * then `ready`; its `go` carries the direction.
   */
  recover: { jobId: string; token: FencingToken; item: PlanItem; digest: string; fromLine: number }
  /** Asks a running job to rest at its next safe point. Needs no lock: the acting process has it. */
  abort: { jobId: string; token: FencingToken }
  /** Makes the token's installation the one that may act, if the host's record still is `from`. */
  adopt: { token: FencingToken; from: RecordedToken }
  /**
   * Under the lock and the token: `auto_online_blocks` becomes `to`, if it still reads `from` in the boot named. It lasts
   * until the host restarts.
   */
  policy: { token: FencingToken; bootId: string; from: AutoOnlinePolicy; to: AutoOnlinePolicy }
  /** Reports what anyone may read, at once, every `everyMs`, and when it changed; until stdin ends. Takes no root. */
  watch: { everyMs: number }
}

export type AgentRequest = {
  [V in Verb]: { protocol: number; verb: V; params: RequestParams[V] }
}[Verb]

/** The only line a server sends after the request: permission to write, for exactly this `ready`. */
export interface GoLine {
  go: string
  /** For `recover` alone, and needed there. */
  direction?: Direction
}

// ---- replies -------------------------------------------------------------------------------------------

/**
 * `converted`: what was to be online is, in the zone asked (of `online`: the share). `restored`: what was to be given back
 * is (of `offline`: the share is offline, and kmem keeps the device).
 */
export const OUTCOMES = [
  'converted',
  'restored',
  'persisted',
  'unpersisted',
  'already',
  'partial',
  'refused',
  'failed',
  'stranded',
  'cancelled',
] as const
export type Outcome = (typeof OUTCOMES)[number]

/** What was read back from the kernel after the last write; the only ground for any outcome. */
export interface ReadBack {
  driver: string | null
  blocks: BlockRun[]
  memTotalBytes: Decimal
  nodeMemTotalBytes: Decimal | null
  /** Of `persist` and `unpersist`: the item's files as they lie there now, in its order. */
  files?: FileState[]
}

interface JournalBase {
  /**
   * 1, 2, 3 … without gaps. An end that no journal could hold (locked, stale token, no space, not root) is numbered
   * after the last line there is, and stands on no disk: nothing was written to the kernel.
   */
  n: number
  /** Milliseconds since this boot (CLOCK_BOOTTIME); wall clocks are never compared. */
  uptimeMs: Decimal
}

/**
 * One line of `/var/lib/daxfleet/jobs/<jobId>.jsonl`. `intent` stands before an act, `done` after it; `errno`
 * is 0 on success, else positive as in errno(3). The set of block writes is one intent and one done.
 */
export type JournalLine = JournalBase &
  (
    | {
        kind: 'open'
        jobId: string
        token: FencingToken
        digest: string
        bootId: string
        agentVersion: string
        memTotalBytes: Decimal
      }
    | {
        /** Another process took the job up under a newer token; what follows is its doing. */
        kind: 'recover'
        token: FencingToken
        direction: Direction
        /** The device's driver as found. */
        driver: string | null
        bootId: string
        agentVersion: string
      }
    | { kind: 'step'; step: Step; state: 'started' | 'done' | 'failed'; durationMs?: number; detail: string }
    | { kind: 'intent'; step: Step; write: PlannedWrite }
    | {
        kind: 'done'
        step: Step
        write: PlannedWrite
        errno: number
        errnoName: string
        durationMs: number
        /** Blocks of a set that did not take the write. */
        failures?: { block: number; errno: number; errnoName: string }[]
      }
    | {
        kind: 'outcome'
        outcome: Outcome
        bootId: string
        readBack: ReadBack | null
        refusals: Refusal[]
        message: string
        next: string
      }
  )

export type AgentErrorCode = 'bad_request' | 'protocol_mismatch' | 'unknown_verb' | 'no_journal' | 'internal'

export type AgentReply =
  | { type: 'hello'; protocol: number; agentVersion: string }
  | { type: 'version'; protocol: number; agentVersion: string; architecture: string; verbs: string[] }
  | { type: 'inspection'; inspection: Inspection }
  | { type: 'plan'; plan: PlanResult }
  /**
   * Before the point of no return: lock held, everything re-read, nothing written. `sample` (not of recover): memory as
   * it was read then, of the blocks only those of dax devices.
   */
  | { type: 'ready'; nonce: string; digest: string; sample?: Sample }
  | { type: 'journal'; line: JournalLine }
  /** Sent about every second while a tail waits: the intent in the kernel and for how long. */
  | { type: 'waiting'; onLine: number; forMs: number }
  /**
   * Ends convert, restore, online, offline, attach and recover. `abandoned`: no outcome and nobody holds the lock. `held` (recover): another
   * process holds the lock, so nothing may be decided. `rebooted` (recover): the journal ends in an earlier boot;
   * nothing was written now.
   */
  | { type: 'end'; state: 'finished' | 'abandoned' | 'held' | 'rebooted' }
  /** The token is on the disk and nobody else holds the lock; `inspection` was read after that. */
  | { type: 'fenced'; inspection: Inspection }
  /** The job that holds the lock, as far as it is known. */
  | { type: 'held'; jobId: string }
  | { type: 'adopted' }
  /** What `auto_online_blocks` read before, and reads after the write; the only ground for what became of it. */
  | { type: 'policy'; before: string; after: string; errnoName: string | null }
  /** The acting process will see it before its next write. */
  | { type: 'abort_noted' }
  /** Of fence, recover, abort, adopt and policy: nothing was written. */
  | { type: 'refused'; refusal: Refusal }
  | { type: 'sample'; sample: Sample }
  | { type: 'error'; code: AgentErrorCode; message: string; next: string }
