import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { AgentOnGuest } from '@/test/support/agent-on-guest'
import { blocks, daxctlDevice, daxctlList, iomem, meminfo } from '@/test/support/guest-memory'
import { describeWithGuests, type Guest, useGuest } from '@/test/support/guests'
import { firstHealthPolicy } from '@/test/support/health-policy'

const mib = 1024n * 1024n
const gib = 1024n * mib

const hex = (value: number | bigint) => `0x${value.toString(16)}`

const cxlList = z.array(
  z.object({
    region: z.string(),
    resource: z.number(),
    size: z.number(),
    mappings: z.array(z.object({ position: z.number(), memdev: z.string() })),
  }),
)
const memdevList = z.array(z.object({ memdev: z.string(), serial: z.number() }))

/** The regions as `cxl list` tells them: serial numbers in interleave order and the first address. */
async function regions(guest: Guest) {
  const memdevs = memdevList.parse(JSON.parse(await guest.text(['cxl', 'list', '-M'])))
  const serialOf = (name: string) => hex(memdevs.find(({ memdev }) => memdev === name)?.serial ?? 0)
  const found = cxlList.parse(JSON.parse(await guest.text(['cxl', 'list', '-RT'])))
  return found.map(({ region, resource, size, mappings }) => ({
    region,
    start: BigInt(resource),
    end: BigInt(resource) + BigInt(size) - 1n,
    serials: [...mappings]
      .sort((a, b) => a.position - b.position)
      .map(({ memdev }) => serialOf(memdev))
      .join('+'),
  }))
}

const nameOfSerials = (devices: readonly { name: string; identity: { id: string } }[], serials: string) =>
  devices.find(({ identity }) => identity.id.startsWith(`cxl:serials=${serials};`))?.name

describeWithGuests('CXL memory on a real kernel', () => {
  const guest = useGuest({
    name: 'cxl',
    monitor: true,
    cxl: {
      memdevs: [
        { sizeMib: 1024, serial: '0x12345678' },
        { sizeMib: 512, serial: '0xa1' },
        { sizeMib: 512, serial: '0xb2' },
      ],
      windows: [0],
      regions: [
        { window: 0, serials: ['0x12345678'] },
        { window: 0, serials: ['0xb2', '0xa1'] },
      ],
    },
    kernelArgs: ['memhp_default_state=offline', 'memory_hotplug.memmap_on_memory=1'],
  })
  let agent: AgentOnGuest
  beforeAll(async () => {
    agent = await AgentOnGuest.install(guest())
  })
  afterAll(() => agent.close())

  it('is found on kmem, offline, by serial numbers in interleave order, as cxl list has it', async () => {
    const { devices, features } = await agent.inspect()
    const listed = await regions(guest())
    expect(listed.map(({ serials }) => serials).sort()).toEqual(['0x12345678', '0xb2+0xa1'])
    expect(devices.map(({ identity, ranges }) => ({ id: identity.id, ranges }))).toEqual(
      expect.arrayContaining(
        listed.map(({ serials, start, end }) => ({
          id: `cxl:serials=${serials};dpa=${serials.replace(/0x[0-9a-f]+/g, '0x0')}`,
          ranges: [{ start: String(start), end: String(end) }],
        })),
      ),
    )
    expect(devices).toHaveLength(listed.length)
    for (const device of devices) {
      const reference = await daxctlDevice(guest(), device.name)
      expect(device).toMatchObject({
        kind: 'cxl',
        driver: 'kmem',
        mode: reference.mode,
        targetNode: reference.target_node,
        sizeBytes: String(reference.size),
        movable: null,
        blocks: [{ state: 'offline' }],
      })
      expect(device.health).toContainEqual(
        expect.objectContaining({ fact: 'region_state', value: 0, detail: 'committed' }),
      )
    }
    expect(features.filter(({ present }) => present).map(({ feature }) => feature)).toEqual([
      'dax_bus',
      'hot_remove',
      'named_in_iomem',
      'mappings',
      'kmem_by_kind',
      'memmap_on_memory',
    ])
  })

  it('comes online where it is on kmem already, and says what its own page structures took of it', async () => {
    const name = nameOfSerials((await agent.inspect()).devices, '0xb2+0xa1') ?? ''
    const before = await meminfo(guest())
    const plan = await agent.plan('movable', name)
    expect(plan.verdict).toBe('convertible')
    expect(plan.item?.writes.map(({ step }) => step)).toEqual(['online'])
    expect(plan.item?.prediction).toMatchObject({ memmapFrom: 'device', usableBytes: String(gib) })

    expect(await agent.convert('cxl-online', plan)).toMatchObject({ outcome: 'converted' })
    expect(await daxctlDevice(guest(), name)).toMatchObject({
      mode: 'system-ram',
      online_memblocks: 8,
      movable: true,
    })
    const gained = (await meminfo(guest())).MemTotal - before.MemTotal
    expect(gained).toBe(gib - BigInt(plan.item?.prediction.memmapBytes ?? 0))
  })

  it('goes from device_dax to kmem by binding alone, and no id is left behind', async () => {
    const name = nameOfSerials((await agent.inspect()).devices, '0x12345678') ?? ''
    await guest().text(['daxctl', 'reconfigure-device', '-m', 'devdax', '-f', name])
    expect(await daxctlDevice(guest(), name)).toMatchObject({ mode: 'devdax' })

    const plan = await agent.plan('movable', name)
    expect(plan.item?.writes.map(({ step }) => step)).toEqual(['unbind', 'bind', 'online'])
    expect(await agent.convert('cxl-bind', plan)).toMatchObject({ outcome: 'converted' })

    const device = await daxctlDevice(guest(), name)
    expect(device).toMatchObject({
      mode: 'system-ram',
      online_memblocks: 8,
      total_memblocks: 8,
      movable: true,
    })
    const [range] = device.mappings ?? []
    // Both regions lie in one window, and so on one node.
    const online = (await blocks(guest())).filter(
      ({ start }) => start >= BigInt(range?.start ?? 0) && start <= BigInt(range?.end ?? 0),
    )
    expect(online.every(({ node }) => node === device.target_node)).toBe(true)
    expect(online.map(({ state, zones }) => `${state} ${zones}`)).toEqual(Array(8).fill('online Movable'))
    expect((await iomem(guest(), 'System RAM (kmem)')).map(({ sizeBytes }) => sizeBytes)).toEqual([gib, gib])
  })

  it('keeps its identity when the names swap over a reboot', async () => {
    const before = (await agent.inspect()).devices
    await guest().text(['sh', '-c', 'cd /var/lib/lab && tac cxl-regions > swapped && mv swapped cxl-regions'])
    agent.close()
    await guest().reboot()
    agent = await AgentOnGuest.install(guest())
    const after = (await agent.inspect()).devices
    const ids = (devices: typeof after) => devices.map(({ identity }) => identity.id).sort()
    expect(ids(after)).toEqual(ids(before))
    for (const serials of ['0x12345678', '0xb2+0xa1']) {
      expect(nameOfSerials(after, serials)).not.toBe(nameOfSerials(before, serials))
    }
    expect(await agent.plan('movable', nameOfSerials(after, '0x12345678'))).toMatchObject({
      verdict: 'convertible',
    })
  })

  it('is refused by name when it is poisoned after the approval, with nothing written', async () => {
    const name = nameOfSerials((await agent.inspect()).devices, '0x12345678') ?? ''
    const plan = await agent.plan('movable', name, 600, firstHealthPolicy)
    expect(plan.verdict).toBe('convertible')
    const poison = plan.health?.find(({ fact }) => fact === 'poison')
    expect(poison).toMatchObject({ value: 0, source: `/usr/bin/cxl list -r ${poison?.of} -L` })
    // The emulated device has no health of its own to tell.
    expect(plan.health).toContainEqual(
      expect.objectContaining({ fact: 'unreadable', detail: 'cxl tells nothing of it' }),
    )

    for (const start of [0x10000000, 0x20000000])
      await guest().monitor('cxl-inject-poison', { path: '/machine/peripheral/cxl-mem0', start, length: 64 })
    const outcome = await agent.convert('cxl-poison', plan)
    expect(outcome).toMatchObject({ outcome: 'refused', refusals: [{ code: 'unhealthy' }] })
    expect(outcome.message).toContain('has 2 poisoned places')
    expect(outcome.replies.some(({ type }) => type === 'ready')).toBe(false)
    expect(await daxctlDevice(guest(), name)).toMatchObject({ online_memblocks: 0 })
  })
})

/** Blocks of the devices that daxctl lists, as it counts them. */
const onlineBlocks = async (guest: Guest) =>
  (await daxctlList(guest)).map(({ mode, online_memblocks, movable }) => ({
    mode,
    online_memblocks,
    movable,
  }))

describe.each([
  // Before 6.3 kmem takes nothing by itself: as pmem, with an id that is taken off again.
  { release: 'own', driver: 'device_dax', steps: ['claim', 'unbind', 'bind', 'release', 'online'] },
  { release: 'next', driver: 'kmem', steps: ['online'] },
] as const)('soft-reserved memory, $release release', ({ release, driver, steps }) => {
  describeWithGuests('on a real kernel', () => {
    const guest = useGuest({
      name: `hmem-${release}`,
      release,
      softReservedMib: [512],
      kernelArgs: ['memhp_default_state=offline'],
    })

    it('is known by its physical range and converts, as daxctl and meminfo say too', async () => {
      const agent = await AgentOnGuest.install(guest())
      const [device] = (await agent.inspect()).devices
      expect(device).toMatchObject({
        kind: 'hmem',
        driver,
        identity: { id: 'hmem:range=0x30000000-0x4fffffff' },
        targetNode: 1,
        sizeBytes: String(512n * mib),
      })
      const before = await meminfo(guest())
      const plan = await agent.plan('movable', device?.name)
      expect(plan.item?.writes.map(({ step }) => step)).toEqual(steps)
      expect(await agent.convert('hmem', plan)).toMatchObject({ outcome: 'converted' })
      expect((await meminfo(guest())).MemTotal - before.MemTotal).toBe(512n * mib)
      expect(await onlineBlocks(guest())).toEqual([
        { mode: 'system-ram', online_memblocks: 4, movable: true },
      ])
      agent.close()
    })
  })
})
