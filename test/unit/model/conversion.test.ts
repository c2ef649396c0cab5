import { createHash } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { HostError } from '@/agents/host'
import { sha256 } from '@/agents/model/sha256'
import type { AgentReply } from '@/agents/protocol'
import { type Approved, ModelledHost } from '@/test/support/modelled-host'

const SEVEN = [33, 34, 35, 36, 37, 38, 39]

let host: ModelledHost
let approved: Approved

beforeEach(async () => {
  host = new ModelledHost()
  approved = await host.approved()
})

const outcomeIn = (replies: readonly AgentReply[]) =>
  replies
    .flatMap((reply) => (reply.type === 'journal' && reply.line.kind === 'outcome' ? [reply.line] : []))
    .at(-1)

/** Begins a conversion in which something happens before the n-th call of any process; false when it ended before. */
async function convertWith(calls: number, happen: (pid: number) => void): Promise<boolean> {
  let seen = 0
  const { machine } = host
  machine.hook = ({ pid, process }) => {
    if (process !== 'agent' && seen++ === calls) happen(pid)
    return undefined
  }
  const { session } = host.begin(host.convertRequest(approved))
  await host.time.until(session.ended).catch(() => null)
  machine.hook = null
  return seen > calls
}

function expectSettled(outcome: ReturnType<typeof outcomeIn>): void {
  const found = host.witness()
  expect(found.ids).toEqual([])
  expect(outcome?.readBack?.driver).toBe(found.driver)
  if (found.driver === 'kmem')
    expect(outcome?.outcome).toBe(found.online.length === 7 ? 'converted' : 'partial')
  else expect(found).toMatchObject({ driver: 'device_dax', present: [] })
}

describe('the agent on a modelled host', () => {
  it('converts a device as on the real small guest: seven blocks, 896 MiB', async () => {
    const before = host.machine.figures.total()
    const replies = await host.ask(host.convertRequest(approved))
    expect(outcomeIn(replies)).toMatchObject({ outcome: 'converted' })
    expect(host.witness()).toEqual({
      driver: 'kmem',
      present: SEVEN,
      online: SEVEN,
      zones: ['Movable'],
      ids: [],
      stranded: false,
    })
    expect(host.machine.figures.total() - before).toBe(939_524_096n)
    expect((await host.plan()).verdict).toBe('already')
  })

  it('says the same twice from the same seed', async () => {
    const again = new ModelledHost()
    const first = await host.ask(host.convertRequest(approved))
    expect(await again.ask(again.convertRequest(await again.approved()))).toEqual(first)
  })

  it('leaves nothing behind when the process that acts, or a child of it, is killed at any call', async () => {
    const ends = new Set<string>()
    for (let calls = 0; ; calls += 1) {
      host = new ModelledHost()
      if (!(await convertWith(calls, (pid) => host.machine.processAt(pid)?.kill()))) break
      const outcome = outcomeIn(await host.ask(host.recoverRequest(approved)))
      expectSettled(outcome)
      ends.add(`${outcome?.outcome} on ${host.witness().driver}`)
    }
    expect([...ends].sort()).toEqual(['cancelled on device_dax', 'converted on kmem', 'failed on device_dax'])
  })

  it('has no id left in kmem’s list after a fence, when nobody takes a dead job up again', async () => {
    let met = 0
    for (let calls = 0; ; calls += 1) {
      host = new ModelledHost()
      const wasKilled = await convertWith(calls, () => {
        for (const pid of host.machine.processIds()) if (pid !== 1) host.machine.processAt(pid)?.kill()
      })
      if (!wasKilled) break
      const before = host.witness()
      met += before.ids.length
      const token = { installationId: 'here', epoch: '2' }
      const replies = await host.ask({ protocol: 1, verb: 'fence', params: { token } })
      expect(replies.at(-1)?.type).toBe('fenced')
      // All else is as the dead left it.
      expect(host.witness()).toEqual({ ...before, ids: [] })
    }
    expect(met).toBeGreaterThan(0)
  })

  it('is fenced all the same where a journal of before cannot be read', async () => {
    await host.ask(host.convertRequest(approved))
    const { machine } = host
    machine.hook = async ({ call, path }) => {
      if (call === 'openRead' && path.endsWith('.jsonl')) throw new HostError('open', path, 5, 'EIO')
    }
    const token = { installationId: 'here', epoch: '2' }
    const replies = await host.ask({ protocol: 1, verb: 'fence', params: { token } })
    machine.hook = null
    expect(replies.at(-1)?.type).toBe('fenced')
  })

  it('is another boot after a power failure at any call, and the token that acted is on the disk', async () => {
    for (let calls = 0; ; calls += 5) {
      host = new ModelledHost()
      const { bootId } = host.machine
      const acted: string[] = []
      host.machine.onKernelWrite = ({ file }) => acted.push(file)
      if (!(await convertWith(calls, () => host.machine.reset()))) break
      expect(host.machine.bootId).not.toBe(bootId)
      expect(host.witness()).toMatchObject({ driver: 'device_dax', present: [], ids: [] })
      const end = (await host.ask(host.recoverRequest(approved))).at(-1)
      expect(end).toEqual({ type: 'end', state: 'rebooted' })
      const late = await host.ask(host.convertRequest(approved, '1', 'job-2'))
      expect(outcomeIn(late)).toMatchObject({ refusals: [{ code: 'stale_token' }] })
    }
  })
})

describe('its own SHA-256', () => {
  it.each(['', 'abc', 'é'.repeat(1_000), 'x'.repeat(55), 'x'.repeat(56), 'x'.repeat(64)])(
    'is the one of FIPS 180-4',
    (text) => {
      expect(sha256(text)).toBe(createHash('sha256').update(text).digest('hex'))
    },
  )
})
