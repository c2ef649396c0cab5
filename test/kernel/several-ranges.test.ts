import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AgentOnGuest } from '@/test/support/agent-on-guest'
import { blocks, daxctlDevice, daxctlList, iomem, meminfo } from '@/test/support/guest-memory'
import { describeWithGuests, useGuest } from '@/test/support/guests'

const MIB = 1024n * 1024n
const DRIVERS = '/sys/bus/dax/drivers'

/**
 * Divides the only region in three and destroys the part in the middle; what it leaves, and the rest of the region behind the
 * third, goes to the first, whose own end is not where a memory block ends. On device_dax come both.
 */
const DIVIDE = `set -e
daxctl reconfigure-device -m devdax -f dax0.0 >/dev/null
daxctl disable-device dax0.0
echo $((256 << 20)) > /sys/bus/dax/devices/dax0.0/size
daxctl create-device -s 192M >/dev/null
daxctl create-device -s 256M >/dev/null
daxctl disable-device dax0.1
daxctl destroy-device dax0.1
# On 6.1 a device made anew took the first along: it may be bound again.
daxctl disable-device dax0.0
echo $((768 << 20)) > /sys/bus/dax/devices/dax0.0/size
daxctl reconfigure-device -m devdax dax0.0 >/dev/null`

describe.each([
  {
    memory: 'a CXL region on 6.12',
    spec: {
      name: 'ranges-cxl',
      cxl: {
        memdevs: [{ sizeMib: 1024, serial: '0x12345678' }],
        windows: [0],
        regions: [{ window: 0, serials: ['0x12345678'] }],
      },
    },
    identities: [
      'cxl:serials=0x12345678;dpa=0x0;part=0x0-0x1bffffff+0x2c000000-0x3fffffff',
      'cxl:serials=0x12345678;dpa=0x0;part=0x1c000000-0x2bffffff',
    ],
  },
  {
    memory: 'soft-reserved memory on 6.1',
    spec: { name: 'ranges-hmem', release: 'own' as const, softReservedMib: [1024] },
    identities: [
      'hmem:range=0x30000000-0x4bffffff+0x5c000000-0x6fffffff',
      'hmem:range=0x4c000000-0x5bffffff',
    ],
  },
])('$memory, divided', ({ spec, identities }) => {
  describeWithGuests('on a real kernel', () => {
    const guest = useGuest({ ...spec, kernelArgs: ['memhp_default_state=offline'] })
    let agent: AgentOnGuest
    let jobs = 0
    const job = () => `ranges-${++jobs}`
    beforeAll(async () => {
      agent = await AgentOnGuest.install(guest())
      await guest().text(['sh', '-c', DIVIDE])
    })
    afterAll(() => agent?.close())

    const read = async (name: string) => {
      const found = (await agent.inspect()).devices.find((device) => device.name === name)
      if (found === undefined) throw new Error(`The agent shows no ${name}.`)
      return found
    }
    /** By the mappings that daxctl lists; its own count of blocks looks at the first alone. */
    const kernelsBlocks = async (name: string) => {
      const { mappings = [] } = await daxctlDevice(guest(), name)
      return (await blocks(guest())).filter(({ start }) =>
        mappings.some((range) => start >= BigInt(range.start) && start <= BigInt(range.end)),
      )
    }
    const online = async (name: string) =>
      (await kernelsBlocks(name)).filter(({ state, zones }) => state === 'online' && zones === 'Movable')
        .length

    it('is told with every range, in the order of its pages, and each part as a device of its own', async () => {
      const listed = await daxctlList(guest())
      const { devices } = await agent.inspect()
      expect(devices.map(({ name }) => name)).toEqual(['dax0.0', 'dax0.2'])
      expect(devices.map(({ identity }) => identity.id)).toEqual(identities)
      for (const device of devices) {
        const reference = listed.find(({ chardev }) => chardev === device.name)
        const mappings = (reference?.mappings ?? []).toSorted((a, b) => a.page_offset - b.page_offset)
        expect(device).toMatchObject({
          driver: 'device_dax',
          mode: reference?.mode,
          sizeBytes: String(reference?.size),
          targetNode: reference?.target_node,
          ranges: mappings.map(({ start, end }) => ({ start: String(start), end: String(end) })),
        })
      }
      expect(devices[0]?.ranges).toHaveLength(2)
      // Neither range ends where a block does: three blocks of the first, two of the second.
      expect(devices[0]?.prediction).toMatchObject({
        usableBytes: String(640n * MIB),
        lostBytes: String(128n * MIB),
        blockCount: 5,
      })
      expect(devices[1]?.prediction).toMatchObject({ usableBytes: String(128n * MIB), blockCount: 1 })
    })

    it('converts in all its ranges, as sysfs, iomem and MemTotal have it, and the other part stays', async () => {
      const before = await meminfo(guest())
      const plan = await agent.plan('movable')
      expect(plan.refusals).toEqual([])
      const told = await agent.convert(job(), plan)
      expect(told.outcome, told.message).toBe('converted')
      expect((await meminfo(guest())).MemTotal - before.MemTotal).toBe(640n * MIB)
      expect(await online('dax0.0')).toBe(5)
      const added = await iomem(guest(), 'System RAM (kmem)')
      expect(added.map(({ sizeBytes }) => sizeBytes)).toEqual([384n * MIB, 256n * MIB])
      const device = await read('dax0.0')
      expect(device).toMatchObject({ driver: 'kmem', movable: true })
      const runs = device.blocks.map(({ first, last, state }) => [state, last - first + 1])
      expect(runs).toEqual([
        ['online', 3],
        ['online', 2],
      ])
      expect(await daxctlDevice(guest(), 'dax0.0')).toMatchObject({ mode: 'system-ram', movable: true })
      expect(await read('dax0.2')).toMatchObject({ driver: 'device_dax', blocks: [] })
      expect(await agent.plan('movable')).toMatchObject({ verdict: 'already' })
    })

    it('gives a share back that is more than one range, and takes it again', async () => {
      const before = await meminfo(guest())
      const share = await agent.sharePlan({ kind: 'offline', shareBytes: String(384n * MIB) })
      expect(share.refusals).toEqual([])
      const less = await agent.share(job(), share)
      expect(less.outcome, less.message).toBe('restored')
      expect(before.MemTotal - (await meminfo(guest())).MemTotal).toBe(384n * MIB)
      expect(await online('dax0.0')).toBe(2)
      const more = await agent.sharePlan({ kind: 'online', shareBytes: String(384n * MIB), zone: 'movable' })
      const told = await agent.share(job(), more)
      expect(told.outcome, told.message).toBe('converted')
      expect(await online('dax0.0')).toBe(5)
      expect((await meminfo(guest())).MemTotal).toBe(before.MemTotal)
    })

    it('takes the other part beside it, in the very gap between its ranges', async () => {
      const told = await agent.convert(job(), await agent.plan('movable', 'dax0.2'))
      expect(told.outcome, told.message).toBe('converted')
      expect([await online('dax0.0'), await online('dax0.2')]).toEqual([5, 1])
      expect((await read('dax0.2')).blocks).toMatchObject([{ state: 'online' }])
    })

    it('is not promised back after a restart, which makes one device of the region again', async () => {
      const { identity } = await read('dax0.0')
      const plan = await agent.persistPlan('persist', identity.id)
      expect(plan.refusals.map(({ message }) => message)).toContain(
        'dax0.0 is a part of its region: at each start the kernel makes one device of the whole region.',
      )
    })

    it('goes back in all its ranges, and the other part stays as it is', async () => {
      const before = await meminfo(guest())
      const plan = await agent.restorePlan()
      expect(plan).toMatchObject({ verdict: 'restorable', item: { lossBytes: String(640n * MIB) } })
      const told = await agent.restore(job(), plan)
      expect(told.outcome, told.message).toBe('restored')
      expect(before.MemTotal - (await meminfo(guest())).MemTotal).toBe(640n * MIB)
      expect(await daxctlDevice(guest(), 'dax0.0')).toMatchObject({ mode: 'devdax' })
      expect((await iomem(guest(), 'System RAM (kmem)')).map(({ sizeBytes }) => sizeBytes)).toEqual([
        128n * MIB,
      ])
      expect([await online('dax0.0'), await online('dax0.2')]).toEqual([0, 1])
      expect((await agent.restore(job(), await agent.restorePlan({}, 'dax0.2'))).outcome).toBe('restored')
    })

    it('is another device where its parts were made anew, and an empty one is none and in nobody’s way', async () => {
      const planned = await agent.plan('movable', 'dax0.2')
      await guest().text([
        'sh',
        '-c',
        `set -e; cd /sys/bus/dax/devices
        daxctl disable-device dax0.0; echo 0 > dax0.0/size
        daxctl disable-device dax0.2; echo $((384 << 20)) > dax0.2/size
        daxctl reconfigure-device -m devdax dax0.2 >/dev/null`,
      ])
      // No driver takes it, which is why asking for that first would be no advice.
      const empty = await guest().run(['sh', '-c', `echo dax0.0 > ${DRIVERS}/device_dax/bind`])
      expect(empty.status).not.toBe(0)
      expect((await agent.inspect()).devices.map(({ name }) => name)).toEqual(['dax0.2'])
      const stale = await agent.convert(job(), planned)
      expect([stale.outcome, stale.refusals.map(({ code }) => code)]).toEqual(['refused', ['device_gone']])
      const told = await agent.convert(job(), await agent.plan('movable', 'dax0.2'))
      expect(told.outcome, told.message).toBe('converted')
      expect(await online('dax0.2')).toBe((await read('dax0.2')).prediction.blockCount)
    })
  })
})
