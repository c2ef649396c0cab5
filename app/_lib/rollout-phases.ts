import type { RolloutState } from '@/server/rollouts/vocabulary'

/** Before its approval a rollout is a plan: nothing of it has been done, and nothing is to be watched. */
const NOT_APPROVED: ReadonlySet<RolloutState> = new Set(['planning', 'ready', 'discarded'])
export function isPlanOnly(state: RolloutState): boolean {
  return NOT_APPROVED.has(state)
}

/** A worker is at it, or will be. */
const LIVE: ReadonlySet<RolloutState> = new Set(['planning', 'running', 'paused', 'stopping', 'aborting'])
export function isLiveRollout(state: RolloutState): boolean {
  return LIVE.has(state)
}

/** Those that act on hosts, or will as soon as somebody says so. */
export const RUNNING_ROLLOUTS = [
  'running',
  'paused',
  'stopping',
  'aborting',
] as const satisfies readonly RolloutState[]
