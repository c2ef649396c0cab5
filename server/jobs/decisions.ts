import type { Direction } from '@/agents/protocol'
import type { JobStateName } from './schema'
import { statesAfterGo } from './transitions'

/** What was read of a job and its surroundings when somebody asked to act on it. */
export interface JobFacts {
  state: JobStateName
  /** The lease of the job's host is held, unexpired, under the token given. */
  leased: boolean
  /** The job itself carries the token given. */
  owned: boolean
  due: boolean
  cancelRequested: boolean
  digestEqual: boolean
  /** Two people approved it, and the time their approval is good for is over. */
  approvalOver: boolean
  /** Null: could not be read, which counts as pulled. */
  fleetStopPulled: boolean | null
}

export type GoRefusal =
  | 'lease_lost'
  | 'not_preflight'
  | 'not_owner'
  | 'cancelled'
  | 'digest_differs'
  | 'approval_expired'
  | 'fleet_stop'
export type GoResult = { go: true } | { go: false; reason: GoRefusal }

/** Why `go` may not be sent, the weightiest first; null when nothing stands against it. */
export function whyNotGo(facts: JobFacts): GoRefusal | null {
  if (!facts.leased) return 'lease_lost'
  if (facts.state !== 'preflight') return 'not_preflight'
  if (!facts.owned) return 'not_owner'
  if (facts.cancelRequested) return 'cancelled'
  if (!facts.digestEqual) return 'digest_differs'
  if (facts.approvalOver) return 'approval_expired'
  return facts.fleetStopPulled === false ? null : 'fleet_stop'
}

export type ClaimResult = 'claimed' | 'missing' | 'lease_lost' | 'not_queued' | 'not_due' | 'host_busy'

/** Why a job cannot be claimed now, as far as the job itself tells; null when it can. */
export function whyNotClaimed(facts: Pick<JobFacts, 'leased' | 'state' | 'due'>): ClaimResult | null {
  if (!facts.leased) return 'lease_lost'
  if (facts.state !== 'queued') return 'not_queued'
  return facts.due ? null : 'not_due'
}

export type TakeOverResult = 'taken' | 'missing' | 'lease_lost' | 'not_unknown'

/** Why an unknown job cannot be taken over; null when it can. */
export function whyNotTakenOver(facts: Pick<JobFacts, 'leased' | 'state'>): TakeOverResult | null {
  if (!facts.leased) return 'lease_lost'
  return facts.state === 'unknown' ? null : 'not_unknown'
}

/**
 * Which way a job whose acting process died is taken, weighed at the moment it is to be told: null when it may not be
 * touched at all. Back needs only a wish to stop, and a stop that cannot be read is one.
 */
export function directionOf(facts: Omit<JobFacts, 'due' | 'digestEqual' | 'approvalOver'>): Direction | null {
  if (!facts.leased || !facts.owned) return null
  if (facts.state !== 'unknown' && !statesAfterGo.includes(facts.state)) return null
  return facts.cancelRequested || facts.fleetStopPulled !== false ? 'back' : 'forward'
}

export type MarkLostResult = 'lost' | 'missing' | 'not_unknown'
