import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AgentReply } from '@/agents/protocol'
import { AgentOnGuest } from '@/test/support/agent-on-guest'
import { daxctlDevice, meminfo } from '../support/guest-memory'
import { describeWithGuests, useGuest } from '../support/guests'
import { holdPages } from '../support/page-holder'

const MIB = 1024n * 1024n

const writesIn = (replies: readonly AgentReply[]) =>
  replies.flatMap((reply) =>
    reply.type === 'journal' && reply.line.kind === 'done'
      ? [`${reply.line.step} ${reply.line.errnoName}`]
      : [],
  )

/** On Linux 6.12, where such a region is kmem's by its kind: device_dax takes it only by an id. */
describeWithGuests('giving CXL memory back', () => {
  const guest = useGuest({
    name: 'restore-cxl',
    cxl: {
      memdevs: [{ sizeMib: 512, serial: '0x12345678' }],
      windows: [0],
      regions: [{ window: 0, serials: ['0x12345678'] }],
    },
    kernelArgs: ['memhp_default_state=online_movable'],
  })
  let agent: AgentOnGuest
  let name = ''
  beforeAll(async () => {
    agent = await AgentOnGuest.install(guest())
    name = (await agent.inspect()).devices[0]?.name ?? ''
  })
  afterAll(() => agent.close())

  it('is interrupted at a page that nobody can move, and all is online again', async () => {
    const { targetNode } = (await agent.inspect()).devices[0] ?? {}
    const held = await holdPages(guest(), { node: targetNode ?? 0, mib: 16, how: 'pin' })
    const plan = await agent.restorePlan({ offlineSeconds: 3 }, name)
    const { outcome, message, refusals } = await agent.restore('cxl-pinned', plan)
    expect(outcome, message).toBe('failed')
    expect(refusals).toMatchObject([{ code: 'not_offline' }])
    expect(await daxctlDevice(guest(), name)).toMatchObject({
      mode: 'system-ram',
      online_memblocks: 4,
      movable: true,
    })
    await held.release()
  })

  it('goes to device_dax, and by its kind to kmem again: no id is left in either list', async () => {
    const before = await meminfo(guest())
    const plan = await agent.restorePlan({}, name)
    expect(plan.refusals).toEqual([])
    const { outcome, message, replies } = await agent.restore('cxl-back', plan)
    expect(outcome, message).toBe('restored')
    expect(writesIn(replies)).toEqual([
      'release ok',
      'offline ok',
      'claim ok',
      'unbind ok',
      'bind ok',
      'release ok',
    ])
    expect((await daxctlDevice(guest(), name)).mode).toBe('devdax')
    expect(before.MemTotal - (await meminfo(guest())).MemTotal).toBe(512n * MIB)
    const drivers = '/sys/bus/dax/drivers'
    // Half a conversion, by another hand: it goes back there.
    const approved = await agent.plan('policy', name)
    await guest().text(['sh', '-c', `echo "$0" > ${drivers}/device_dax/unbind`, name])
    const recovered = await agent.recover('cxl-half', approved, 'back')
    expect(recovered.readBack, recovered.message).toMatchObject({ driver: 'device_dax', blocks: [] })
    // Without its id there, device_dax does not take it.
    await guest().text(['sh', '-c', `echo "$0" > ${drivers}/device_dax/unbind`, name])
    const refused = await guest().run(['sh', '-c', `echo "$0" > ${drivers}/device_dax/bind`, name])
    expect(refused.stderr).toContain('No such device')
    await guest().text(['sh', '-c', `echo "$0" > ${drivers}/kmem/bind`, name])
    expect((await daxctlDevice(guest(), name)).mode).toBe('system-ram')
  })
})
