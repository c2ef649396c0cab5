import { endedMemoryStates } from '@/server/jobs/vocabulary'

/** Any single thing a person would type; a list of ten thousand host names has room. */
export const maxSelectorLength = 400_000

export const deviceKinds = ['pmem', 'cxl', 'hmem', 'unknown'] as const
export type DeviceKindName = (typeof deviceKinds)[number]

export const rolloutStates = [
  /** Its hosts are being asked what it would take. */
  'planning',
  /** Everything is known; waits for an approval. */
  'ready',
  'running',
  'paused',
  /** Starts no further host; those in flight come to their end. */
  'stopping',
  /** As stopping, and what is in flight is asked to stop as well. */
  'aborting',
  'finished',
  'stopped',
  'aborted',
  /** Never approved. */
  'discarded',
] as const
export type RolloutState = (typeof rolloutStates)[number]

/** A worker has something to do for these, or will have. */
export const liveRolloutStates = [
  'planning',
  'running',
  'paused',
  'stopping',
  'aborting',
] as const satisfies readonly RolloutState[]

export const hostRunStates = [
  'pending',
  'running',
  'succeeded',
  'failed',
  /** Its devices are not as they were approved. */
  'void',
  'cancelled',
  'skipped',
  /** Its turn did not come before the rollout stopped. */
  'unstarted',
] as const
export type HostRunState = (typeof hostRunStates)[number]

export const itemStates = [
  /** Being planned, or planned and not approved. */
  'planning',
  'planned',
  /** Left out: the plan refused it, or could not be made. */
  'excluded',
  'pending',
  'running',
  // As its job ended.
  ...endedMemoryStates,
  /** Not as it was approved: nothing was written. */
  'void',
  'skipped',
  'unstarted',
] as const
export type ItemState = (typeof itemStates)[number]

/** What a host's run comes to for those who watch it: its state, and whether contact was lost while it acts. */
export const hostOutcomes = [
  'pending',
  'running',
  /** In flight, and nobody knows what its job did. */
  'unknown',
  'converted',
  'failed',
  'void',
  'cancelled',
  'skipped',
  'unstarted',
] as const
export type HostOutcome = (typeof hostOutcomes)[number]
