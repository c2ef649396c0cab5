import { describe, expect, it } from 'vitest'
import { nextOpeningMs } from '@/server/rollouts/machine/window'
import { policySchema, type StartWindow } from '@/server/rollouts/policy'
import { type HoldFacts, holdsOf } from '@/server/rollouts/views/holds'

const noon = Date.UTC(2026, 10, 23, 12)
const nightly: StartWindow = {
  timeZone: 'Europe/Berlin',
  days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
  from: '22:00',
  until: '05:00',
}
const facts = (given: Partial<HoldFacts> = {}): HoldFacts => ({
  state: 'running',
  policy: policySchema.parse({ soakSeconds: 600 }),
  soakSince: null,
  checkSince: null,
  fleetStopPulled: false,
  nowMs: noon,
  atWork: { wave: 0, hosts: 4, hostsByOutcome: { pending: 3, running: 1 }, checked: 0 },
  retrying: 0,
  nextRetryAt: null,
  settling: 0,
  settlingSince: null,
  ...given,
})
const over = { wave: 0, hosts: 4, hostsByOutcome: { converted: 3, failed: 1 }, checked: 0 }

describe('what holds a rollout that runs', () => {
  it('is nothing while hosts begin', () => {
    expect(holdsOf(facts())).toEqual([])
  })

  it('is the fleet-wide stop, also one that cannot be read', () => {
    expect(holdsOf(facts({ fleetStopPulled: true }))).toEqual([{ type: 'fleet_stop', unreadable: false }])
    expect(holdsOf(facts({ fleetStopPulled: null, state: 'paused' }))).toEqual([
      { type: 'fleet_stop', unreadable: true },
    ])
  })

  it('is a closed window, with the moment it opens in its own time zone', () => {
    const policy = { ...facts().policy, startWindow: nightly }
    expect(holdsOf(facts({ policy }))).toEqual([
      {
        type: 'window',
        timeZone: 'Europe/Berlin',
        from: '22:00',
        opensAt: new Date(Date.UTC(2026, 10, 23, 21)),
      },
    ])
    expect(holdsOf(facts({ policy, atWork: over }))).toEqual([])
  })

  it('is the soak, then the look at each host of the wave', () => {
    const soakSince = new Date(noon - 60_000)
    expect(holdsOf(facts({ soakSince, atWork: over }))).toEqual([
      { type: 'soak', until: new Date(noon + 540_000) },
    ])
    expect(
      holdsOf(facts({ soakSince, checkSince: new Date(noon), atWork: { ...over, checked: 1 } })),
    ).toEqual([{ type: 'check', until: new Date(noon + 300_000), hosts: 3, left: 2 }])
  })

  it('is the pause before a further try', () => {
    const nextRetryAt = new Date(noon + 15_000)
    expect(holdsOf(facts({ retrying: 2, nextRetryAt }))).toEqual([
      { type: 'retry', hosts: 2, nextAt: nextRetryAt },
    ])
  })

  it('is a quarantine that a probe ends, until the machine waits no longer', () => {
    expect(holdsOf(facts({ settling: 1, settlingSince: new Date(noon - 60_000) }))).toEqual([
      { type: 'settle', hosts: 1, until: new Date(noon + 240_000) },
    ])
  })

  it('is nothing once it has ended', () => {
    expect(holdsOf(facts({ state: 'stopped', fleetStopPulled: true }))).toEqual([])
  })
})

describe('the next opening of a window', () => {
  it('is none without a window and while it is open', () => {
    expect(nextOpeningMs(null, noon)).toBeNull()
    expect(nextOpeningMs(nightly, Date.UTC(2026, 10, 23, 23))).toBeNull()
  })

  it('is its first minute, also on another day and for a window of a few minutes', () => {
    const sundays: StartWindow = { ...nightly, days: ['sun'], from: '03:07', until: '03:10' }
    expect(nextOpeningMs(sundays, noon + 17_000)).toBe(Date.UTC(2026, 10, 29, 2, 7))
  })

  it('goes by the clocks of its zone when they change', () => {
    expect(nextOpeningMs(nightly, Date.UTC(2026, 2, 29, 12))).toBe(Date.UTC(2026, 2, 29, 20))
  })
})
