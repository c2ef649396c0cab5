import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { RunningWorker } from '@/server/worker/worker'
import { createTestStage, type TestStage } from '../../support/caller'
import { addReadyHost, planResult, type ReadyHost } from '../../support/jobs'
import { easyPolicy, makeRollout, planningAgent, reaches } from '../../support/rollouts'
import type { ScriptedAgent } from '../../support/scripted-agent'
import { startTestWorker } from '../../support/test-worker'

const gainBytes = 939_524_096n

let stage: TestStage
let agent: ScriptedAgent
let worker: RunningWorker | undefined

beforeAll(async () => {
  stage = await createTestStage()
})
afterAll(() => stage.close())
beforeEach(async () => {
  await stage.pg.query('TRUNCATE "Host", "Rollout" CASCADE')
  await stage.pg.query('TRUNCATE graphile_worker._private_jobs')
  agent = planningAgent()
})
afterEach(async () => {
  await worker?.stop(5_000)
  worker = undefined
})

async function addHosts(names: readonly string[]): Promise<ReadyHost[]> {
  const hosts: ReadyHost[] = []
  for (const name of names) hosts.push(await addReadyHost(stage, name))
  return hosts
}
async function label(host: ReadyHost | undefined, labels: Record<string, string>): Promise<void> {
  await stage.db.host.update({ where: { id: host?.hostId ?? '' }, data: { labels } })
}
async function readyRollout(policy: Parameters<typeof makeRollout>[2] = {}): Promise<string> {
  worker = await startTestWorker(stage, agent)
  const rolloutId = await makeRollout(stage, 'host:*', policy)
  await reaches(stage, rolloutId, 'ready')
  return rolloutId
}
async function preview(selector: string, policy?: Partial<typeof easyPolicy>) {
  const answer = await stage.caller.rollouts.preview({
    selector,
    ...(policy ? { policy: { ...easyPolicy, ...policy } } : {}),
  })
  if (answer.type !== 'resolved') throw new Error(answer.fault.message)
  return answer
}

describe('a preview of targets', () => {
  it('tells what would be converted, and what would not, apart by reason', async () => {
    const [one, two, three] = await addHosts(['a', 'b', 'c'])
    await stage.db.device.updateMany({
      where: { hostId: two?.hostId ?? '' },
      data: { state: 'system_ram' },
    })
    await stage.db.host.update({
      where: { id: three?.hostId ?? '' },
      data: { state: 'unreachable', stateMessage: 'No route to c.', stateNext: 'Look at the network.' },
    })
    expect(await preview('host:*')).toMatchObject({
      hosts: 1,
      devices: 1,
      usableBytes: gainBytes,
      kinds: [{ kind: 'pmem', devices: 1, usableBytes: gainBytes }],
      targets: [{ hostId: one?.hostId, hostName: 'a', devices: [{ daxName: 'dax0.0' }] }],
      excluded: 2,
      exclusions: [
        { reason: 'already_converted', hosts: 1, entries: 1, examples: [{ hostName: 'b' }] },
        { reason: 'unreachable', hosts: 1, entries: 1, examples: [{ next: 'Look at the network.' }] },
      ],
      refusal: null,
      waves: [],
    })
  })

  it('says in the words of the refusal why nothing would be made', async () => {
    await addHosts(['a'])
    expect(await preview('kind:cxl')).toMatchObject({
      devices: 0,
      refusal: { message: 'The selector matches no device.' },
    })
    expect(await preview('a nobody')).toMatchObject({
      unknownHosts: ['nobody'],
      refusal: { message: 'No host is called nobody.' },
    })
  })

  it('shows the waves that a policy would make of the list', async () => {
    const hosts = await addHosts(['a', 'b', 'c', 'd', 'e'])
    for (const [at, host] of hosts.entries()) await label(host, { rack: at < 3 ? 'r1' : 'r2' })
    const spread = await preview('host:*', { waves: [{ hosts: 2 }], spreadByLabel: 'rack' })
    expect(spread).toMatchObject({
      groups: 2,
      waves: [
        { wave: 0, hosts: 1, devices: 1, hostNames: ['a'], groups: 1 },
        { wave: 1, hosts: 2, groups: 2 },
        { wave: 2, hosts: 2 },
      ],
    })
    expect(spread.waves.reduce((sum, { hosts: of }) => sum + of, 0)).toBe(5)
  })
})

describe('a filter of the hosts page, taken over as a selector', () => {
  it.each([
    '',
    'a-',
    'label:rack=r1',
    'label:rack!=r1',
    'label!=rack',
    'state:ready',
    'state!=ready',
    'state!=converted',
    'state:converted',
    'kind:pmem device:convertible',
    'name:b address:TEST',
    'kernel!=6.12',
  ])('%j names no host that it did not show', async (query) => {
    const [one, two, three] = await addHosts(['a-1', 'a-2', 'b-1', 'b-2'])
    await label(one, { rack: 'r1' })
    await label(two, { rack: 'r2' })
    await stage.db.device.updateMany({ where: { hostId: two?.hostId ?? '' }, data: { state: 'system_ram' } })
    await stage.db.device.updateMany({ where: { hostId: three?.hostId ?? '' }, data: { state: 'partial' } })
    const shown = (await stage.caller.hosts.list({ query })).hosts.map(({ name }) => name)
    const said = await stage.caller.rollouts.fromHostQuery({ query })
    const named = await preview(said.type === 'selector' ? said.selector : `host:${shown.join(',')}`)
    const touched = [
      ...named.targets.map(({ hostName }) => hostName),
      ...named.exclusions.flatMap(({ examples }) => examples.map(({ hostName }) => hostName)),
    ]
    expect(said.type).toBe('selector')
    expect([...new Set(touched)].filter((name) => !shown.includes(name))).toEqual([])
  })
})

describe('the plan of a rollout', () => {
  it('sums what its hosts predict, before and after', async () => {
    await addHosts(['a', 'b', 'c'])
    const hazard = { code: 'kdump' as const, message: 'kdump is loaded.' }
    const plan = agent.plan
    agent.plan = async (target, params) => {
      const answer = await plan(target, params)
      if (target.name === 'c') return { ...answer, verdict: 'already' }
      return target.name === 'a' ? { ...answer, hazards: [hazard] } : answer
    }
    const rolloutId = await readyRollout()
    const hosts = await stage.db.host.findMany({ where: { name: { in: ['a', 'b'] } } })
    const before = hosts.reduce((sum, { memTotalBytes }) => sum + (memTotalBytes ?? 0n), 0n)
    const predicted = planResult('a').item?.prediction
    expect(await stage.caller.rollouts.plan({ rolloutId })).toMatchObject({
      memTotalBeforeBytes: before,
      memTotalAfterBytes: before + 2n * gainBytes,
      gainBytes: 2n * gainBytes,
      lostBytes: 2n * BigInt(predicted?.lostBytes ?? 0),
      memmapNormalBytes: predicted?.memmapFrom === 'normal' ? 2n * BigInt(predicted.memmapBytes) : 0n,
      kinds: [{ kind: 'pmem', devices: 2, gainBytes: 2n * gainBytes }],
      reversibleDevices: 2,
      irreversibleDevices: 0,
      hazards: [{ code: 'kdump', devices: 1, hosts: 1, message: 'kdump is loaded.' }],
      waves: [
        { wave: 0, hosts: 1, devices: 1, gainBytes, hostNames: ['a'] },
        { wave: 1, hosts: 1, devices: 1, gainBytes, hostNames: ['b'] },
      ],
      leftOut: [{ reason: 'already_converted', stage: 'plan', hosts: 1, entries: 1 }],
    })
    const found = await stage.caller.rollouts.planItems({ rolloutId, hazard: 'kdump' })
    expect(found).toMatchObject({
      matching: 1,
      items: [{ hostName: 'a', wave: 0, gainBytes, reversible: { yes: true }, hazards: [hazard] }],
    })
  })

  it('is read page by page, by what is asked of it', async () => {
    await addHosts(['a-1', 'a-2', 'a-3', 'b-1'])
    const rolloutId = await readyRollout({ canaryHosts: 1 })
    const read = async (asked: Partial<Parameters<typeof stage.caller.rollouts.planItems>[0]>) => {
      const { items, matching } = await stage.caller.rollouts.planItems({ rolloutId, ...asked })
      return { names: items.map(({ hostName }) => hostName), matching }
    }
    expect(await read({ limit: 2, offset: 1 })).toEqual({ names: ['a-2', 'a-3'], matching: 4 })
    expect(await read({ search: 'a-', sort: 'host', direction: 'desc' })).toEqual({
      names: ['a-3', 'a-2', 'a-1'],
      matching: 3,
    })
    expect(await read({ wave: 0 })).toEqual({ names: ['a-1'], matching: 1 })
    expect(await read({ search: '100%' })).toEqual({ names: [], matching: 0 })
    expect(await read({ state: 'excluded' })).toEqual({ names: [], matching: 0 })
  })

  it('lists everything left out in one place, from the list as from the plans', async () => {
    const [, gone] = await addHosts(['a', 'b', 'c'])
    await stage.db.device.updateMany({ where: { hostId: gone?.hostId ?? '' }, data: { state: 'stranded' } })
    const plan = agent.plan
    agent.plan = async (target, params) => {
      const answer = await plan(target, params)
      const refusals = [{ code: 'in_use' as const, message: 'dax0.0 is in use.', next: 'Stop it.' }]
      return target.name === 'c' ? { ...answer, verdict: 'refused', refusals } : answer
    }
    const rolloutId = await readyRollout()
    expect(await stage.caller.rollouts.leftOut({ rolloutId })).toMatchObject({
      matching: 2,
      entries: [
        { stage: 'list', hostName: 'b', reason: 'failed' },
        { stage: 'plan', hostName: 'c', reason: 'in_use', message: 'dax0.0 is in use.', next: 'Stop it.' },
      ],
    })
    expect(await stage.caller.rollouts.leftOut({ rolloutId, reason: 'in_use' })).toMatchObject({
      matching: 1,
    })
  })
})

describe('the list of rollouts', () => {
  it('is read page by page, by name and state', async () => {
    await addHosts(['a'])
    const made: string[] = []
    for (let i = 0; i < 3; i++) made.push(await makeRollout(stage, 'host:*'))
    await stage.caller.rollouts.abort({ rolloutId: made[0] ?? '' })
    const first = await stage.caller.rollouts.list({ limit: 2 })
    expect(first).toMatchObject({ matching: 3, total: 3 })
    expect(first.rollouts.map(({ id }) => id)).toEqual([made[2], made[1]])
    expect(await stage.caller.rollouts.list({ states: ['discarded'] })).toMatchObject({
      matching: 1,
      total: 3,
      rollouts: [{ id: made[0], state: 'discarded' }],
    })
    expect(await stage.caller.rollouts.list({ search: 'nothing of that name' })).toMatchObject({
      matching: 0,
      rollouts: [],
    })
  })
})
