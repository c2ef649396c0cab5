import { afterAll, beforeAll, expect, it } from 'vitest'
import type { DaxDevice } from '@/agents/protocol'
import { AgentOnGuest } from '@/test/support/agent-on-guest'
import { blocks, daxctlDevice, daxctlList, meminfo } from '@/test/support/guest-memory'
import { describeWithFullGuests, useGuest } from '@/test/support/guests'

const MIB = 1024n * 1024n
/** A start of this guest takes two minutes where a busy machine emulates its processor. */
const EIGHT_MINUTES = 480_000

const LARGE = 'cxl:serials=0x12345678;dpa=0x0'
const SMALL = 'cxl:serials=0xa1;dpa=0x0'
const HBM = 'hmem:range=0x40000000-0x5fffffff'

/** On Linux 6.12 with systemd: kmem has such memory from the start, with every block offline. */
describeWithFullGuests('CXL and soft-reserved memory that are to come back', () => {
  const guest = useGuest({
    name: 'comes-back',
    kind: 'full',
    cxl: {
      memdevs: [
        { sizeMib: 1024, serial: '0x12345678' },
        { sizeMib: 512, serial: '0xa1' },
      ],
      windows: [0],
      regions: [
        { window: 0, serials: ['0x12345678'] },
        { window: 0, serials: ['0xa1'] },
      ],
    },
    softReservedMib: [512],
    kernelArgs: ['memhp_default_state=offline'],
  })
  let agent: AgentOnGuest
  let jobs = 0
  const job = () => `comes-back-${Date.now()}-${++jobs}`
  const sh = (script: string, ...args: string[]) => guest().text(['sh', '-c', script, 'sh', ...args])

  beforeAll(async () => {
    agent = await AgentOnGuest.install(guest())
  })
  afterAll(() => agent?.close())

  async function device(id: string): Promise<DaxDevice> {
    const found = (await agent.inspect()).devices.find(({ identity }) => identity.id === id)
    if (found === undefined) throw new Error(`The agent shows no ${id}.`)
    return found
  }

  /** Blocks online in ZONE_MOVABLE, once daxctl, sysfs and the agent have said the same of it. */
  async function online(id: string): Promise<number> {
    const { name, sizeBytes, ranges, driver, prediction, ...read } = await device(id)
    const listed = await daxctlDevice(guest(), name)
    const own = (await blocks(guest())).filter(({ start }) =>
      ranges.some((range) => start >= BigInt(range.start) && start <= BigInt(range.end)),
    )
    const there = own.filter(({ state, zones }) => state === 'online' && zones === 'Movable').length
    expect(own.length, name).toBe(prediction.blockCount)
    expect([driver, listed.mode], name).toEqual(['kmem', 'system-ram'])
    expect(String(listed.size), name).toBe(sizeBytes)
    expect(listed.online_memblocks, name).toBe(there)
    expect(
      read.blocks.reduce(
        (sum, { first, last, state }) => sum + (state === 'online' ? last - first + 1 : 0),
        0,
      ),
      name,
    ).toBe(there)
    return there
  }

  /** With another order of regions, or fewer of them; systemd is through with its start when this returns. */
  async function restart(change: string): Promise<void> {
    await sh(`cd /var/lib/lab && ${change} && sync`)
    agent.close()
    await guest().reboot()
    await guest().run(['systemctl', 'is-system-running', '--wait'])
    agent = await AgentOnGuest.install(guest())
  }

  const told = () => guest().text(['journalctl', '-q', '-b', '-u', 'daxfleet-boot', '-o', 'cat'])

  it(
    'comes back by the unit, under other names at other addresses; what was not asked for stays offline',
    async () => {
      const before = await meminfo(guest())
      for (const id of [LARGE, HBM]) {
        const converted = await agent.convert(job(), await agent.plan('movable', (await device(id)).name))
        expect(converted.outcome, converted.message).toBe('converted')
        const kept = await agent.persist(job(), await agent.persistPlan('persist', id))
        expect(kept.outcome, kept.message).toBe('persisted')
      }
      expect((await meminfo(guest())).MemTotal - before.MemTotal).toBe(1536n * MIB)
      // Its own words: nothing in the unit that this systemd does not know.
      const unit = '/etc/systemd/system/daxfleet-boot.service'
      const verified = await guest().run(['systemd-analyze', 'verify', '--man=no', unit])
      expect(verified).toMatchObject({ status: 0, stdout: '', stderr: '' })
      const was = await device(LARGE)

      await restart('tac cxl-regions > turned && mv turned cxl-regions')
      expect((await device(LARGE)).ranges).not.toEqual(was.ranges)
      expect([await online(LARGE), await online(HBM), await online(SMALL)]).toEqual([8, 4, 0])
      expect((await told()).match(/^converted: /gm)).toHaveLength(2)
      const { persistence } = await agent.inspect()
      expect(persistence?.fault).toBeNull()
      expect(
        persistence?.lastBoot?.results.map(({ deviceId, outcome }) => [deviceId, outcome]).sort(),
      ).toEqual([
        [LARGE, 'converted'],
        [HBM, 'converted'],
      ])
      expect(
        (await daxctlList(guest())).filter(({ online_memblocks }) => online_memblocks !== 0),
      ).toHaveLength(2)
    },
    EIGHT_MINUTES,
  )

  it(
    'leaves another memory device alone, and one of another size than was approved',
    async () => {
      const files = (await agent.inspect()).persistence?.devices ?? []
      const path = files.find(({ deviceId }) => deviceId === HBM)?.path ?? ''
      // As on a host whose firmware sets less of it aside, and whose first CXL card was taken out.
      await sh(`sed -i 's/"sizeBytes":"[0-9]*"/"sizeBytes":"1073741824"/' "$1"`, path)
      await restart("sed -i '/0x12345678/d' cxl-regions")
      expect((await agent.inspect()).devices.map(({ identity }) => identity.id).sort()).toEqual([SMALL, HBM])
      expect([await online(SMALL), await online(HBM)]).toEqual([0, 0])
      const { results = [] } = (await agent.inspect()).persistence?.lastBoot ?? {}
      expect(results.map(({ deviceId, outcome }) => [deviceId, outcome]).sort()).toEqual([
        [LARGE, 'refused'],
        [HBM, 'refused'],
      ])
      expect(results.find(({ deviceId }) => deviceId === LARGE)?.message).toContain(LARGE)
      expect(await told()).toContain(`refused: ${HBM}`)
      expect((await guest().run(['systemctl', 'is-active', 'daxfleet-boot'])).stdout).toBe('failed\n')
    },
    EIGHT_MINUTES,
  )
})
