import { expect, it } from 'vitest'
import { type DeviceList, tierKib, unpackSample } from '@/server/capacity/sample'
import { deviceKey, hostKey, nodeKey } from '@/server/capacity/series-keys'
import { createPool } from '@/server/lib/pg'
import { blockSize, blocks, meminfo } from '@/test/support/guest-memory'
import { describeWithGuests, type Guest, useGuest } from '@/test/support/guests'
import { Operator } from '@/test/support/operator'
import { eventually, useProduct } from '@/test/support/product'

/** MemTotal of each node, by awk on the guest: another way than the agent's. */
async function nodeTotalsKib(guest: Guest): Promise<Map<number, number>> {
  const program = '/MemTotal/ { print $2, $4 }'
  const text = await guest.text(['sh', '-c', `awk '${program}' /sys/devices/system/node/node*/meminfo`])
  return new Map(
    text
      .trim()
      .split('\n')
      .map((line) => line.split(' ').map(Number))
      .map(([id = -1, kib = -1]) => [id, kib]),
  )
}

interface Latest {
  at: Date
  values: ReadonlyMap<number, number>
  devices: DeviceList
}

describeWithGuests('what is stored of a host’s memory', () => {
  const guest = useGuest({ name: 'stored', nvdimms: [{ sizeMib: 1024, namespace: 'devdax' }] })
  const product = useProduct()
  const operator = new Operator(product)

  async function query<Row extends object>(text: string, hostId: string): Promise<Row[]> {
    const pg = createPool(product().databaseUrl, 1)
    try {
      return (await pg.query<Row>(text, [hostId])).rows
    } finally {
      await pg.end()
    }
  }

  /** The last reading there is, once it tells of `totalKib`. */
  function latest(hostId: string, totalKib: number): Promise<Latest> {
    let last: number | undefined
    return eventually(
      () => `a reading tells of ${totalKib} KiB; the last one tells of ${last}`,
      async () => {
        const text = 'SELECT at, packed, devices FROM "CapacityLatest" WHERE "hostId" = $1'
        const [row] = await query<{ at: Date; packed: Buffer; devices: DeviceList }>(text, hostId)
        if (row === undefined) return undefined
        const { values } = unpackSample(row.at.getTime(), row.packed)
        last = values.get(hostKey('total'))
        return last === totalKib ? { at: row.at, values, devices: row.devices } : undefined
      },
    )
  }

  async function expectAsRead({ values }: Latest, totalKib: number): Promise<void> {
    const nodes = await nodeTotalsKib(guest())
    expect(new Map([...nodes.keys()].map((id) => [id, values.get(nodeKey(id, 'total'))]))).toEqual(nodes)
    expect([...nodes.values()].reduce((sum, kib) => sum + kib, 0)).toBe(totalKib)
  }

  it('is to the byte what the kernel reads before and after a conversion, and the step is the blocks', async () => {
    const totalKib = async () => Number((await meminfo(guest())).MemTotal / 1024n)
    const host = await operator.enrol(guest())
    const beforeKib = await totalKib()
    const before = await latest(host.id, beforeKib)
    await expectAsRead(before, beforeKib)
    expect(before.devices).toEqual([{ identity: host.devices[0]?.identity, tier: 'pmem' }])

    const job = await operator.convert(host, 'dax0.0')
    expect(job.state, `${job.message} ${job.next}`).toBe('converted')

    const afterKib = await totalKib()
    const after = await latest(host.id, afterKib)
    await expectAsRead(after, afterKib)
    const online = (await blocks(guest())).filter(({ node, state }) => node === 1 && state === 'online')
    const gainedKib = online.length * Number((await blockSize(guest())) / 1024n)
    expect(gainedKib).toBe(896 * 1024)
    expect(afterKib - beforeKib).toBe(gainedKib)
    expect(after.values.get(deviceKey(0, 'movable'))).toBe(gainedKib)
    expect(tierKib(after.values, 'pmem')).toBe(gainedKib)
    expect(before.values.get(hostKey('convertible'))).toBe(gainedKib)
    expect(after.values.get(hostKey('convertible')) ?? 0).toBe(0)

    // Whatever was caught in between: DRAM never moved, and there is one from right before and one from right after.
    const text = 'SELECT at, packed FROM "CapacityHead" WHERE "hostId" = $1 ORDER BY at'
    const stored = (await query<{ at: Date; packed: Buffer }>(text, host.id)).map(({ at, packed }) =>
      unpackSample(at.getTime(), packed),
    )
    expect(new Set(stored.map(({ values }) => tierKib(values, 'dram')))).toEqual(new Set([beforeKib]))
    const during = stored.filter(
      ({ atMs }) => atMs >= (job.startedAt?.getTime() ?? 0) && atMs <= (job.endedAt?.getTime() ?? 0),
    )
    expect(during.at(0)?.values.get(hostKey('total'))).toBe(beforeKib)
    expect(during.at(-1)?.values.get(hostKey('total'))).toBe(afterKib)
  })
})
