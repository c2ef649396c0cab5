import type { HostRun, Rollout } from './model'
import { itemsFailed } from './states'

/** Hosts, counted by what the machine weighs. */
export interface Tally {
  hosts: number
  devices: number
  pending: number
  running: number
  succeeded: number
  /** Of those that succeeded: not looked at after their wave's soak. */
  unchecked: number
  unstarted: number
  /** Not well, and nobody has accepted it yet: failed, void or cancelled. */
  notWell: number
  /** Of these, the failed ones. */
  failedHosts: number
  failedDevices: number
}

/** Hosts of a wave that nothing is decided about one by one. */
export interface WaveTally extends Tally {
  wave: number
}

export const emptyTally: Tally = {
  hosts: 0,
  devices: 0,
  pending: 0,
  running: 0,
  succeeded: 0,
  unchecked: 0,
  unstarted: 0,
  notWell: 0,
  failedHosts: 0,
  failedDevices: 0,
}

/** Of one wave, or (null) of all. A host that is in flight has not failed, however long it is unknown. */
export function tallyOf({ hosts, rest }: Pick<Rollout, 'hosts' | 'rest'>, wave: number | null): Tally {
  const sum = { ...emptyTally }
  for (const host of hosts) if (wave === null || host.wave === wave) addTo(sum, tallyOfHost(host))
  for (const counted of rest) if (wave === null || counted.wave === wave) addTo(sum, counted)
  return sum
}

function addTo(sum: Tally, more: Tally): void {
  for (const key of Object.keys(sum) as (keyof Tally)[]) sum[key] += more[key]
}

function tallyOfHost(host: HostRun): Tally {
  const { state, acknowledged, checked, items } = host
  const one = (holds: boolean) => (holds ? 1 : 0)
  const failed = state === 'failed' && !acknowledged
  return {
    hosts: 1,
    devices: items.length,
    pending: one(state === 'pending'),
    running: one(state === 'running'),
    succeeded: one(state === 'succeeded'),
    unchecked: one(state === 'succeeded' && !checked),
    unstarted: one(state === 'unstarted'),
    notWell: one((failed || state === 'void' || state === 'cancelled') && !acknowledged),
    failedHosts: one(failed),
    // A host that failed for another reason than its devices (it was not the same after the soak) counts as one.
    failedDevices: failed ? Math.max(1, itemsFailed(host)) : 0,
  }
}

/** The first wave with a host that waits, runs, or has not been looked at after its soak; null: all is done. */
export function waveAtWork(rollout: Pick<Rollout, 'hosts' | 'rest'>): number | null {
  const waves = new Set([...rollout.hosts, ...rollout.rest].map(({ wave }) => wave))
  const open = [...waves].filter((wave) => {
    const { pending, running, unchecked } = tallyOf(rollout, wave)
    return pending + running + unchecked > 0
  })
  return open.length === 0 ? null : Math.min(...open)
}

/** Hosts whose look after the soak is weighed in one turn. */
export const mostChecked = 100

/**
 * The same rollout as one turn of it needs it: hosts in flight, as many of those that wait next as could be started, and
 * those whose look after the soak is to be weighed. All others are counted. rows/load-turn.ts reads exactly this.
 */
export function compact(rollout: Rollout): Rollout {
  const wave = waveAtWork(rollout)
  const waiting = rollout.hosts.filter((host) => host.state === 'pending' && host.wave === wave)
  const unchecked = rollout.hosts.filter(
    (host) => host.state === 'succeeded' && !host.checked && host.wave === rollout.wave,
  )
  const answered = [...unchecked].sort((a, b) => Number(a.health === null) - Number(b.health === null))
  const named = new Set([
    ...rollout.hosts.filter(({ state }) => state === 'running'),
    ...waiting.slice(0, rollout.policy.maxInFlightHosts),
    ...(rollout.checkSinceMs === null ? [] : answered.slice(0, mostChecked)),
  ])
  const others = rollout.hosts.filter((host) => !named.has(host))
  const waves = [...new Set(others.map((host) => host.wave))].sort((a, b) => a - b)
  return {
    ...rollout,
    hosts: rollout.hosts.filter((host) => named.has(host)),
    rest: waves.map((each) => ({ wave: each, ...tallyOf({ hosts: others, rest: [] }, each) })),
  }
}

/** Whether what comes next may concern hosts that are only counted here: then a turn is to read anew. */
export function needsReading(rollout: Rollout): boolean {
  const wave = waveAtWork(rollout)
  if (wave === null) return false
  const named = tallyOf({ hosts: rollout.hosts, rest: [] }, wave)
  const counted = tallyOf({ hosts: [], rest: rollout.rest }, wave)
  const checks = rollout.checkSinceMs !== null
  return (
    (counted.pending > 0 && named.pending === 0) || (checks && counted.unchecked > 0 && named.unchecked === 0)
  )
}
