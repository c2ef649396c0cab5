import { describe, expect, it } from 'vitest'
import { CONTROLS, controlWords } from '@/app/_lib/rollout-controls'
import { closingWords, failureWords, holdWords, progressSentence } from '@/app/_lib/rollout-run-words'
import type { RolloutProgress } from '@/server/rollouts/views/progress-schema'

const progress = (given: Partial<RolloutProgress> = {}): RolloutProgress => ({
  kind: 'convert',
  state: 'running',
  reason: '',
  reasonText: '',
  wave: 2,
  hosts: 1204,
  hostsByOutcome: { converted: 313, running: 15, unknown: 1, failed: 3, pending: 872 },
  devices: 1204,
  devicesByState: {},
  waves: [0, 1, 2, 3].map((wave) => ({ wave, hosts: 301, hostsByOutcome: {}, checked: 0 })),
  holds: [],
  inFlight: 16,
  inFlightBudget: 10,
  maxInFlightHosts: 16,
  limits: [{ reason: 'hosts_failed', failed: 3, allowed: 12 }],
  retryableHosts: 2,
  gainedBytes: 0n,
  causes: [],
  pace: null,
  approvedBy: 'ada@example.test',
  approvedAt: new Date(0),
  endedAt: null,
  readAt: new Date(0),
  ...given,
})

describe('the words of a rollout', () => {
  it('say where it is in one line', () => {
    expect(progressSentence(progress(), { canaryHosts: 4 })).toBe(
      'wave 3 of 4, 313 of 1,204 hosts converted, 3 failed of 12 allowed',
    )
    expect(progressSentence(progress({ wave: 0, limits: [] }), { canaryHosts: 4 })).toBe(
      'canary, wave 1 of 4, 313 of 1,204 hosts converted, 3 failed',
    )
  })

  it('tell failures that were accepted apart', () => {
    const limits = [{ reason: 'hosts_failed', failed: 1, allowed: 12 }]
    expect(progressSentence(progress({ limits }), { canaryHosts: 0 })).toMatch(
      /3 failed of 12 allowed, 2 accepted$/,
    )
  })

  it('name an end without a code by its state', () => {
    expect(failureWords('failed')).toBe('Failed')
    expect(failureWords('EINVAL')).toBe('EINVAL')
    expect(failureWords('in_use')).toBe('Device in use')
  })

  it('say when a closed window opens, in its own time zone', () => {
    const opensAt = new Date(Date.UTC(2026, 10, 23, 21))
    const hold = { type: 'window', timeZone: 'Europe/Berlin', from: '22:00', opensAt } as const
    expect(holdWords(hold)).toMatchObject({
      message: expect.stringMatching(/22:00 Europe\/Berlin/),
      until: opensAt,
    })
  })

  it('close only what has ended, and never call it more than it is', () => {
    expect(closingWords(progress())).toBeNull()
    const all = { hosts: 2, hostsByOutcome: { converted: 2 } }
    expect(closingWords(progress({ state: 'finished', ...all }))).toMatchObject({
      tone: 'ok',
      message: 'Finished. 2 of 2 hosts were converted, as read back from the kernel.',
    })
    const part = { hosts: 4, hostsByOutcome: { converted: 1, failed: 2, unstarted: 1 } }
    expect(closingWords(progress({ state: 'finished', ...part }))?.tone).toBe('warn')
    expect(
      closingWords(progress({ state: 'stopped', ...part, reasonText: 'Too many failed.' })),
    ).toMatchObject({
      message:
        'Stopped. Too many failed. 1 of 4 hosts was converted, as read back from the kernel, 2 came to another end, 1 was never started.',
      next: expect.stringMatching(/^Resume to go on with the rest\..*retry the 2/),
    })
  })
})

describe('what a rollout can be told', () => {
  it('says how many are in flight and what becomes of them', () => {
    expect(controlWords('pause', progress()).meaning[0]).toBe(
      'No further host begins. 16 hosts in flight come to their end.',
    )
    expect(controlWords('stop', progress()).label).toBe('Stop after 16 in flight')
    expect(controlWords('abort', progress()).confirm).toBe('Abort 16 in flight')
  })

  it('is refused with its reason where the server would refuse it', () => {
    const possible = (state: RolloutProgress['state']) =>
      CONTROLS.filter((control) => controlWords(control, progress({ state })).blocked === null)
    expect(possible('running')).toEqual(['pause', 'stop', 'abort'])
    expect(possible('paused')).toEqual(['resume', 'stop', 'abort', 'retryFailed'])
    expect(possible('stopping')).toEqual(['abort'])
    expect(possible('aborting')).toEqual([])
    expect(possible('finished')).toEqual(['retryFailed'])
    expect(possible('stopped')).toEqual(['resume', 'retryFailed'])
    const over = { hostsByOutcome: { failed: 2 }, waves: [] }
    expect(controlWords('resume', progress({ state: 'stopped', ...over })).blocked).toMatch(/No host is left/)
    expect(controlWords('retryFailed', progress({ state: 'stopped', retryableHosts: 0 })).blocked).toMatch(
      /No host/,
    )
  })
})
