import type { QueuedJob } from '@/server/jobs/queue-job'
import type { Decision } from '../machine/model'
import type { LockedRollout } from './load'

/** Decisions that are rows and nothing else; the other two make or stop a job (turn/carry-out.ts). */
export type Written = Exclude<Decision, { type: 'start_item' } | { type: 'cancel_item' }>

/** Where decisions are written down, for as long as the rollout is locked. */
export interface RolloutDesk {
  /** As machine/apply.ts describes it. */
  write(locked: LockedRollout, decision: Written): Promise<void>
  /** Queues the one job of the device's approved plan, or says why that may not be. */
  queueJob(locked: LockedRollout, approved: { planId: string; digest: string }): Promise<QueuedJob>
  /** The device runs, as this job. */
  noteStarted(itemId: string, jobId: string): Promise<void>
}
