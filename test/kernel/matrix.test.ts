import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DaxDevice } from '@/agents/protocol'
import { AgentOnGuest } from '@/test/support/agent-on-guest'
import { blocks, daxctlDevice, meminfo } from '@/test/support/guest-memory'
import { describeWithFullGuests, describeWithGuests, type Guest, useGuest } from '@/test/support/guests'
import { allCells, type Cell, needsFullGuest, pairwise, type Row, tableOf } from '@/test/support/matrix'

/*
 * Kernel x memory x who else onlines x what is done: outcome, capacity and zone as daxctl and /proc have them. Pairwise
 * as it stands; whole by `npm run test:kernel -- --all`.
 */
const isWhole = process.env.MATRIX_ALL === 'yes'
// Those of a full guest take one of their own and minutes: what else there is of it is in full-guest and lab-full.
const cells = isWhole ? allCells : pairwise(allCells.filter((cell) => !needsFullGuest(cell)))
const rows: Row[] = []
afterAll(() => {
  if (rows.length > 0) console.log(tableOf(rows))
})

const mib = 1024n * 1024n
const POLICY = '/sys/devices/system/memory/auto_online_blocks'
const RULE = '/etc/udev/rules.d/99-matrix.rules'
const ruleText = 'SUBSYSTEM=="memory", ACTION=="add", ATTR{state}=="offline", ATTR{state}="online_movable"'

/** One of the matrix's devices, always on device_dax between two cells. */
class Place {
  private jobs = 0
  constructor(
    readonly guest: Guest,
    private agent: AgentOnGuest,
    private readonly kind: DaxDevice['kind'],
  ) {}

  static async of(guest: Guest, kind: DaxDevice['kind']): Promise<Place> {
    return new Place(guest, await AgentOnGuest.install(guest), kind)
  }

  close(): void {
    this.agent.close()
  }

  async device(): Promise<DaxDevice> {
    const device = (await this.agent.inspect()).devices.find(({ kind }) => kind === this.kind)
    if (device === undefined) throw new Error(`${this.guest.name} has no ${this.kind}.`)
    return device
  }

  private job(): string {
    return `matrix-${this.kind}-${Date.now()}-${++this.jobs}`
  }

  async letOnline(other: Cell['other']): Promise<void> {
    const isRule = other === 'udev rule'
    const rule = isRule
      ? `echo '${ruleText}' > ${RULE}; udevadm control --reload`
      : `if [ -e ${RULE} ]; then rm ${RULE}; udevadm control --reload; fi`
    await this.guest.text(['sh', '-c', `${rule}; echo ${isRule ? 'offline' : other} > ${POLICY}`])
  }

  async convert(zone: 'movable' | 'policy') {
    const plan = await this.agent.plan(zone, (await this.device()).name)
    return { plan, told: await this.agent.convert(this.job(), plan) }
  }

  async restore() {
    const plan = await this.agent.restorePlan({ kernelZone: 'try' }, (await this.device()).name)
    return { plan, told: await this.agent.restore(this.job(), plan) }
  }

  /** Keeps the device over reboots, or no more; the codes of what stands against it, none where it is done. */
  async keep(kind: 'persist' | 'unpersist'): Promise<string[]> {
    const { identity } = await this.device()
    const plan = await this.agent.persistPlan(kind, identity.id)
    if (plan.refusals.length > 0) return plan.refusals.map(({ code }) => code)
    const { outcome, message } = await this.agent.persist(this.job(), plan)
    expect(outcome, message).toBe(`${kind}ed`)
    return []
  }

  async reboot(): Promise<void> {
    this.agent.close()
    await this.guest.reboot()
    // Where there is systemd, what it brings back comes before it has settled.
    await this.guest.run(['sh', '-c', '! [ -d /run/systemd/system ] || systemctl is-system-running --wait'])
    this.agent = await AgentOnGuest.install(this.guest)
  }

  /** After a start CXL memory is kmem's, and nothing of it is online. */
  async toDeviceDax(): Promise<void> {
    if ((await this.device()).driver === 'device_dax') return
    const { told } = await this.restore()
    if (told.outcome !== 'restored') throw new Error(told.message)
  }

  /** What the agent reads of it, once daxctl and sysfs have said the same. */
  async read() {
    const device = await this.device()
    const listed = await daxctlDevice(this.guest, device.name)
    const own = device.prediction.blocks
    const online = (await blocks(this.guest)).filter(
      ({ number, state }) =>
        state === 'online' && own.some(([first, last]) => number >= first && number <= last),
    )
    expect(device.mode).toBe(listed.mode)
    expect(String(device.sizeBytes)).toBe(String(listed.size))
    expect(listed.online_memblocks ?? 0).toBe(online.length)
    const read = device.blocks.reduce(
      (sum, { first, last, state }) => sum + (state === 'online' ? last - first + 1 : 0),
      0,
    )
    expect(read).toBe(online.length)
    const zones = [...new Set(online.map((block) => block.zones))]
    if (online.length > 0) expect(listed.movable).toBe(zones.every((zone) => zone === 'Movable'))
    return { driver: device.driver, online: online.length, zone: zones.join(' and ') || '-', device }
  }
}

async function play(place: Place, cell: Cell): Promise<void> {
  const { other, deed } = cell
  const zoneOfOther = other === 'online' ? 'Normal' : 'Movable'
  await place.letOnline(other)
  const before = await meminfo(place.guest)
  // A kernel that onlines into its own zone is in the way of who asks for the other one.
  if (other === 'online') {
    const { told } = await place.convert('movable')
    expect([told.outcome, told.refusals.map(({ code }) => code)]).toEqual([
      'refused',
      ['auto_online_conflict'],
    ])
  }
  const { plan, told } = await place.convert(other === 'online' ? 'policy' : 'movable')
  expect(told.outcome, told.message).toBe('converted')
  const after = await place.read()
  const { blockCount = 0, usableBytes = '0', memmapFrom, memmapBytes = '0' } = plan.item?.prediction ?? {}
  const owed = BigInt(usableBytes) - (memmapFrom === 'device' ? BigInt(memmapBytes) : 0n)
  const gained = (await meminfo(place.guest)).MemTotal - before.MemTotal
  expect(after).toMatchObject({ driver: 'kmem', online: blockCount, zone: zoneOfOther })
  expect(gained).toBe(owed)
  const row = { ...cell, gainedMib: Number(gained / mib), zone: after.zone }
  const all = `${after.online} of ${blockCount}`
  if (deed === 'kept reboot') return playKept(place, cell, row, blockCount)
  if (deed === 'reboot') {
    await place.reboot()
    const now = await place.read()
    // Nothing is made to come back: pmem is on device_dax again, CXL memory with kmem as the kernel's own start has it,
    // where a rule that is on the disk finds it.
    const isCxl = cell.memory === 'cxl on 6.12'
    const found = isCxl && other === 'udev rule' ? blockCount : 0
    expect(now).toMatchObject({ driver: isCxl ? 'kmem' : 'device_dax', online: found })
    const outcome = found > 0 ? 'online by the rule' : `reverted, on ${now.driver}`
    rows.push({ ...row, outcome, blocks: `${found} of ${blockCount}` })
    await place.toDeviceDax()
    return
  }
  const back = await place.restore()
  expect(back.told.outcome, back.told.message).toBe('restored')
  const now = await place.read()
  expect(now).toMatchObject({ driver: 'device_dax', online: 0 })
  expect((await meminfo(place.guest)).MemTotal).toBe(before.MemTotal)
  if (deed === 'convert') rows.push({ ...row, outcome: told.outcome, blocks: all })
  else rows.push({ ...row, outcome: back.told.outcome, blocks: `0 of ${blockCount}` })
}

/** It comes back where it was, whoever onlines besides; kept is only what would come back into the zone asked. */
async function playKept(
  place: Place,
  { other }: Cell,
  row: Omit<Row, 'outcome' | 'blocks'>,
  blockCount: number,
): Promise<void> {
  const against = await place.keep('persist')
  if (other === 'online') {
    expect(against).toEqual(['auto_online_conflict'])
    rows.push({ ...row, outcome: 'not kept', blocks: `${blockCount} of ${blockCount}` })
    // Normal memory of a whole Debian is in use by its kernel at once: only a start takes it back.
    await place.reboot()
    return place.toDeviceDax()
  }
  expect(against).toEqual([])
  await place.reboot()
  const now = await place.read()
  expect(now).toMatchObject({ driver: 'kmem', online: blockCount, zone: 'Movable' })
  rows.push({ ...row, outcome: 'came back', blocks: `${now.online} of ${blockCount}` })
  expect(await place.keep('unpersist')).toEqual([])
  await place.toDeviceDax()
}

const named = (of: readonly Cell[]) => of.map((cell) => ({ cell, name: `${cell.other}: ${cell.deed}` }))

function playOn(
  guest: () => Guest,
  memory: Cell['memory'],
  isOf: (cell: Cell) => boolean = () => true,
): void {
  describe(memory, () => {
    let place: Place
    beforeAll(async () => {
      place = await Place.of(guest(), memory === 'cxl on 6.12' ? 'cxl' : 'pmem')
      await place.toDeviceDax()
    })
    afterAll(() => place?.close())
    it.each(named(cells.filter((cell) => cell.memory === memory && isOf(cell))))('$name', ({ cell }) =>
      play(place, cell),
    )
  })
}

describeWithGuests('Linux 6.1', () => {
  playOn(useGuest({ name: 'matrix-6-1' }), 'pmem on 6.1', (cell) => !needsFullGuest(cell))
})

const pmemAndCxl = {
  release: 'next',
  nvdimms: [{ sizeMib: 512, namespace: 'devdax' }],
  cxl: {
    memdevs: [{ sizeMib: 512, serial: '0x12345678' }],
    windows: [0],
    regions: [{ window: 0, serials: ['0x12345678'] }],
  },
  // Debian's 6.12 brings everything online from its start.
  kernelArgs: ['memhp_default_state=offline'],
} as const

describeWithGuests('Linux 6.12', () => {
  const guest = useGuest({ name: 'matrix-6-12', ...pmemAndCxl })
  playOn(guest, 'pmem on 6.12', (cell) => !needsFullGuest(cell))
  playOn(guest, 'cxl on 6.12', (cell) => !needsFullGuest(cell))
})

if (isWhole) {
  describeWithFullGuests('Linux 6.1 with systemd and udev', () => {
    playOn(useGuest({ name: 'matrix-full', kind: 'full' }), 'pmem on 6.1', needsFullGuest)
  })
  describeWithFullGuests('Linux 6.12 with systemd and udev', () => {
    const guest = useGuest({ name: 'matrix-full-6-12', kind: 'full', ...pmemAndCxl })
    playOn(guest, 'pmem on 6.12', needsFullGuest)
    playOn(guest, 'cxl on 6.12', needsFullGuest)
  })
}
