import { describe, expect, it } from 'vitest'
import { adoptBlocked, answerOf, foreignKind, liftBlocked } from '@/app/_lib/host-recovery-words'
import { runMark } from '@/app/_lib/run-words'
import { hostMark } from '@/app/_lib/states'
import { stepWord, timelineOf } from '@/app/_lib/steps'
import { stopMeaning } from '@/app/_lib/stop-words'
import { endsByItself, knownSoFar, markLostPhrase, stuckWrite } from '@/app/_lib/unknown-words'

const noon = new Date('2026-11-22T12:00:00Z')
const later = (seconds: number) => new Date(noon.getTime() + seconds * 1000)
const ours = '11111111-0000-4000-8000-000000000000'
const theirs = '99999999-0000-4000-8000-000000000000'
const bind = { step: 'bind', path: '/sys/bus/dax/drivers/kmem/bind', value: 'dax0.0' } as const
const done = { ...bind, errno: 0, errnoName: '', durationMs: 1 }

describe('a run whose outcome is not known', () => {
  it('says what its journal told last, and claims no more', () => {
    expect(knownSoFar({ writes: [] })).toBe('No write of it is known.')
    expect(knownSoFar({ writes: [done] })).toBe(
      'The last write known is dax0.0 to /sys/bus/dax/drivers/kmem/bind (bind): it took effect.',
    )
    expect(knownSoFar({ writes: [done, { ...done, errno: null }] })).toMatch(/how it ended is not known/)
    expect(knownSoFar({ writes: [{ ...done, errno: 16, errnoName: 'EBUSY' }] })).toMatch(/failed with EBUSY/)
  })

  it('says when it ends by itself', () => {
    expect(endsByItself({ endsLostAt: later(1620) }, noon)).toBe(
      'Without an answer it ends lost by itself in 27 min.',
    )
    expect(endsByItself({ endsLostAt: noon }, later(3))).toMatch(/at any moment/)
    expect(endsByItself({ endsLostAt: null }, noon)).toBeNull()
  })

  it('is given up by a phrase that names device and host', () => {
    expect(markLostPhrase({ daxName: 'dax0.0', hostName: 'db-7' })).toBe('mark dax0.0 on db-7 lost')
  })
})

describe('a run that is stuck in the kernel', () => {
  const stuck = { since: noon, write: bind }

  it('is called so, whoever looks after it', () => {
    expect(stuckWrite(stuck)).toBe('The write of dax0.0 to /sys/bus/dax/drivers/kmem/bind')
    expect(runMark({ kind: 'convert', state: 'acting', attendance: { type: 'nobody' }, stuck })).toEqual({
      tone: 'warn',
      word: 'Stuck in the kernel',
    })
  })

  it('cannot be stopped before the write comes back', () => {
    expect(stopMeaning({ kind: 'convert', state: 'acting', stuck, cancelRequestedAt: null })).toMatch(
      /once it has come back/,
    )
  })
})

describe('stopping a run', () => {
  const at = { stuck: null, cancelRequestedAt: null }
  const asked = { stuck: null, cancelRequestedAt: noon }

  it('before the first write leaves the host as it is', () => {
    expect(stopMeaning({ kind: 'convert', state: 'preflight', ...at })).toMatch(/leaves the host as it is/)
    expect(stopMeaning({ kind: 'convert', state: 'preflight', ...asked })).toMatch(/no leave to write/)
  })

  it('after it rests where the host is safe', () => {
    for (const words of [
      stopMeaning({ kind: 'convert', state: 'acting', ...at }),
      stopMeaning({ kind: 'convert', state: 'acting', ...asked }),
    ]) {
      expect(words).toMatch(/back on device_dax while no block of it is there/)
      expect(words).toMatch(/left offline/)
    }
  })

  it('waits for the host where that cannot be reached', () => {
    expect(stopMeaning({ kind: 'convert', state: 'unknown', ...asked })).toMatch(
      /as soon as the host is reached/,
    )
  })

  it('is too late once all is written', () => {
    expect(stopMeaning({ kind: 'convert', state: 'verifying', ...at })).toMatch(/changes nothing any more/)
  })
})

describe('the timeline', () => {
  it('tells that a run was taken up again where that happened', () => {
    const steps = ['contact', 'claim', 'unbind', 'recover', 'recover 2', 'bind'].map((name) => ({ name }))
    const words = timelineOf(steps).map(({ word }) => word)
    expect(words.slice(words.indexOf('unbind'), words.indexOf('release'))).toEqual([
      'unbind',
      'taken up',
      'taken up 2',
      'bind',
    ])
    expect(timelineOf(steps).filter(({ step }) => step !== undefined)).toHaveLength(steps.length)
    expect(timelineOf([])).toHaveLength(9)
  })

  it('leaves names alone that only begin alike', () => {
    expect(stepWord('recovered')).toBe('recovered')
  })
})

describe('a host in quarantine', () => {
  const host = {
    fenceDue: true,
    fencing: false,
    unknownJobId: null,
    activeJobId: null,
    credentialId: 'key',
    stateNext: 'Remove one of the two entries.',
  }

  it('can be lifted once nothing speaks against it, and says what does', () => {
    expect(liftBlocked(host)).toBeNull()
    expect(liftBlocked({ ...host, unknownJobId: 'job', activeJobId: 'job' })).toMatch(/mark the run lost/)
    expect(liftBlocked({ ...host, activeJobId: 'job' })).toMatch(/A run is going on/)
    expect(liftBlocked({ ...host, credentialId: null })).toMatch(/no SSH key/)
    expect(liftBlocked({ ...host, fencing: true })).toMatch(/has not ended yet/)
    expect(liftBlocked({ ...host, fenceDue: false })).toMatch(/Remove one of the two entries/)
  })

  const asked = { what: 'lift', lastSeenAt: noon, stateSince: noon } as const
  const read = { stateSince: noon, lastSeenAt: later(9), fencing: false, adopting: false } as const

  it.each([
    ['under way', { ...read, state: 'quarantined', fencing: true }, 'run', /under way/],
    ['done', { ...read, state: 'ready', stateSince: later(9) }, 'ok', /is lifted/],
    ['refused by who holds the lock', { ...read, state: 'quarantined' }, 'warn', /^The quarantine stays/],
    ['without a host', { ...read, state: 'quarantined', lastSeenAt: noon }, 'warn', /was not reached/],
    [
      'of a foreign host',
      { ...read, state: 'foreign', stateSince: later(9) },
      'warn',
      /another installation/,
    ],
  ] as const)('answers a lifting that is %s', (_how, host, tone, words) => {
    expect(answerOf(asked, host)?.tone).toBe(tone)
    expect(answerOf(asked, host)?.message).toMatch(words)
  })

  it('says nothing of a quarantine that came later', () => {
    expect(answerOf(asked, { ...read, state: 'quarantined', stateSince: later(60) })).toBeNull()
  })
})

describe('a host of another installation', () => {
  const host = {
    foreignToken: { installationId: theirs, epoch: '7' },
    installationId: ours,
    adopting: false,
    credentialId: 'key',
  }

  it('is told apart from a restored backup and from a record nobody can read', () => {
    expect(foreignKind(host)).toBe('other')
    expect(foreignKind({ ...host, foreignToken: 'unreadable' })).toBe('unreadable')
    expect(foreignKind({ ...host, foreignToken: { installationId: ours, epoch: '900' } })).toBe('older_copy')
  })

  it('can be adopted, but not by a copy that still goes by the same identity', () => {
    expect(adoptBlocked(host)).toBeNull()
    expect(adoptBlocked({ ...host, foreignToken: 'unreadable' })).toBeNull()
    expect(adoptBlocked({ ...host, foreignToken: { installationId: ours, epoch: '900' } })).toMatch(
      /identity/,
    )
    expect(adoptBlocked({ ...host, adopting: true })).toMatch(/has not ended yet/)
  })
})

describe('a host’s mark', () => {
  const host = {
    standing: 'quarantined',
    probing: false,
    activeJobId: 'job',
    activeJobKind: 'convert',
    activeJobState: 'unknown',
    activeJobStuck: false,
    keyRejected: false,
  } as const

  it('calls an unknown outcome so, and does not say that it converts', () => {
    expect(hostMark(host).word).toBe('Outcome unknown')
    expect(hostMark({ ...host, standing: 'foreign' }).word).toBe('Another installation’s')
    expect(hostMark({ ...host, activeJobState: 'acting' }).word).toBe('Converting')
    expect(hostMark({ ...host, activeJobKind: 'restore', activeJobState: 'acting' }).word).toBe('Giving back')
    expect(hostMark({ ...host, activeJobState: 'acting', activeJobStuck: true }).word).toBe(
      'Stuck in the kernel',
    )
    expect(hostMark({ ...host, activeJobId: null, activeJobState: null }).word).toBe('Quarantined')
  })

  it('calls a rejected key rejected', () => {
    const idle = { ...host, activeJobId: null, activeJobState: null, standing: 'key_review' } as const
    expect(hostMark(idle).word).toBe('Key to review')
    expect(hostMark({ ...idle, keyRejected: true }).word).toBe('Key rejected')
  })
})
