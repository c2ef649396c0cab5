import { beforeEach, describe, expect, it } from 'vitest'
import type { HostProgram } from '@/agents/model/machine'
import { smallHost } from '@/agents/model/spec'
import { ModelledHost } from '@/test/support/modelled-host'

const PRE = '/etc/daxfleet/hooks.d/pre-convert'
let host: ModelledHost

beforeEach(() => {
  host = new ModelledHost({ spec: smallHost({ files: { [PRE]: '#!/bin/sh\ndrain\n' } }) })
})

/** Converts with a hook that does this; the outcome and its reasons. */
async function convertWith(hook: HostProgram) {
  host.machine.programs.set(PRE, hook)
  const replies = await host.ask(host.convertRequest(await host.approved()))
  const outcomes = replies.flatMap((reply) =>
    reply.type === 'journal' && reply.line.kind === 'outcome' ? [reply.line] : [],
  )
  return { outcome: outcomes[0]?.outcome, codes: outcomes[0]?.refusals.map(({ code }) => code) }
}

describe('a hook on a modelled host', () => {
  it('that ends well lets the conversion go on, and is told what it is for', async () => {
    let told: Record<string, string> = {}
    const hook: HostProgram = async (_host, environment) => {
      told = environment
      return { status: 0, output: '' }
    }
    expect(await convertWith(hook)).toEqual({ outcome: 'converted', codes: [] })
    expect(told).toMatchObject({ DAXFLEET_PHASE: 'pre-convert', DAXFLEET_DEVICE: 'dax0.0' })
  })

  it('that ends badly forbids the first write', async () => {
    const refusal = await convertWith(async () => ({ status: 3, output: 'pods are running' }))
    expect(refusal).toEqual({ outcome: 'refused', codes: ['hook_refused'] })
    expect(host.witness().driver).toBe('device_dax')
  })

  it('that does not end is killed at its deadline', async () => {
    const forbidden = await convertWith(async (own) => {
      await own.sleep(86_400_000)
      return { status: 0, output: '' }
    })
    expect(forbidden).toEqual({ outcome: 'refused', codes: ['hook_refused'] })
    expect(host.machine.processIds()).toEqual([1])
  })
})
