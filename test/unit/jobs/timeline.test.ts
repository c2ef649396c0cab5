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

  it('calls a step failed that was never closed, once the job has ended', () => {
    expect(deriveTimeline(told([open(1), step(2, 'started')]), true).steps).toMatchObject([
      { state: 'failed' },
    ])
  })

  it('tells of the latest attempt only', () => {
    const lines = told([open(1), step(2, 'failed'), open(3), step(4, 'started')])
    expect(deriveTimeline(lines, false).steps).toMatchObject([{ state: 'running' }])
  })
})
