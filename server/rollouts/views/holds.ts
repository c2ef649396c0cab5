import { CHECK_MS, SETTLE_MS } from '../machine/machine'
import { nextOpeningMs } from '../machine/window'
import { isWindowOpen, type Policy } from '../policy'
import type { RolloutState } from '../vocabulary'
import type { RolloutHold, RolloutProgress } from './progress-schema'

export interface HoldFacts {
  state: RolloutState
  policy: Policy
  soakSince: Date | null
  checkSince: Date | null
  fleetStopPulled: boolean | null
  nowMs: number
  /** The wave at work. */
  atWork: RolloutProgress['waves'][number] | undefined
  /** Hosts in flight whose device waits for a further try, and when the first of them may. */
  retrying: number
  nextRetryAt: Date | null
  /** Hosts in flight in a quarantine that a fencing probe ends, and since when the first of them. */
  settling: number
  settlingSince: Date | null
}

/** Why no further host begins though the rollout runs, the weightiest first; empty while hosts begin. Pure. */
export function holdsOf(facts: HoldFacts): RolloutHold[] {
  const { state, policy, nowMs, atWork } = facts
  if (state !== 'running' && state !== 'paused' && state !== 'stopping') return []
  const holds: RolloutHold[] = []
  if (facts.fleetStopPulled !== false)
    holds.push({ type: 'fleet_stop', unreadable: facts.fleetStopPulled === null })
  const count = (...outcomes: (keyof typeof counts)[]) =>
    outcomes.reduce((sum, outcome) => sum + (counts[outcome] ?? 0), 0)
  const counts = atWork?.hostsByOutcome ?? {}
  const inFlight = count('running', 'unknown')
  if (state === 'running') {
    const window = policy.startWindow
    if (window !== null && count('pending') > 0 && !isWindowOpen(window, nowMs)) {
      const opensMs = nextOpeningMs(window, nowMs)
      const opensAt = opensMs === null ? null : new Date(opensMs)
      holds.push({ type: 'window', timeZone: window.timeZone, from: window.from, opensAt })
    }
    // A wave that was opened again (a host of it tried once more) soaks anew.
    if (count('pending') === 0 && inFlight === 0) {
      const unchecked = count('converted') - (atWork?.checked ?? 0)
      if (facts.checkSince !== null && unchecked > 0) {
        const until = new Date(facts.checkSince.getTime() + CHECK_MS)
        holds.push({ type: 'check', until, hosts: count('converted'), left: unchecked })
      } else if (facts.soakSince !== null && facts.checkSince === null) {
        const until = new Date(facts.soakSince.getTime() + policy.soakSeconds * 1000)
        holds.push({ type: 'soak', until })
      }
    }
  }
  if (facts.nextRetryAt !== null && facts.retrying > 0)
    holds.push({ type: 'retry', hosts: facts.retrying, nextAt: facts.nextRetryAt })
  if (facts.settlingSince !== null && facts.settling > 0) {
    const until = new Date(facts.settlingSince.getTime() + SETTLE_MS)
    holds.push({ type: 'settle', hosts: facts.settling, until })
  }
  return holds
}
