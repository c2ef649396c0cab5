import type { FailureLimit, Policy } from '../policy'
import type { Rollout } from './model'
import { type Tally, tallyOf } from './tally'

/** What the limits count: all there are, and those that failed and nobody has accepted. */
export type FailureTally = Pick<Tally, 'hosts' | 'failedHosts' | 'devices' | 'failedDevices'>

/** How many of `total` may fail. */
export function allowedFailures({ count, percent }: FailureLimit, total: number): number {
  return Math.min(count ?? total, percent === null ? total : Math.floor((total * percent) / 100), total)
}

export interface Limit {
  reason: string
  failed: number
  allowed: number
}

function limitsOf(rollout: Rollout, wave: number): Limit[] {
  return limitsFor(rollout.policy, tallyOf(rollout, wave), tallyOf(rollout, null))
}

/** How many failed and how many may, by each limit there is: hosts and devices, of the wave and of all. */
export function limitsFor(
  { failures: { perWave, inAll } }: Policy,
  ofWave: FailureTally,
  all: FailureTally,
): Limit[] {
  const limit = (reason: string, failed: number, allowed: number) => ({ reason, failed, allowed })
  return [
    limit('wave_hosts_failed', ofWave.failedHosts, allowedFailures(perWave.hosts, ofWave.hosts)),
    limit('wave_devices_failed', ofWave.failedDevices, allowedFailures(perWave.devices, ofWave.devices)),
    limit('hosts_failed', all.failedHosts, allowedFailures(inAll.hosts, all.hosts)),
    limit('devices_failed', all.failedDevices, allowedFailures(inAll.devices, all.devices)),
  ]
}

/** The limit that has been crossed, of the wave or of the whole; null when none is. */
export function crossedLimit(rollout: Rollout, wave: number): string | null {
  return limitsOf(rollout, wave).find(({ failed, allowed }) => failed > allowed)?.reason ?? null
}

/**
 * How many hosts may be in flight at all now: never more than may still fail, and the one that would be too many. So
 * the failure that crosses a limit is the last there can be, whatever was in flight; a host fails with one device.
 */
export function inFlightBudget(rollout: Rollout, wave: number): number {
  return budgetWithin(rollout.policy, limitsOf(rollout, wave))
}

/** As inFlightBudget, from limits already counted. */
export function budgetWithin({ maxInFlightHosts }: Policy, limits: readonly Limit[]): number {
  const spare = limits.map(({ failed, allowed }) => allowed - failed + 1)
  return Math.max(0, Math.min(maxInFlightHosts, ...spare))
}

/** A wave that is over, converted nothing and yet had something to convert: it proves nothing about the next. */
export function provesNothing(rollout: Rollout, wave: number): boolean {
  const { pending, running, notWell, succeeded } = tallyOf(rollout, wave)
  return pending + running === 0 && notWell > 0 && succeeded === 0
}
