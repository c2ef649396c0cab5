import { beforeEach, describe, expect, it } from 'vitest'
import { smallHost } from '@/agents/model/spec'
import type { AgentReply, HealthPolicy, PlanResult } from '@/agents/protocol'
import { firstHealthPolicy } from '@/test/support/health-policy'
import { type AskedShare, ModelledHost, shareQuestion } from '@/test/support/modelled-host'

const BLOCK = 128n * 1024n ** 2n
const THREE = String(3n * BLOCK)
const ALL = [33, 34, 35, 36, 37, 38, 39]
let host: ModelledHost
let jobs = 0

const outcomeIn = (replies: readonly AgentReply[]) =>
  replies.flatMap((reply) =>
    reply.type === 'journal' && reply.line.kind === 'outcome' ? [reply.line] : [],
  )[0]

async function plan(share: AskedShare, health?: HealthPolicy): Promise<PlanResult> {
  const inspected = await host.ask({ protocol: 1, verb: 'inspect', params: {} })
  const [inspection] = inspected.flatMap((reply) => (reply.type === 'inspection' ? [reply.inspection] : []))
  const question = shareQuestion(inspection?.devices[0]?.identity.id ?? '', share)
  const params = health === undefined || question.kind === 'offline' ? question : { ...question, health }
  const replies = await host.ask({ protocol: 1, verb: 'plan', params })
  for (const reply of replies) if (reply.type === 'plan') return reply.plan
  throw new Error(JSON.stringify(replies))
}

async function carryOut(verb: 'online' | 'offline', { item, digest, refusals }: PlanResult) {
  if (item === null || digest === null) throw new Error(JSON.stringify(refusals))
  jobs += 1
  const token = { installationId: 'here', epoch: String(10 + jobs) }
  return outcomeIn(
    await host.ask({ protocol: 1, verb, params: { jobId: `media-${jobs}`, token, item, digest } }),
  )
}

/** The device's first bad sectors show: from the next look on its region tells them. */
function wearOut(sectors: number): void {
  const [device] = host.machine.spec.devices
  if (device?.kind !== 'pmem') throw new Error('The small host has pmem.')
  device.badSectors = sectors
}

beforeEach(async () => {
  host = new ModelledHost({ spec: smallHost() })
  const replies = await host.ask(host.convertRequest(await host.approved()))
  expect(outcomeIn(replies)?.outcome).toBe('converted')
})

describe('a share of a device whose media has bad sectors', () => {
  it('is given back: that is the way out', async () => {
    wearOut(8)
    const away = await plan({ kind: 'offline', shareBytes: THREE })
    expect([away.verdict, away.refusals]).toEqual(['offlinable', []])
    expect((await carryOut('offline', away))?.outcome).toBe('restored')
    expect(host.witness()).toMatchObject({ driver: 'kmem', online: ALL.slice(0, 4) })
  })

  it.each([
    ['without a policy', undefined],
    ['under the fleet’s policy', firstHealthPolicy],
  ])('is not taken again %s, and no policy is blamed for it', async (_, health) => {
    await carryOut('offline', await plan({ kind: 'offline', shareBytes: THREE }))
    wearOut(8)
    const again = await plan({ kind: 'online', zone: 'movable', shareBytes: THREE }, health)
    expect(again.verdict).toBe('refused')
    expect(again.refusals).toEqual([
      {
        code: 'media_errors',
        message: 'dax0.0 has 8 bad sectors: as RAM, touching one crashes the host.',
        next: 'Clear or replace the media first (ndctl list -M, ndctl clear-errors).',
      },
    ])
  })

  it('is not taken again where they show between the plan and the go', async () => {
    await carryOut('offline', await plan({ kind: 'offline', shareBytes: THREE }))
    const again = await plan({ kind: 'online', zone: 'movable', shareBytes: THREE }, firstHealthPolicy)
    expect(again.verdict).toBe('onlinable')
    wearOut(8)
    expect(await carryOut('online', again)).toMatchObject({
      outcome: 'refused',
      refusals: expect.arrayContaining([expect.objectContaining({ code: 'media_errors' })]),
    })
    expect(host.witness().online).toEqual(ALL.slice(0, 4))
    wearOut(0)
    expect((await carryOut('online', again))?.outcome).toBe('converted')
    expect(host.witness().online).toEqual(ALL)
  })
})
