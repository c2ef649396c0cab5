import { describe, expect, it } from 'vitest'
import { nextWakeMs, SETTLE_MS } from '@/server/rollouts/machine/machine'
import type { JobFacts } from '@/server/rollouts/machine/model'
import type { Policy } from '@/server/rollouts/policy'
import { hosts, type ListedHost, RolloutWorld, rolloutOver } from '../../support/rollout-world'

const unlimited = { hosts: { count: null, percent: null }, devices: { count: null, percent: null } }
const mayFail = (count: number): Policy['failures'] => ({
  perWave: unlimited,
  inAll: { ...unlimited, hosts: { count, percent: null } },
})

function world(listed: ListedHost[], policy: Partial<Policy> = {}): RolloutWorld {
  const made = new RolloutWorld(rolloutOver(listed, { failures: mayFail(1000), ...policy }))
  made.turn()
  return made
}

const names = (made: RolloutWorld) => made.inFlight().map(({ hostId }) => hostId)
const statesOf = (made: RolloutWorld) => made.rollout.hosts.map(({ state }) => state)
function ends(made: RolloutWorld, job: Partial<JobFacts>, itemId?: string): void {
  made.onJobs((item) => (itemId === undefined || item.itemId === itemId ? job : null))
  made.turn()
}

describe('a rollout that goes well', () => {
  it('does the canary, soaks, looks again, and only then begins the waves', () => {
    const made = world(hosts(5), { canaryHosts: 1, waves: [{ hosts: 2 }], soakSeconds: 600 })
    expect(names(made)).toEqual(['h0'])
    ends(made, { state: 'converted' })
    expect(names(made)).toEqual([])
    made.nowMs += 599_000
    made.turn()
    expect(names(made)).toEqual([])
    made.nowMs += 1_000
    made.turn()
    // Soaked, and asked how it is: no further host before the answer.
    expect(names(made)).toEqual([])
    made.answerChecks(() => true)
    made.turn()
    expect(names(made)).toEqual(['h1', 'h2'])
    made.calm()
    expect(made.rollout.state).toBe('finished')
    expect(new Set(statesOf(made))).toEqual(new Set(['succeeded']))
  })

  it('takes the devices of a host one after the other, and stops at the first that fails', () => {
    const made = world(hosts(1, 3))
    const running = () => made.inFlight().flatMap(({ items }) => items.filter((i) => i.state === 'running'))
    expect(running().map(({ itemId }) => itemId)).toEqual(['h0/dax0.0'])
    ends(made, { state: 'converted' })
    expect(running().map(({ itemId }) => itemId)).toEqual(['h0/dax1.0'])
    ends(made, { state: 'failed', causeCode: 'EINVAL', goSent: true })
    expect(made.rollout.hosts[0]?.items.map(({ state }) => state)).toEqual([
      'converted',
      'failed',
      'unstarted',
    ])
    expect(statesOf(made)).toEqual(['failed'])
  })

  it('counts a host whose own hook failed after the conversion, and keeps its device converted', () => {
    const made = world(hosts(2, 2), { failures: mayFail(0), maxInFlightHosts: 1 })
    ends(made, { state: 'converted', causeCode: 'hook_failed', goSent: true })
    expect(made.rollout.hosts[0]?.items.map(({ state }) => state)).toEqual(['converted', 'unstarted'])
    expect(statesOf(made)).toEqual(['failed', 'unstarted'])
    expect(made.rollout).toMatchObject({ state: 'stopped', reason: 'hosts_failed' })
  })

  it('calls a hook that is not the approved one drift, and one that says no a refusal', () => {
    const stateAfter = (causeCode: string) => {
      const made = world(hosts(1))
      ends(made, { state: 'refused', causeCode })
      return statesOf(made)
    }
    expect(stateAfter('hook_changed')).toEqual(['void'])
    expect(stateAfter('health_changed')).toEqual(['void'])
    expect(stateAfter('hook_refused')).toEqual(['failed'])
  })
})

describe('the limits', () => {
  it('stop the rollout with the first failure too many, and let nothing more begin', () => {
    const made = world(hosts(20), { canaryHosts: 0, maxInFlightHosts: 16, failures: mayFail(2) })
    // Three in flight, since no more than three may fail: two that are allowed, and the one that is too many.
    expect(names(made)).toHaveLength(3)
    ends(made, { state: 'failed', causeCode: 'EINVAL', goSent: true })
    expect(made.rollout).toMatchObject({ state: 'stopped', reason: 'hosts_failed' })
    expect(statesOf(made).filter((state) => state === 'failed')).toHaveLength(3)
    expect(statesOf(made).filter((state) => state === 'unstarted')).toHaveLength(17)
  })

  it('count by percent of the frozen list, rounded down', () => {
    const failures = { perWave: unlimited, inAll: { ...unlimited, hosts: { count: null, percent: 10 } } }
    const made = world(hosts(19), { canaryHosts: 0, failures })
    expect(names(made)).toHaveLength(2)
  })

  it('do not count a device that is no longer as approved, but a wave of nothing else proves nothing', () => {
    const made = world(hosts(3), { canaryHosts: 1 })
    ends(made, { state: 'refused', causeCode: 'plan_changed' })
    expect(statesOf(made)[0]).toBe('void')
    expect(made.rollout).toMatchObject({ state: 'stopped', reason: 'nothing_converted' })
  })

  it('count a host that is not the same after the soak', () => {
    const made = world(hosts(3), { canaryHosts: 1, failures: mayFail(0) })
    ends(made, { state: 'converted' })
    made.answerChecks(() => false)
    made.turn()
    expect(made.rollout).toMatchObject({ state: 'stopped', reason: 'hosts_failed' })
  })

  it('hold a slot for a host nobody hears of, until it is lost', () => {
    const made = world(hosts(4), { canaryHosts: 0, maxInFlightHosts: 1 })
    ends(made, { state: 'unknown', goSent: true })
    made.nowMs += 10 * 3_600_000
    made.turn()
    expect(names(made)).toEqual(['h0'])
    ends(made, { state: 'lost' })
    expect(names(made)).toEqual(['h1'])
  })
})

describe('a fault before go', () => {
  const unreachable = { state: 'failed', causeCode: 'unreachable', goSent: false } as const
  it('is tried again, as often as the policy says and after a pause', () => {
    const made = world(hosts(1), { retries: 1 })
    ends(made, unreachable)
    expect(made.rollout.hosts[0]?.items[0]).toMatchObject({ state: 'pending', retriesUsed: 1 })
    made.nowMs += 60_000
    made.turn()
    ends(made, unreachable)
    expect(statesOf(made)).toEqual(['failed'])
  })

  it('is never tried again after go', () => {
    const made = world(hosts(1), { retries: 3 })
    ends(made, { ...unreachable, goSent: true })
    expect(statesOf(made)).toEqual(['failed'])
  })
})

describe('a host whose quarantine ends by itself', () => {
  const settling = (made: RolloutWorld, settlesUntilMs: number | null) =>
    made.onHosts((host) => ({ ...host, ready: settlesUntilMs === null, settlesUntilMs }))
  const itemsOf = (made: RolloutWorld) => made.rollout.hosts[0]?.items.map(({ state }) => state)
  const afterFirst = () => {
    const made = world(hosts(1, 2), { retries: 0 })
    settling(made, made.nowMs + SETTLE_MS)
    ends(made, { state: 'converted' })
    return made
  }

  it('is waited for between two of its devices, without a try being counted', () => {
    const made = afterFirst()
    expect(itemsOf(made)).toEqual(['converted', 'pending'])
    settling(made, null)
    made.turn()
    expect(itemsOf(made)).toEqual(['converted', 'running'])
    expect(made.rollout.hosts[0]?.items[1]?.retriesUsed).toBe(0)
  })

  it('is refused once it has not ended in time, at a moment the rollout wakes for', () => {
    const made = afterFirst()
    const wakeMs = nextWakeMs(made.rollout, made.nowMs)
    expect(wakeMs).toBe(made.nowMs + SETTLE_MS)
    made.nowMs = (wakeMs ?? 0) - 1
    made.turn()
    expect(itemsOf(made)).toEqual(['converted', 'pending'])
    made.nowMs += 1
    made.turn()
    expect(itemsOf(made)).toEqual(['converted', 'refused'])
    expect(statesOf(made)).toEqual(['failed'])
  })

  it('is not found otherwise than converted after the soak before it has ended', () => {
    const made = world(hosts(1), { soakSeconds: 60 })
    ends(made, { state: 'converted' })
    made.nowMs += 60_000
    made.turn()
    made.onHosts((host) => ({
      ...host,
      ready: false,
      health: 'unhealthy',
      settlesUntilMs: made.nowMs + 1000,
    }))
    made.turn()
    expect(statesOf(made)).toEqual(['succeeded'])
    made.nowMs += 1000
    made.turn()
    expect(statesOf(made)).toEqual(['failed'])
  })
})

describe('the fleet-wide stop', () => {
  it.each([true, null])('when %s lets nothing begin, and what it refused waits', (pulled) => {
    const made = world(hosts(3), { canaryHosts: 0, maxInFlightHosts: 2 })
    made.rollout = { ...made.rollout, fleetStopPulled: pulled }
    ends(made, { state: 'refused', causeCode: 'fleet_stop' }, 'h0/dax0.0')
    ends(made, { state: 'converted' }, 'h1/dax0.0')
    expect(statesOf(made)).toEqual(['running', 'succeeded', 'pending'])
    expect(made.rollout.hosts[0]?.items[0]?.state).toBe('pending')
    made.calm()
    expect(statesOf(made)).toEqual(['succeeded', 'succeeded', 'succeeded'])
  })
})

describe('an operator', () => {
  it('pauses: hosts in flight come to their end, none begins until it is resumed', () => {
    const made = world(hosts(4, 2), { canaryHosts: 0, maxInFlightHosts: 2 })
    made.command({ type: 'pause' })
    ends(made, { state: 'converted' })
    ends(made, { state: 'converted' })
    expect(statesOf(made)).toEqual(['succeeded', 'succeeded', 'pending', 'pending'])
    made.command({ type: 'resume' })
    made.turn()
    expect(names(made)).toEqual(['h2', 'h3'])
  })

  it('stops after those in flight, and resumes with the rest', () => {
    const made = world(hosts(4), { canaryHosts: 0, maxInFlightHosts: 2 })
    made.command({ type: 'stop' })
    ends(made, { state: 'converted' })
    expect(made.rollout.state).toBe('stopped')
    expect(statesOf(made)).toEqual(['succeeded', 'succeeded', 'unstarted', 'unstarted'])
    expect(made.command({ type: 'resume' })).toBe(true)
    made.calm()
    expect(made.rollout.state).toBe('finished')
  })

  it('aborts: what is in flight is asked to stop, once, and then it is over', () => {
    const made = world(hosts(4), { canaryHosts: 0, maxInFlightHosts: 2 })
    made.command({ type: 'abort' })
    made.turn()
    made.turn()
    expect(made.done.filter(({ decision }) => decision.type === 'cancel_item')).toHaveLength(2)
    ends(made, { state: 'cancelled' }, 'h0/dax0.0')
    expect(made.rollout.state).toBe('aborting')
    ends(made, { state: 'partial' }, 'h1/dax0.0')
    expect(made.rollout.state).toBe('aborted')
    expect(statesOf(made)).toEqual(['cancelled', 'failed', 'unstarted', 'unstarted'])
  })

  it('retries the failed only, and leaves what was carried out alone', () => {
    const made = world(hosts(5), { canaryHosts: 0, maxInFlightHosts: 4, failures: mayFail(3) })
    ends(made, { state: 'failed', causeCode: 'EINVAL', goSent: true }, 'h0/dax0.0')
    ends(made, { state: 'partial' }, 'h1/dax0.0')
    made.command({ type: 'stop' })
    made.calm()
    expect(statesOf(made)).toEqual(['failed', 'failed', 'succeeded', 'succeeded', 'unstarted'])
    expect(made.command({ type: 'retryFailed' })).toBe(true)
    made.turn()
    expect(names(made)).toEqual(['h0'])
    made.calm()
    expect(statesOf(made)).toEqual(['succeeded', 'failed', 'succeeded', 'succeeded', 'unstarted'])
    expect(made.rollout).toMatchObject({ state: 'stopped', reason: 'rest_unstarted' })
  })

  it('retries those that are named, and of them only what can be tried again', () => {
    const made = world(hosts(4), { canaryHosts: 0, maxInFlightHosts: 4, failures: mayFail(4) })
    for (const host of ['h0', 'h1'])
      ends(made, { state: 'failed', causeCode: 'EINVAL', goSent: true }, `${host}/dax0.0`)
    ends(made, { state: 'partial' }, 'h2/dax0.0')
    made.calm()
    expect(made.command({ type: 'retryFailed', hostIds: ['h2', 'h3', 'another'] })).toBe(false)
    expect(made.command({ type: 'retryFailed', hostIds: ['h1', 'h2'] })).toBe(true)
    made.turn()
    expect(names(made)).toEqual(['h1'])
    made.calm()
    expect(statesOf(made)).toEqual(['failed', 'succeeded', 'failed', 'succeeded'])
  })

  it('goes on past a limit by resuming: the failures there are accepted, and counting begins anew', () => {
    const made = world(hosts(4), { canaryHosts: 1, failures: mayFail(0) })
    ends(made, { state: 'failed', causeCode: 'EINVAL', goSent: true })
    expect(made.rollout.state).toBe('stopped')
    made.command({ type: 'resume' })
    made.turn()
    expect(names(made)).toEqual(['h1'])
    ends(made, { state: 'failed', causeCode: 'EINVAL', goSent: true })
    expect(made.rollout.state).toBe('stopped')
  })

  it('skips hosts that wait, never one in flight, none that is not in the list', () => {
    const made = world(hosts(3), { canaryHosts: 0, maxInFlightHosts: 1 })
    expect(made.command({ type: 'skip', hostIds: ['h0'] })).toBe(false)
    expect(made.command({ type: 'skip', hostIds: ['h1', 'another'] })).toBe(false)
    expect(made.command({ type: 'skip', hostIds: [] })).toBe(false)
    expect(made.command({ type: 'skip', hostIds: ['h1'] })).toBe(true)
    made.calm()
    expect(statesOf(made)).toEqual(['succeeded', 'skipped', 'succeeded'])
  })
})

it('gives up a host past its deadline: what runs is asked to stop, and the rest of it never begins', () => {
  const made = world(hosts(1, 2), { perHostDeadlineSeconds: 600 })
  made.nowMs += 600_000
  made.turn()
  expect(made.done.at(-1)?.decision).toMatchObject({ type: 'cancel_item', why: 'deadline' })
  ends(made, { state: 'converted' })
  expect(made.rollout.hosts[0]).toMatchObject({ state: 'failed' })
  expect(made.rollout.hosts[0]?.items.map(({ state }) => state)).toEqual(['converted', 'unstarted'])
})
