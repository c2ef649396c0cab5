import { describe, expect, it } from 'vitest'
import { draftOf, readDraft } from '@/app/_lib/policy-draft'
import { policySentences, windowWords } from '@/app/_lib/policy-words'
import { formatTimeSpan, parseTimeSpan } from '@/app/_lib/time-span'
import { parseWaveSizes, waveSizesText } from '@/app/_lib/wave-sizes'
import { type Policy, policySchema } from '@/server/rollouts/policy'

const policy = (given: Partial<Policy> = {}) => policySchema.parse(given)

describe('a span of time', () => {
  it.each([
    ['30 s', 30, '30 s'],
    ['10min', 600, '10 min'],
    ['1 h 30 min', 5400, '1 h 30 min'],
    ['90 min', 5400, '1 h 30 min'],
    ['0', 0, '0 s'],
    ['2 d', 172_800, '2 d'],
  ])('%s is %d seconds', (text, seconds, back) => {
    expect(parseTimeSpan(text)).toBe(seconds)
    expect(formatTimeSpan(seconds)).toBe(back)
  })
  it.each(['', '10', 'soon', '10 years', '-5 min', '1.5 h'])('%j is none', (text) => {
    expect(parseTimeSpan(text)).toBeNull()
  })
})

describe('sizes of waves', () => {
  it('are hosts, shares, or what is left', () => {
    expect(parseWaveSizes('5, 10 %, 2.5%, rest')).toEqual({
      ok: true,
      waves: [{ hosts: 5 }, { percent: 10 }, { percent: 2.5 }, { percent: 100 }],
    })
    expect(waveSizesText([{ hosts: 5 }, { percent: 10 }, { percent: 100 }])).toBe('5, 10 %, rest')
  })
  it.each(['', '0', '0 %', '101 %', 'half', '5,,6', '1.5'])('%j are none', (text) => {
    expect(parseWaveSizes(text)).toMatchObject({ ok: false })
  })
})

describe('what a policy means', () => {
  it('is told in the order things happen', () => {
    const sentences = policySentences(
      policy({ waves: [{ percent: 25 }, { percent: 100 }], spreadByLabel: 'rack' }),
    )
    expect(sentences).toEqual([
      '1 host first, then 25 %, then the rest; at most 16 hosts in flight.',
      'No wave takes all hosts of one rack, where it has more than one.',
      'After each wave it waits 10 min, then reads every host that came out well again before the next wave begins.',
      'It stops when more than 20 % of the hosts of a wave, or more than 10 % of the hosts in all fail.',
      'A host that takes longer than 1 h is asked to stop and counts as failed.',
      'A fault on the way to a host, before anything is written, is tried again once.',
      'Hosts may be started at any time.',
    ])
  })
  it.each([
    [{ waves: [{ percent: 100 }] }, '1 host first, then all others at once;'],
    [{ canaryHosts: 0, waves: [{ hosts: 5 }] }, 'Without a canary: 5 hosts at a time until all are done;'],
    [
      { canaryHosts: 2, waves: [{ hosts: 1 }, { percent: 10 }] },
      '2 hosts first, then 1 host, then 10 % at a time',
    ],
  ])('says of %j: %s', (given, words) => {
    expect(policySentences(policy(given))[0]).toContain(words)
  })
  it('says when nothing or anything stops it', () => {
    const none = { count: null, percent: null }
    const limits = { hosts: none, devices: none }
    expect(policySentences(policy({ failures: { perWave: limits, inAll: limits } }))[2]).toContain(
      'No number of failures stops it',
    )
    const strict = { hosts: { count: 0, percent: null }, devices: none }
    expect(policySentences(policy({ failures: { perWave: limits, inAll: strict } }))[2]).toBe(
      'It stops when any host in all fails.',
    )
  })
  it.each([
    [
      ['mon', 'tue', 'wed', 'thu', 'fri'],
      '22:00',
      '05:00',
      'Mon–Fri from 22:00 to 05:00 the next day (Europe/Berlin)',
    ],
    [['sun', 'sat'], '08:00', '12:00', 'Sat, Sun from 08:00 to 12:00 (Europe/Berlin)'],
  ] as const)('tells the window of %j', (days, from, until, words) => {
    expect(windowWords({ days: [...days], from, until, timeZone: 'Europe/Berlin' })).toBe(words)
  })
})

describe('a policy that is typed', () => {
  it('comes back as it was', () => {
    const given = policy({
      waves: [{ hosts: 5 }, { percent: 25 }],
      startWindow: { timeZone: 'Asia/Tokyo', days: ['mon'], from: '22:00', until: '05:00' },
    })
    expect(readDraft(draftOf(given))).toEqual({ policy: given, faults: {} })
  })
  it('names the fault of each field', () => {
    const draft = draftOf(policy())
    const { policy: none, faults } = readDraft({
      ...draft,
      canaryHosts: 'one',
      soak: 'a while',
      maxInFlightHosts: '0',
      limits: { ...draft.limits, 'inAll.hosts.percent': '120' },
      window: { timeZone: 'Mars/Olympus', days: ['mon'], from: '22:00', until: '05:00' },
    })
    expect(none).toBeNull()
    expect(Object.keys(faults).toSorted()).toEqual([
      'canaryHosts',
      'inAll.hosts.percent',
      'maxInFlightHosts',
      'soak',
      'window',
    ])
  })
  it('reads to what the server takes, whatever is left empty', () => {
    const draft = draftOf(policy())
    const limits = Object.fromEntries(
      Object.keys(draft.limits).map((key) => [key, '']),
    ) as typeof draft.limits
    const { policy: read } = readDraft({ ...draft, limits })
    expect(policySchema.parse(read)).toEqual(read)
  })
})
