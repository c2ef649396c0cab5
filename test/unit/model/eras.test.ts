import { describe, expect, it } from 'vitest'
import { GIB, MIB, type ModelSpec, smallHost, volatileDevice } from '@/agents/model/spec'
import type { AgentReply, KernelFeatureName } from '@/agents/protocol'
import { ModelledHost } from '@/test/support/modelled-host'

const inspect = async (host: ModelledHost) => {
  const replies = await host.ask({ protocol: 1, verb: 'inspect', params: {} })
  const [found] = replies.flatMap((reply) => (reply.type === 'inspection' ? [reply.inspection] : []))
  if (found === undefined) throw new Error(JSON.stringify(replies))
  return found
}

const outcomeIn = (replies: readonly AgentReply[]) =>
  replies
    .flatMap((reply) => (reply.type === 'journal' && reply.line.kind === 'outcome' ? [reply.line] : []))
    .at(-1)

const soft = (changes: Partial<ModelSpec>) =>
  smallHost({ devices: [volatileDevice('hmem', 4n * GIB, GIB, { serial: '', targetNode: 1 })], ...changes })

/** What each kernel has on a host whose device is soft-reserved memory of 1 GiB. */
const ERAS: { kernelRelease: string; has: KernelFeatureName[]; driver: string; steps: string[] }[] = [
  {
    kernelRelease: '5.1.21',
    has: ['dax_bus'],
    driver: 'device_dax',
    steps: [],
  },
  {
    kernelRelease: '5.4.0-216-generic',
    has: ['dax_bus', 'hot_remove'],
    driver: 'device_dax',
    steps: ['claim', 'unbind', 'bind', 'release', 'online'],
  },
  {
    kernelRelease: '5.14.0-503.el9',
    has: ['dax_bus', 'hot_remove', 'mappings'],
    driver: 'device_dax',
    steps: ['claim', 'unbind', 'bind', 'release', 'online'],
  },
  {
    kernelRelease: '6.1.0-37-amd64',
    has: ['dax_bus', 'hot_remove', 'mappings'],
    driver: 'device_dax',
    steps: ['claim', 'unbind', 'bind', 'release', 'online'],
  },
  {
    kernelRelease: '6.6.9',
    has: ['dax_bus', 'hot_remove', 'mappings', 'kmem_by_kind'],
    driver: 'kmem',
    steps: ['online'],
  },
  {
    kernelRelease: '6.12.41+deb13-amd64',
    has: ['dax_bus', 'hot_remove', 'mappings', 'kmem_by_kind', 'memmap_on_memory'],
    driver: 'kmem',
    steps: ['online'],
  },
  {
    kernelRelease: '7.2.0',
    has: [
      'dax_bus',
      'hot_remove',
      'mappings',
      'kmem_by_kind',
      'memmap_on_memory',
      'device_state',
      'fsdev_dax',
    ],
    driver: 'kmem',
    steps: ['online', 'online'],
  },
]

describe.each(ERAS)('on Linux $kernelRelease', ({ kernelRelease, has, driver, steps }) => {
  const host = () => new ModelledHost({ spec: soft({ kernelRelease }) })

  it('is known by what it has, not by its version', async () => {
    const { features, devices } = await inspect(host())
    expect(features.filter(({ present }) => present === true).map(({ feature }) => feature)).toEqual(has)
    expect(devices[0]?.driver).toBe(driver)
  })

  it('brings soft-reserved memory online by the writes of its time', async () => {
    const here = host()
    const { item, digest, refusals } = await here.plan()
    if (steps.length === 0) {
      // Without `resource` nobody can say where the device lies, and so what it will yield.
      expect(refusals.map(({ code }) => code)).toContain('too_small')
      return
    }
    expect(item?.writes.map(({ step }) => step)).toEqual(steps)
    if (item === null || digest === null) throw new Error(JSON.stringify(refusals))
    expect(outcomeIn(await here.ask(here.convertRequest({ item, digest })))).toMatchObject({
      outcome: 'converted',
    })
    expect(here.witness()).toMatchObject({ driver: 'kmem', zones: ['Movable'], ids: [] })
    expect(here.witness().online).toHaveLength(8)
  })

  it('takes it from device_dax as well, and leaves no id', async () => {
    const devices = [
      volatileDevice('hmem', 4n * GIB, GIB, { serial: '', targetNode: 1, driverAtBoot: 'device_dax' }),
    ]
    const here = new ModelledHost({ spec: soft({ kernelRelease, devices }) })
    if (steps.length === 0) return
    const { item, digest } = await here.plan()
    if (item === null || digest === null) throw new Error('There is no plan.')
    expect(item.writes.some(({ path }) => path.endsWith('new_id'))).toBe(!has.includes('kmem_by_kind'))
    expect(outcomeIn(await here.ask(here.convertRequest({ item, digest })))).toMatchObject({
      outcome: 'converted',
    })
    expect(here.witness()).toMatchObject({ driver: 'kmem', zones: ['Movable'], ids: [] })
  })
})

it('takes struct pages out of the new memory where the kernel grants it, and predicts so', async () => {
  const [device] = soft({}).devices
  if (device === undefined) throw new Error('There is no device.')
  const here = new ModelledHost({
    spec: soft({ kernelRelease: '6.12.0', devices: [{ ...device, memmapOnMemory: true }] }),
  })
  const before = here.machine.figures.total()
  const approved = await here.approved()
  expect(approved.item.prediction).toMatchObject({ memmapFrom: 'device', memmapBytes: String(16n * MIB) })
  await here.ask(here.convertRequest(approved))
  expect(here.machine.figures.total() - before).toBe(GIB - 16n * MIB)
})

it('tells tiers, demotion, balancing and what firmware says of the way to a node', async () => {
  const spec = soft({
    kernelRelease: '6.12.0',
    autoOnline: 'online_movable',
    demotion: true,
    numaBalancing: 2,
  })
  const { tiering, nodes } = await inspect(new ModelledHost({ spec }))
  expect(tiering).toEqual({
    tiers: [
      { tier: 3, nodes: [1] },
      { tier: 4, nodes: [0] },
    ],
    demotionEnabled: true,
    numaBalancing: 2,
  })
  expect(nodes[1]?.access[0]).toEqual({
    initiatorClass: 0,
    initiators: [0],
    readBandwidthMibs: 204_800,
    writeBandwidthMibs: 204_800,
    readLatencyNs: 110,
    writeLatencyNs: 110,
  })
  expect(nodes[0]?.access).toEqual([])
})
