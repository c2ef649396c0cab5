import { describe, expect, it } from 'vitest'
import { GIB, type ModelSpec, smallHost, volatileDevice } from '@/agents/model/spec'
import type { AgentReply, HealthPolicy, PlanResult } from '@/agents/protocol'
import { firstHealthPolicy } from '@/test/support/health-policy'
import { ModelledHost, shareQuestion } from '@/test/support/modelled-host'

const cxlHost = (changes: Partial<ModelSpec> = {}) =>
  smallHost({
    kernelRelease: '6.12.0-1-amd64',
    devices: [
      volatileDevice('cxl', 8n * GIB, GIB, {
        serial: '0x1234',
        targetNode: 1,
        driverAtBoot: 'device_dax',
        health: { state: 'ok' },
      }),
    ],
    ...changes,
  })

const outcomeIn = (replies: readonly AgentReply[]) =>
  replies
    .flatMap((reply) => (reply.type === 'journal' && reply.line.kind === 'outcome' ? [reply.line] : []))
    .at(-1)

const planned = (host: ModelledHost, policy: HealthPolicy = firstHealthPolicy) =>
  host.plan('dax0.0', 'movable', policy)

async function approvedOf(host: ModelledHost, plan: PlanResult): Promise<AgentReply[]> {
  const { item, digest } = plan
  if (item === null || digest === null) throw new Error(JSON.stringify(plan.refusals))
  return host.ask(host.convertRequest({ item, digest }))
}

const healthOf = (host: ModelledHost) => {
  const [device] = host.machine.spec.devices
  if (device === undefined) throw new Error('no device')
  device.health ??= {}
  return device.health
}

describe('health of a modelled host’s devices', () => {
  it('lets a healthy one through, and every fact has its source', async () => {
    const host = new ModelledHost({ spec: cxlHost() })
    const plan = await planned(host)
    expect(plan).toMatchObject({ verdict: 'convertible', item: { health: { found: [] } } })
    expect(plan.health).toContainEqual({
      fact: 'poison',
      of: 'region0',
      value: 0,
      detail: '',
      source: '/usr/bin/cxl list -r region0 -L',
    })
    expect(plan.health?.every(({ source }) => source !== '')).toBe(true)
    expect(outcomeIn(await approvedOf(host, plan))).toMatchObject({ outcome: 'converted' })
  })

  it('refuses poison by name, with what to do', async () => {
    const host = new ModelledHost({ spec: cxlHost() })
    healthOf(host).poison = 3
    const plan = await planned(host)
    expect(plan).toMatchObject({
      verdict: 'refused',
      refusals: [{ code: 'unhealthy' }],
      item: { health: { found: [{ fact: 'poison', of: 'region0', level: 'block' }] } },
    })
    expect(plan.refusals[0]?.message).toContain('Region0 has 3 poisoned places')
    expect(plan.refusals[0]?.next).toContain('cxl list')
  })

  it('refuses under the lock what became unhealthy after the approval, with nothing written', async () => {
    const host = new ModelledHost({ spec: cxlHost() })
    const plan = await planned(host)
    healthOf(host).poison = 1
    const outcome = outcomeIn(await approvedOf(host, plan))
    expect(outcome).toMatchObject({ outcome: 'refused', refusals: [{ code: 'unhealthy' }] })
    expect(host.witness()).toMatchObject({ driver: 'device_dax', present: [] })
  })

  it('asks for a new approval where only a warning is new, and where one that was approved is gone', async () => {
    const host = new ModelledHost({ spec: cxlHost() })
    const clean = await planned(host)
    healthOf(host).lifeUsed = 97
    expect(outcomeIn(await approvedOf(host, clean))).toMatchObject({
      outcome: 'refused',
      refusals: [{ code: 'health_changed' }],
    })
    const warned = await planned(host)
    expect(warned).toMatchObject({ verdict: 'convertible', hazards: [{ code: 'health' }, {}] })
    expect(warned.hazards[0]?.message).toContain('97 %')
    healthOf(host).lifeUsed = 10
    expect(outcomeIn(await approvedOf(host, warned))?.refusals).toMatchObject([{ code: 'health_changed' }])
  })

  it('goes by the policy: what is ignored by one is refused by another, and each has its own digest', async () => {
    const host = new ModelledHost({ spec: cxlHost() })
    Object.assign(healthOf(host), { state: 'critical', hot: true, dirtyShutdowns: 4 })
    const strict = await planned(host)
    expect(strict.refusals.map(({ code }) => code)).toEqual(['unhealthy'])
    const never = { warnAt: null, blockAt: null }
    const mild = await planned(host, { ...firstHealthPolicy, health_state: never, alarms: never })
    expect(mild).toMatchObject({ verdict: 'convertible', item: { health: { found: [] } } })
    expect(mild.digest).not.toBe(strict.digest)
  })

  it('judges what comes online again as well, and again under the lock', async () => {
    const host = new ModelledHost({ spec: cxlHost() })
    await approvedOf(host, await planned(host))
    const deviceId = (await planned(host)).item?.invariants.deviceId ?? ''
    const ids = host.witness().online.slice(-2)
    for (const id of ids) host.machine.memory.write(id, 'offline')
    const ask = async (policy?: HealthPolicy) => {
      const blocks = ids.map((id): [number, number] => [id, id])
      const asked = shareQuestion(deviceId, { kind: 'online', zone: 'movable', blocks })
      const params = policy === undefined ? asked : { ...asked, health: policy }
      const replies = await host.ask({ protocol: 1, verb: 'plan', params })
      const [plan] = replies.flatMap((reply) => (reply.type === 'plan' ? [reply.plan] : []))
      if (plan === undefined) throw new Error(JSON.stringify(replies))
      return plan
    }
    const plan = await ask(firstHealthPolicy)
    expect(plan).toMatchObject({ verdict: 'onlinable', item: { health: { found: [] } } })
    expect(plan.health).toContainEqual(expect.objectContaining({ fact: 'poison', value: 0 }))
    healthOf(host).poison = 2
    expect(await ask(firstHealthPolicy)).toMatchObject({
      verdict: 'refused',
      refusals: [{ code: 'unhealthy' }],
    })
    expect((await ask()).verdict).toBe('onlinable')
    const { item, digest } = plan
    if (item === null || digest === null) throw new Error('There is no plan.')
    const token = { installationId: 'here', epoch: '9' }
    const replies = await host.ask({
      protocol: 1,
      verb: 'online',
      params: { jobId: 'share-1', token, item, digest },
    })
    expect(outcomeIn(replies)).toMatchObject({ outcome: 'refused', refusals: [{ code: 'unhealthy' }] })
    expect(host.witness().online).not.toContain(ids[0])
    healthOf(host).poison = 0
    expect((await ask(firstHealthPolicy)).digest).toBe(digest)
  })

  it('reads SMART and the firmware’s flags of an NVDIMM', async () => {
    const host = new ModelledHost()
    Object.assign(healthOf(host), {
      state: 'fatal',
      spares: 4,
      lifeUsed: 99,
      flags: 'not_armed smart_notify',
    })
    const plan = await planned(host)
    const found = plan.item?.kind === 'convert' ? plan.item.health?.found : null
    expect(found).toEqual([
      { fact: 'firmware_flags', of: 'nmem0', level: 'warn' },
      { fact: 'health_state', of: 'nmem0', level: 'block' },
      { fact: 'life_used', of: 'nmem0', level: 'warn' },
      { fact: 'spares', of: 'nmem0', level: 'warn' },
    ])
  })

  it('tells what could not be asked: no tool, one that fails, prints nonsense, hangs, or is not root’s alone', async () => {
    const why = async (host: ModelledHost) =>
      (await planned(host)).health?.filter(({ fact }) => fact === 'unreadable').map(({ detail }) => detail)
    expect(await why(new ModelledHost({ spec: cxlHost({ healthTools: false }) }))).toEqual([
      'cxl is not on this host',
      'cxl is not on this host',
    ])
    const failing = new ModelledHost({ spec: cxlHost() })
    failing.machine.programs.set('/usr/bin/cxl', async () => ({ status: 1, output: '' }))
    expect(await why(failing)).toEqual(['cxl failed', 'cxl failed'])
    const mad = new ModelledHost({ spec: cxlHost() })
    mad.machine.programs.set('/usr/bin/cxl', async () => ({ status: 0, output: 'segfault [' }))
    expect(await why(mad)).toEqual(['cxl failed', 'cxl failed'])
    const hung = new ModelledHost({ spec: cxlHost() })
    hung.machine.programs.set('/usr/bin/cxl', () => new Promise(() => {}))
    expect(await why(hung)).toEqual(['cxl did not answer within 5 s', 'cxl did not answer within 30 s'])
    const silent = new ModelledHost({ spec: cxlHost() })
    healthOf(silent)
    delete silent.machine.spec.devices[0]?.health
    expect(await why(silent)).toEqual(['cxl tells nothing of it'])
  })

  it('blocks what cannot be read where the policy says so', async () => {
    const host = new ModelledHost({ spec: cxlHost({ healthTools: false }) })
    const plan = await planned(host, { ...firstHealthPolicy, unreadable: { warnAt: null, blockAt: 1 } })
    expect(plan.refusals.map(({ code }) => code)).toEqual(['unhealthy', 'unhealthy'])
  })

  it('does without any of it where no policy is sent, but for bad blocks', async () => {
    const host = new ModelledHost({ spec: cxlHost() })
    Object.assign(healthOf(host), { state: 'fatal', poison: 9 })
    const plan = await host.plan()
    expect(plan.verdict).toBe('convertible')
    expect(plan.item).not.toHaveProperty('health')
  })
})
