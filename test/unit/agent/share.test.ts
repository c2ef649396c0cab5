import { beforeEach, describe, expect, it } from 'vitest'
import { smallHost } from '@/agents/model/spec'
import type { AgentReply, JournalLine } from '@/agents/protocol'
import { type AskedShare, ModelledHost, shareQuestion } from '@/test/support/modelled-host'

const BLOCK = 128n * 1024n ** 2n
const ALL = [33, 34, 35, 36, 37, 38, 39]
let host: ModelledHost

const outcomeIn = (replies: readonly AgentReply[]) =>
  replies.flatMap((reply): Extract<JournalLine, { kind: 'outcome' }>[] =>
    reply.type === 'journal' && reply.line.kind === 'outcome' ? [reply.line] : [],
  )[0]

async function sharePlan(share: AskedShare) {
  const inspected = await host.ask({ protocol: 1, verb: 'inspect', params: {} })
  const id = inspected.flatMap((reply) =>
    reply.type === 'inspection' ? [reply.inspection.devices[0]?.identity.id ?? ''] : [],
  )[0]
  const replies = await host.ask({ protocol: 1, verb: 'plan', params: shareQuestion(id ?? '', share) })
  for (const reply of replies) if (reply.type === 'plan') return reply.plan
  throw new Error(JSON.stringify(replies))
}

async function approved(share: AskedShare) {
  const { item, digest, refusals } = await sharePlan(share)
  if (item === null || digest === null) throw new Error(JSON.stringify(refusals))
  return { item, digest }
}

const shareRequest = (plan: Awaited<ReturnType<typeof approved>>, verb: 'online' | 'offline') => ({
  protocol: 1,
  verb,
  params: { jobId: 'share-1', token: { installationId: 'here', epoch: '2' }, ...plan },
})

async function convert() {
  const replies = await host.ask(host.convertRequest(await host.approved()))
  expect(outcomeIn(replies)?.outcome).toBe('converted')
}

beforeEach(async () => {
  host = new ModelledHost()
  await convert()
})

describe('asked to stop', () => {
  it('between its blocks: what went comes back online, and it is told', async () => {
    const plan = await approved({ kind: 'offline', shareBytes: String(4n * BLOCK) })
    let asked = false
    host.machine.onKernelWrite = ({ file }) => {
      if (file !== 'memory38/state' || asked) return
      asked = true
      const token = { installationId: 'here', epoch: '2' }
      void host.ask({ protocol: 1, verb: 'abort', params: { jobId: 'share-1', token } })
    }
    const outcome = outcomeIn(await host.ask(shareRequest(plan, 'offline')))
    expect(outcome).toMatchObject({ outcome: 'cancelled' })
    expect(host.witness()).toMatchObject({ driver: 'kmem', online: ALL })
  })
})

describe('the floor', () => {
  it('is weighed again before each block: below it no further one is begun', async () => {
    const { availableAfterBytes } = (await sharePlan({ kind: 'offline', shareBytes: String(3n * BLOCK) }))
      .restore ?? { availableAfterBytes: '0' }
    const plan = await approved({
      kind: 'offline',
      shareBytes: String(3n * BLOCK),
      floorBytes: availableAfterBytes,
    })
    host.machine.onKernelWrite = ({ file }) => {
      // Somebody takes memory while the first block goes.
      if (file === 'memory39/state') host.machine.spec.usedBytes += 2n * BLOCK
    }
    const outcome = outcomeIn(await host.ask(shareRequest(plan, 'offline')))
    expect(outcome).toMatchObject({ outcome: 'failed', refusals: [{ code: 'capacity_floor' }] })
    expect(host.witness().online).toEqual(ALL)
  })
})

describe('a zone', () => {
  it('that the kernel does not name for a block is refused beforehand', async () => {
    // The model's kernel names both; a block online in another zone is what mixes them.
    const kernel = new ModelledHost({ spec: smallHost() })
    await kernel.ask(kernel.convertRequest(await kernel.approved('dax0.0', 'kernel')))
    host = kernel
    const plan = await approved({ kind: 'offline', blocks: [[39, 39]] })
    expect((await sharePlan({ kind: 'offline', blocks: [[39, 39]] })).refusals).toMatchObject([
      { code: 'kernel_zone' },
    ])
    expect(outcomeIn(await host.ask(shareRequest(plan, 'offline')))?.outcome).toBe('refused')
  })
})

describe('taken up again', () => {
  it.each([
    ['offline', 'go'],
    ['offline', 'back'],
    ['online', 'go'],
    ['online', 'back'],
  ] as const)(
    '%s after a death at any call: %s',
    async (verb, direction) => {
      const seen = new Set<string>()
      for (let call = 1; call < 300; call += 3) {
        host = new ModelledHost({ seed: call })
        await convert()
        if (verb === 'online') for (const id of [37, 38, 39]) host.machine.memory.write(id, 'offline')
        const share = { shareBytes: String(3n * BLOCK) }
        const plan = await approved(
          verb === 'online' ? { kind: 'online', zone: 'movable', ...share } : { kind: 'offline', ...share },
        )
        let calls = 0
        let actor = 0
        host.machine.hook = ({ pid, process }) => {
          if (process === 'act') actor = pid
          else if (process !== 'write' && process !== 'write-blocks') return undefined
          calls++
          if (calls !== call) return undefined
          for (const each of process === 'act' || call % 2 === 0 ? [pid, actor] : [pid])
            host.machine.processAt(each)?.kill()
          return undefined
        }
        const replies = await host.ask(shareRequest(plan, verb))
        host.machine.hook = null
        const settled =
          outcomeIn(replies) === undefined
            ? await host.ask(host.recoverRequest(plan, '3', 'share-1'), { answer: direction })
            : replies
        const outcome = outcomeIn(settled)
        expect(outcome, `call ${call}: ${JSON.stringify(settled.at(-1))}`).toBeDefined()
        seen.add(outcome?.outcome ?? '')
        const { driver, online, zones } = host.witness()
        expect(driver).toBe('kmem')
        expect(online.slice(0, 4)).toEqual(ALL.slice(0, 4))
        if (outcome?.outcome === 'restored') expect(online).toEqual(ALL.slice(0, 4))
        else if (outcome?.outcome === 'converted') {
          expect(online).toEqual(ALL)
          expect(zones).toEqual(['Movable'])
        } else if (verb === 'offline') expect(online, `call ${call}: ${outcome?.message}`).toEqual(ALL)
        if (calls < call) break
      }
      const whole = verb === 'offline' ? 'restored' : 'converted'
      expect(seen).toContain(whole)
      expect([...seen].every((each) => [whole, 'cancelled', 'failed', 'partial'].includes(each))).toBe(true)
    },
    240_000,
  )
})
