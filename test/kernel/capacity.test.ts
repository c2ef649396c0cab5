import { expect, it } from 'vitest'
import type { HostCapacity } from '@/server/capacity/schema'
import type { HostDivision } from '@/server/capacity/vocabulary'
import { blockSize, blocks, meminfo } from '@/test/support/guest-memory'
import { describeWithGuests, type Guest, useGuest } from '@/test/support/guests'
import { Operator } from '@/test/support/operator'
import { eventually, useProduct } from '@/test/support/product'

const hourMs = 3_600_000

/** MemTotal of each node, by awk on the guest: another way than the agent's. */
async function nodeTotalsKib(guest: Guest): Promise<Map<string, number>> {
  const program = '/MemTotal/ { print $2, $4 }'
  const text = await guest.text(['sh', '-c', `awk '${program}' /sys/devices/system/node/node*/meminfo`])
  const nodes = text.trim().split('\n')
  return new Map(nodes.map((line) => [`node${line.split(' ')[0]}`, Number(line.split(' ')[1])]))
}

/** What a chart ends with, by the key of each part. */
const lastOf = ({ parts }: HostCapacity) =>
  new Map(parts.map(({ key, valuesKib }) => [key, valuesKib.at(-1)]))

describeWithGuests('the chart of a host’s memory', () => {
  const guest = useGuest({ name: 'stored', nvdimms: [{ sizeMib: 1024, namespace: 'devdax' }] })
  const product = useProduct()
  const operator = new Operator(product)

  /** Every reading there is, once the last one tells of `totalKib`. */
  function chart(hostId: string, by: HostDivision, totalKib: number): Promise<HostCapacity> {
    let last: number | null | undefined
    return eventually(
      () => `the chart ends with ${totalKib} KiB; it ends with ${last}`,
      async () => {
        const range = { from: new Date(Date.now() - hourMs), to: new Date(Date.now() + hourMs) }
        const read = await product().caller.capacity.host({ hostId, by, ...range, maxPoints: 4000 })
        expect(read.resolution).toBe('raw')
        last = read.totalKib.at(-1)
        return last === totalKib ? read : undefined
      },
    )
  }

  it('is to the byte what the kernel reads before and after a conversion, and the step is the blocks', async () => {
    const totalKib = async () => Number((await meminfo(guest())).MemTotal / 1024n)
    const host = await operator.enrol(guest())
    const beforeKib = await totalKib()
    const before = lastOf(await chart(host.id, 'node', beforeKib))
    const nodesBefore = await nodeTotalsKib(guest())
    for (const [node, kib] of nodesBefore) expect(before.get(node) ?? 0, node).toBe(kib)

    const job = await operator.convert(host, 'dax0.0')
    expect(job.state, `${job.message} ${job.next}`).toBe('converted')

    const afterKib = await totalKib()
    const byNode = lastOf(await chart(host.id, 'node', afterKib))
    const nodes = await nodeTotalsKib(guest())
    for (const [node, kib] of nodes) expect(byNode.get(node), node).toBe(kib)
    expect([...nodes.values()].reduce((sum, kib) => sum + kib, 0)).toBe(afterKib)
    const online = (await blocks(guest())).filter(({ node, state }) => node === 1 && state === 'online')
    const gainedKib = online.length * Number((await blockSize(guest())) / 1024n)
    expect(gainedKib).toBe(896 * 1024)
    expect(afterKib - beforeKib).toBe(gainedKib)
    expect(lastOf(await chart(host.id, 'device', afterKib)).get(host.devices[0]?.identity ?? '')).toBe(
      gainedKib,
    )

    const byTier = await chart(host.id, 'tier', afterKib)
    expect(lastOf(byTier)).toEqual(
      new Map([
        ['dram', beforeKib],
        ['pmem', gainedKib],
      ]),
    )
    expect(byTier.marks).toMatchObject([
      { jobId: job.id, state: 'converted', gainedBytes: 896n * 1024n ** 2n },
    ])
    // Whatever was caught on the way: DRAM never moved.
    const dram = byTier.parts.find(({ key }) => key === 'dram')?.valuesKib ?? []
    expect(new Set(dram.filter((kib) => kib !== null))).toEqual(new Set([beforeKib]))
    // One reading from right before, one from right after: both while the job ran.
    const [startedAt = 0, endedAt = 0] = [job.startedAt, job.endedAt].map((at) => (at?.getTime() ?? 0) / 1000)
    const during = byTier.totalKib.filter((_, at) => {
      const time = byTier.times[at] ?? 0
      return time >= startedAt && time <= endedAt
    })
    expect([during.at(0), during.at(-1)]).toEqual([beforeKib, afterKib])
  })
})
