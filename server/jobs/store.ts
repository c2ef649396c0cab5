import type { Direction, JournalLine, PlannedWrite } from '@/agents/protocol'
import type { Actor } from '@/server/audit/actor'
import type { LeaseStore, LeaseToken } from '@/server/leases/store'
import type { ClaimResult, GoResult, MarkLostResult, TakeOverResult } from './decisions'
import type { JobStateName } from './schema'

/** What decides about a job; everything for people stands in the row beside it. */
export interface StoredJob {
  id: string
  hostId: string
  deviceId: string
  digest: string
  state: JobStateName
  holder: string | null
  epoch: bigint | null
  attempts: number
  cancelRequested: boolean
  goSent: boolean
  /** A write has been in the kernel for long. */
  stuck: boolean
  message: string
}

export type EndState =
  | 'converted'
  | 'restored'
  | 'persisted'
  | 'unpersisted'
  | 'already'
  | 'partial'
  | 'refused'
  | 'failed'
  | 'stranded'
  | 'cancelled'

/** How a job ended: words for people, and the figures that were read. */
export interface Ending {
  state: EndState
  message: string
  next: string
  causeCode: string | null
  onlineBytesAfter?: bigint
  memTotalBytesBefore?: bigint
  memTotalBytesAfter?: bigint
  zoneRead?: string | null
  bootId?: string
}

type CancelResult =
  | 'cancelled'
  /** Claimed, but no `go` yet: the holder will end it, and no `go` can be sent any more. */
  | 'asked_before_go'
  | 'asked_after_go'
  | 'ended'
  | 'missing'

export interface Orphan {
  jobId: string
  hostId: string
  state: 'queued' | 'unknown' | 'cancelled'
}

/**
 * Where jobs and leases are decided. Each call is atomic, on the store's clock, and tells by its result whether it
 * took place; none throws for losing a race. A change of state is written together with its event, and with an audit
 * row where it decides something: claimed, in preflight and verifying are steps on the way, told by the job's timeline.
 * Postgres is the truth (postgres-store.ts); memory-store.ts is the same in few lines, to hold the first against.
 */
export interface JobStore extends LeaseStore {
  readJob(jobId: string): Promise<StoredJob | null>
  /**
   * queued → dispatching, for the holder of the host's lease. Lines of an earlier attempt, which never got its go, are
   * forgotten: whatever the host still has of them, it tells again.
   */
  claimJob(jobId: string, token: LeaseToken): Promise<ClaimResult>
  /** An unknown job gets a new holder and stays unknown until the host has spoken. */
  takeOver(jobId: string, token: LeaseToken): Promise<TakeOverResult>
  /** dispatching → preflight, acting → verifying, and unknown → acting when contact is regained. */
  advance(jobId: string, token: LeaseToken, to: 'preflight' | 'verifying' | 'acting'): Promise<boolean>
  /**
   * The one statement before every `go`: lease held and not expired, job in preflight under this token, digest as
   * approved and the approval not run out, not cancelled, fleet stop readable and not pulled. Marks the job acting when all hold.
   */
  recheckForGo(jobId: string, token: LeaseToken, digest: string): Promise<GoResult>
  /**
   * The one statement before the `go` of a recovery: lease held, job unknown or acting under this token. Marks it
   * acting and tells the direction: back when a cancel was asked for or the fleet-wide stop is pulled or unreadable.
   * Null: it may not be touched.
   */
  recheckForRecovery(jobId: string, token: LeaseToken): Promise<Direction | null>
  /** A write that has sat in the kernel for `forMs` already, or null when it came back. For a job that acts. */
  setStuck(
    jobId: string,
    token: LeaseToken,
    stuck: { write: PlannedWrite; forMs: number } | null,
  ): Promise<boolean>
  /**
   * Stores lines by number; one that is there already stays as it is. Returns how many were new; null when the job is no
   * longer this token's: a worker that wakes too late must not add to the story of another.
   */
  appendLines(jobId: string, token: LeaseToken, lines: readonly JournalLine[]): Promise<number | null>
  /** Back to queued after a fault before `go`; due in `afterMs`. A cancelled job ends instead. */
  requeue(jobId: string, token: LeaseToken, afterMs: number, message: string): Promise<boolean>
  /** Contact lost after `go`: the job is unknown, without holder, and its host quarantined. */
  markUnknown(jobId: string, token: LeaseToken, message: string): Promise<boolean>
  /** Ends a job for the holder whose token it carries; an older token ends nothing. */
  endJob(jobId: string, token: LeaseToken, ending: Ending): Promise<boolean>
  /** Before `go`: can no longer happen. After it: recorded, and the agent asked to rest at its next safe point. */
  requestCancel(jobId: string, actor: Actor): Promise<CancelResult>
  /** Jobs that run under a lease nobody holds: before `go` queued again, after it unknown. */
  releaseOrphans(): Promise<Orphan[]>
  /** Unknown jobs past `deadlineMs` end lost; the host stays quarantined. Returns their ids. */
  endOverdue(deadlineMs: number): Promise<string[]>
  /** A person gives an unknown job up: it ends lost, and the host stays quarantined. */
  markLost(jobId: string, actor: Actor): Promise<MarkLostResult>
  /** Queued jobs that are due, oldest first. */
  listRunnable(limit: number): Promise<{ jobId: string; hostId: string }[]>
  /** Unknown jobs whose host nobody holds: somebody should attach. */
  listUnattended(limit: number): Promise<{ jobId: string; hostId: string }[]>
}
