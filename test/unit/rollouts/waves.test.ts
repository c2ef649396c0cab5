import { describe, expect, it } from 'vitest'
import { splitIntoWaves } from '@/server/rollouts/machine/waves'
import { isWindowOpen, policySchema } from '@/server/rollouts/policy'
import { Random } from '../../support/random'

const ids = (count: number) => Array.from({ length: count }, (_, at) => ({ hostId: `h${at}`, group: null }))

describe('canary and waves', () => {
  it('are cut by count and by percent of the whole; the last size is repeated', () => {
    const sizes = (policy: Parameters<typeof splitIntoWaves>[1]) =>
      splitIntoWaves(ids(100), policy).map((wave) => wave.length)
    expect(sizes({ canaryHosts: 4, waves: [{ percent: 10 }, { percent: 25 }, { percent: 100 }] })).toEqual([
      4, 10, 25, 61,
    ])
    expect(sizes({ canaryHosts: 0, waves: [{ hosts: 40 }] })).toEqual([40, 40, 20])
    expect(sizes({ canaryHosts: 200, waves: [{ hosts: 1 }] })).toEqual([100])
  })

  it('never hold a whole rack', () => {
    const racks = ['a', 'a', 'a', 'b', 'b', 'c'].map((group, at) => ({ hostId: `${group}${at}`, group }))
    expect(splitIntoWaves(racks, { canaryHosts: 1, waves: [{ percent: 100 }] })).toEqual([
      ['a0'],
      ['a1', 'b3', 'c5', 'a2'],
      ['b4'],
    ])
  })

  it.each(Array.from({ length: 200 }, (_, seed) => seed))('hold every host once: seed %i', (seed) => {
    const random = new Random(seed)
    const groups = random.whole(1, 12)
    const listed = ids(random.whole(1, 120)).map(({ hostId }) => ({
      hostId,
      group: random.next() < 0.2 ? null : `r${random.whole(1, groups)}`,
    }))
    const size = () =>
      random.next() < 0.5 ? { hosts: random.whole(1, 40) } : { percent: random.whole(1, 100) }
    const canaryHosts = random.whole(0, 5)
    const waves = splitIntoWaves(listed, { canaryHosts, waves: [size(), size()] })
    expect(waves.flat().toSorted()).toEqual(listed.map(({ hostId }) => hostId).toSorted())
    expect(waves.every((wave) => wave.length > 0)).toBe(true)
    if (canaryHosts > 0) expect(waves[0]?.length).toBeLessThanOrEqual(canaryHosts)
    for (const group of new Set(listed.map((host) => host.group))) {
      const members = listed.filter((host) => host.group === group).map(({ hostId }) => hostId)
      if (group === null || members.length < 2) continue
      for (const wave of waves) expect(members.every((hostId) => wave.includes(hostId))).toBe(false)
    }
  })
})

describe('a start window', () => {
  const nights = policySchema.parse({
    startWindow: { timeZone: 'Europe/Berlin', days: ['fri'], from: '22:00', until: '04:30' },
  }).startWindow
  it.each([
    // 2026-01-02 is a Friday; Berlin is an hour ahead in winter.
    ['2026-01-02T20:59:00Z', false],
    ['2026-01-02T21:00:00Z', true],
    ['2026-01-03T03:29:00Z', true],
    ['2026-01-03T03:30:00Z', false],
    ['2026-01-03T21:30:00Z', false],
    ['2026-01-01T23:30:00Z', false],
    // Summer: two hours ahead.
    ['2026-07-03T20:00:00Z', true],
  ])('at %s: %s', (at, open) => {
    expect(isWindowOpen(nights, Date.parse(at))).toBe(open)
  })

  it('is open when there is none', () => {
    expect(isWindowOpen(null, 0)).toBe(true)
  })
})

describe('a policy', () => {
  it('has careful values for everything left out', () => {
    expect(policySchema.parse({})).toMatchObject({
      canaryHosts: 1,
      maxInFlightHosts: 16,
      soakSeconds: 600,
      failures: { perWave: { hosts: { percent: 20 } }, inAll: { hosts: { percent: 10 } } },
    })
  })

  it.each([
    [{ canary: 3 }, /canary/],
    [{ waves: [] }, /waves/],
    [{ waves: [{ percent: 0 }] }, /percent|Invalid/],
    [{ maxInFlightHosts: 0 }, /maxInFlightHosts/],
    [
      { startWindow: { timeZone: 'Mars/Olympus', days: ['mon'], from: '01:00', until: '02:00' } },
      /time zone/,
    ],
    [{ startWindow: { timeZone: 'UTC', days: ['mon'], from: '25:00', until: '02:00' } }, /time of day/],
  ])('refuses %j', (given, says) => {
    const parsed = policySchema.safeParse(given)
    expect(JSON.stringify(parsed.error?.issues)).toMatch(says)
  })
})
