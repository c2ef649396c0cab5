import { describe, expect, it } from 'vitest'
import { attendanceWords } from '@/app/_lib/attendance-words'
import {
  cutShort,
  hasReadBack,
  noReadBack,
  notBegun,
  noWrites,
  runMark,
  writeResult,
} from '@/app/_lib/run-words'
import { endedJobStates } from '@/server/jobs/vocabulary'

const nothingRead = { onlineBytesAfter: null, memTotalBytesAfter: null, blocksAfter: null }

describe('an ended run', () => {
  it.each(endedJobStates.filter((state) => state !== 'lost'))('%s without a write says so', (state) => {
    expect(noWrites({ state, causeCode: null })).toBe('Nothing was written to the host.')
  })

  it('that is lost claims nothing', () => {
    expect(noWrites({ state: 'lost', causeCode: 'lost_contact' })).toMatch(/not known/)
    expect(noReadBack({ state: 'lost', causeCode: null, writes: [] })).toMatch(/not known/)
    expect(cutShort('lost').word).toMatch(/not known/)
  })

  it('whose agent died says what the journal has, not what was', () => {
    expect(noWrites({ state: 'failed', causeCode: 'agent_died' })).toBe("The host's journal names no write.")
    expect(noReadBack({ state: 'failed', causeCode: 'host_restarted', writes: [] })).not.toMatch(/as it was/)
  })

  it('that was cancelled at contact stopped there, and left the device as it was', () => {
    expect(cutShort('cancelled')).toEqual({ tone: 'skip', word: 'stopped here' })
    expect(noReadBack({ state: 'cancelled', causeCode: null, writes: [] })).toMatch(/as it was/)
  })

  it.each([
    ['failed', { tone: 'skip', word: 'not reached' }],
    ['partial', { tone: 'skip', word: 'not reached' }],
    ['cancelled', { tone: 'skip', word: 'not reached' }],
    ['already', { tone: 'skip', word: 'not needed' }],
    ['lost', { tone: 'lost', word: 'not known' }],
    ['unknown', { tone: 'lost', word: 'not known yet' }],
    ['acting', { tone: 'wait', word: 'pending' }],
  ] as const)('%s tells of a step it has not come to that it is %o', (state, mark) => {
    expect(notBegun(state)).toEqual(mark)
  })

  it('compares only what was read back', () => {
    expect(hasReadBack({ ...nothingRead, state: 'converted' })).toBe(false)
    expect(hasReadBack({ ...nothingRead, state: 'converted', onlineBytesAfter: 0n })).toBe(true)
  })

  it('that was refused shows what others changed before it as no change of its own', () => {
    expect(hasReadBack({ ...nothingRead, state: 'refused', onlineBytesAfter: 1n })).toBe(false)
    expect(noReadBack({ state: 'refused', causeCode: 'plan_changed', writes: [] })).toMatch(
      /as the run found it/,
    )
  })
})

describe('a run nobody looks after', () => {
  const nobody = { type: 'nobody' } as const

  it('says that nothing was written before the host was told to go on', () => {
    const words = attendanceWords({ state: 'dispatching', attendance: nobody })
    expect(words?.message).toBe('Nobody is looking after the run right now. Nothing has been written.')
    expect(words?.command).toBe('npm start')
  })

  it('says that the host carries on after that', () => {
    expect(attendanceWords({ state: 'acting', attendance: nobody })?.message).toMatch(/carries on by itself/)
    expect(attendanceWords({ state: 'unknown', attendance: nobody })?.message).toMatch(/asking the host/)
  })

  it('says by when another worker takes over', () => {
    const attendance = { type: 'silent', takeOverWithinSeconds: 22 } as const
    expect(attendanceWords({ state: 'acting', attendance })).toMatchObject({
      next: 'Wait: another takes over within 22 s.',
      command: null,
    })
  })

  it('is not called at work', () => {
    expect(runMark({ kind: 'convert', state: 'acting', attendance: nobody, stuck: null })).toEqual({
      tone: 'lost',
      word: 'Unattended',
    })
    expect(
      runMark({ kind: 'convert', state: 'acting', attendance: { type: 'attended' }, stuck: null }).word,
    ).toBe('Converting')
  })

  it('is none while somebody does, or once it has ended', () => {
    expect(attendanceWords({ state: 'acting', attendance: { type: 'attended' } })).toBeNull()
    expect(attendanceWords({ state: 'converted', attendance: null })).toBeNull()
  })
})

describe('a write without its end', () => {
  const write = {
    step: 'bind',
    path: '/sys/x',
    value: 'dax0.0',
    errno: null,
    errnoName: '',
    durationMs: null,
  } as const

  it('is in the kernel only while its run is at work, and nothing came after it', () => {
    expect(writeResult({ state: 'acting', writes: [write] }, 0)).toBe('in the kernel…')
    expect(writeResult({ state: 'acting', writes: [write, write] }, 0)).toBe('not known')
    expect(writeResult({ state: 'unknown', writes: [write] }, 0)).toBe('not known')
    expect(writeResult({ state: 'lost', writes: [write] }, 0)).toBe('not known')
  })

  it('is told apart from those that have one', () => {
    const ended = { ...write, errno: 16, errnoName: 'EBUSY' }
    expect(writeResult({ state: 'failed', writes: [{ ...write, errno: 0 }, ended] }, 0)).toBe('ok')
    expect(writeResult({ state: 'failed', writes: [{ ...write, errno: 0 }, ended] }, 1)).toBe('EBUSY')
  })
})
