import { describe, expect, it } from 'vitest'
import type { JournalLine } from '@/agents/protocol'
import { deriveTimeline } from '@/server/jobs/timeline'

const receivedAt = new Date(0)
const told = (lines: JournalLine[]) => lines.map((line) => ({ line, receivedAt }))
const write = { step: 'bind' as const, path: '/sys/bus/dax/drivers/kmem/bind', value: 'dax0.0' }
const open = (n: number): JournalLine => ({
  n,
  uptimeMs: '1000',
  kind: 'open',
  jobId: 'j',
  token: { installationId: 'i', epoch: '1' },
  digest: 'd',
  bootId: 'b',
  agentVersion: '1',
  memTotalBytes: '1',
})
const step = (n: number, state: 'started' | 'done' | 'failed', uptimeMs = '1000'): JournalLine => ({
  n,
  uptimeMs,
  kind: 'step',
  step: 'bind',
  state,
  detail: '',
})

describe('the timeline', () => {
  it('shows a step that runs, then how long it took by the host’s own clock', () => {
    expect(deriveTimeline(told([open(1), step(2, 'started')]), false).steps).toMatchObject([
      { name: 'bind', state: 'running', durationMs: null },
    ])
    const done = deriveTimeline(told([open(1), step(2, 'started'), step(3, 'done', '1250')]), false)
    expect(done.steps).toMatchObject([{ state: 'done', durationMs: 250 }])
  })

  it('shows a write that is in the kernel, then its errno', () => {
    const intent: JournalLine = { n: 2, uptimeMs: '1', kind: 'intent', step: 'bind', write }
    expect(deriveTimeline(told([open(1), intent]), false).writes).toEqual([
      { ...write, errno: null, errnoName: '', durationMs: null },
    ])
    const done: JournalLine = {
      n: 3,
      uptimeMs: '9',
      kind: 'done',
      step: 'bind',
      write,
      errno: 16,
      errnoName: 'EBUSY',
      durationMs: 8,
    }
    expect(deriveTimeline(told([done, open(1), intent]), false).writes).toEqual([
      { ...write, errno: 16, errnoName: 'EBUSY', durationMs: 8 },
    ])
  })

  it('claims nothing of a step that was never closed, nor of its write, once the job has ended', () => {
    const intent: JournalLine = { n: 3, uptimeMs: '1', kind: 'intent', step: 'bind', write }
    expect(deriveTimeline(told([open(1), step(2, 'started'), intent]), true)).toMatchObject({
      steps: [{ state: 'cut_short', detail: expect.stringContaining('is not known') }],
      writes: [{ errno: null }],
    })
  })

  it('goes on after a recovery: what was open was cut short with its process, and is opened again', () => {
    const recover: JournalLine = {
      n: 3,
      uptimeMs: '2000',
      kind: 'recover',
      token: { installationId: 'i', epoch: '2' },
      direction: 'back',
      driver: null,
      bootId: 'b',
      agentVersion: '1',
    }
    const died = deriveTimeline(told([open(1), step(2, 'started'), recover]), false)
    expect(died.steps).toMatchObject([
      {
        name: 'bind',
        state: 'cut_short',
        detail: 'The process that did it died: how it ended is not known.',
      },
      { name: 'recover', state: 'done', detail: expect.stringContaining('without a driver') },
    ])
    const again = deriveTimeline(told([open(1), step(2, 'started'), recover, step(4, 'started')]), false)
    expect(again.steps.map(({ name, state }) => [name, state])).toEqual([
      ['bind', 'running'],
      ['recover', 'done'],
    ])
    const twice = deriveTimeline(told([open(1), recover, { ...recover, n: 4 }]), false)
    expect(twice.steps.map(({ name }) => name)).toEqual(['recover', 'recover 2'])
  })

  it('tells of the latest attempt only', () => {
    const lines = told([open(1), step(2, 'failed'), open(3), step(4, 'started')])
    expect(deriveTimeline(lines, false).steps).toMatchObject([{ state: 'running' }])
  })
})
