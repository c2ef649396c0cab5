import type { JobStateName } from './schema'

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
  /** Null: could not be read, which counts as pulled. */
  fleetStopPulled: boolean | null
}

export type GoRefusal =
  | 'lease_lost'
  | 'not_preflight'
  | 'not_owner'
  | 'cancelled'
  | 'digest_differs'
  | 'fleet_stop'
export type GoResult = { go: true } | { go: false; reason: GoRefusal }

/** Why `go` may not be sent, the weightiest first; null when nothing stands against it. */
export function whyNotGo(facts: JobFacts): GoRefusal | null {
  if (!facts.leased) return 'lease_lost'
  if (facts.state !== 'preflight') return 'not_preflight'
  if (!facts.owned) return 'not_owner'
  if (facts.cancelRequested) return 'cancelled'
  if (!facts.digestEqual) return 'digest_differs'
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
