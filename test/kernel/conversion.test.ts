import { expect, it } from 'vitest'
import { blockSize, blocks, daxctlDevice, daxctlList, iomem, meminfo } from '@/test/support/guest-memory'
import { describeWithGuests, type Guest, useGuest } from '@/test/support/guests'
import { Operator } from '@/test/support/operator'
import { useProduct } from '@/test/support/product'

const mib = 1024n * 1024n
const gib = 1024n * mib

/** Sum of what the kernel lists as memory that came from kmem. */
async function kmemBytes(guest: Guest): Promise<bigint> {
  return (await iomem(guest, 'System RAM (kmem)')).reduce((sum, range) => sum + range.sizeBytes, 0n)
}

describeWithGuests('a plain conversion', () => {
  const guest = useGuest({ name: 'plain', nvdimms: [{ sizeMib: 1024, namespace: 'devdax' }] })
  const operator = new Operator(useProduct())

  it('gives the kernel 896 MiB in 7 blocks, as daxctl, meminfo and iomem say too', async () => {
    const host = await operator.enrol(guest())
    expect(host.state).toBe('ready')
    const before = await meminfo(guest())
    expect(host.memTotalBytes).toBe(before.MemTotal)

    const plan = await operator.plan(host, 'dax0.0')
    expect(plan).toMatchObject({ verdict: 'convertible', gainBytes: 896n * mib, blockCount: 7 })
    expect((await daxctlDevice(guest())).mode).toBe('devdax')

    const job = await operator.ended(await operator.start(plan))
    expect(job.state, `${job.message} ${job.next}`).toBe('converted')
    expect(job.steps.map(({ name, state }) => `${name} ${state}`)).toEqual(
      ['contact', 'lock', 'preflight', 'claim', 'unbind', 'bind', 'release', 'online', 'verify'].map(
        (name) => `${name} done`,
      ),
    )
    expect(job.writes.every((write) => write.errno === 0)).toBe(true)

    const device = await daxctlDevice(guest())
    expect(device).toMatchObject({
      mode: 'system-ram',
      online_memblocks: 7,
      total_memblocks: 7,
      movable: true,
    })
    const after = await meminfo(guest())
    expect(after.MemTotal - before.MemTotal).toBe(896n * mib)
    expect(await kmemBytes(guest())).toBe(896n * mib)
    expect(job).toMatchObject({
      predictedBytes: 896n * mib,
      onlineBytesAfter: 896n * mib,
      memTotalBytesBefore: before.MemTotal,
      memTotalBytesAfter: after.MemTotal,
      zoneRead: 'Movable',
    })
  })

  it('shows on the host page what the kernel reads', async () => {
    const host = await operator.probe((await operator.enrolled(guest())).id)
    const [device] = host.devices
    const size = await blockSize(guest())
    const online = (await blocks(guest())).filter((block) => block.node === 1 && block.state === 'online')
    expect(device).toMatchObject({
      state: 'system_ram',
      mode: 'system-ram',
      movable: true,
      onlineBlocks: online.length,
    })
    expect(device?.onlineBytes).toBe(BigInt(online.length) * size)
    expect(host.pmemOnlineBytes).toBe(896n * mib)
    expect(host.memTotalBytes).toBe((await meminfo(guest())).MemTotal)
  })

  it('calls a second conversion already done and writes nothing', async () => {
    const plan = await operator.plan(await operator.enrolled(guest()), 'dax0.0')
    expect(plan.verdict).toBe('already')
    expect(plan.writes).toEqual([])
  })

  it('left no id in kmem’s list: a device of that name without a driver stays without one', async () => {
    await guest().text(['sh', '-c', giveBack])
    await guest().text(['sh', '-c', sweep])
    expect(await driverOf(guest(), 'dax0.0')).toBeNull()

    // The same with an id left behind: this is what the line above would have caught.
    await guest().text(['sh', '-c', leaveAnId])
    await guest().text(['sh', '-c', sweep])
    expect(await driverOf(guest(), 'dax0.0')).toBe('kmem')
  })
})

const giveBack = `set -e
for block in /sys/devices/system/node/node1/memory[0-9]*; do
  echo offline > "$block/state"
done
echo dax0.0 > /sys/bus/dax/drivers/kmem/unbind`

/** Any write to new_id offers kmem every device that has no driver, by all the ids in its list. */
const sweep = `cd /sys/bus/dax/drivers/kmem
echo dax9.9 > new_id
echo dax9.9 > remove_id`

const leaveAnId = `set -e
cd /sys/bus/dax/drivers
echo dax0.0 > device_dax/bind
echo dax0.0 > kmem/new_id
echo dax0.0 > device_dax/unbind`

async function driverOf(guest: Guest, name: string): Promise<string | null> {
  const link = await guest.run(['readlink', `/sys/bus/dax/devices/${name}/driver`])
  return link.stdout.trim().split('/').at(-1) || null
}

describeWithGuests('production geometry', () => {
  const guest = useGuest({ name: 'production', kind: 'production' })
  const operator = new Operator(useProduct())

  it('predicts to the byte what blocks of 2 GiB leave of a 7 GiB module', async () => {
    const host = await operator.enrol(guest())
    expect(host.blockSizeBytes).toBe(2n * gib)
    const before = await meminfo(guest())
    const plan = await operator.plan(host, 'dax0.0')
    const sizeBytes = BigInt((await daxctlDevice(guest())).size)

    const job = await operator.ended(await operator.start(plan))
    expect(job.state, `${job.message} ${job.next}`).toBe('converted')
    const gained = (await meminfo(guest())).MemTotal - before.MemTotal
    expect(gained).toBe(6n * gib)
    expect(plan.gainBytes).toBe(gained)
    expect(plan.lostBytes).toBe(sizeBytes - gained)
    expect(await kmemBytes(guest())).toBe(gained)
    expect(await daxctlDevice(guest())).toMatchObject({
      mode: 'system-ram',
      online_memblocks: 3,
      total_memblocks: 3,
    })
  })
})

describeWithGuests('a devdax module beside a raw one', () => {
  const guest = useGuest({
    name: 'beside',
    nvdimms: [
      { sizeMib: 512, namespace: 'devdax' },
      { sizeMib: 64, namespace: 'raw' },
    ],
  })
  const operator = new Operator(useProduct())

  it('converts the one and leaves every byte of the other', async () => {
    const disk = (await guest().text(['sh', '-c', 'ls /dev | grep -E "^pmem[0-9.]+$"'])).trim()
    await guest().text(['sh', '-c', `echo "what must stay" | dd of=/dev/${disk} conv=notrunc 2>/dev/null`])
    const sum = () => guest().text(['sha256sum', `/dev/${disk}`], { timeoutMs: 120_000 })
    const [sumBefore, memoryBefore] = [await sum(), await meminfo(guest())]

    const host = await operator.enrol(guest())
    expect(host.namespaces).toMatchObject([{ mode: 'raw', blockDevice: disk }])
    const [candidate] = host.devices.filter((device) => device.state === 'convertible')
    const job = await operator.convert(host, candidate?.daxName ?? '')

    expect(job.state, `${job.message} ${job.next}`).toBe('converted')
    expect(job.onlineBytesAfter).toBe(384n * mib)
    expect((await meminfo(guest())).MemTotal - memoryBefore.MemTotal).toBe(384n * mib)
    expect(await sum()).toBe(sumBefore)
  })
})

describeWithGuests('two devices on one host', () => {
  const guest = useGuest({
    name: 'two',
    nvdimms: [
      { sizeMib: 1024, namespace: 'devdax' },
      { sizeMib: 512, namespace: 'devdax' },
    ],
  })
  const operator = new Operator(useProduct())

  it('are converted one after the other', async () => {
    const before = await meminfo(guest())
    const host = await operator.enrol(guest())
    const names = host.devices.map((device) => device.daxName).sort()
    expect(names).toEqual((await daxctlList(guest())).map((device) => device.chardev).sort())

    const jobs = []
    for (const name of names) jobs.push(await operator.convert(host, name))
    expect(jobs.map((job) => job.state)).toEqual(['converted', 'converted'])
    const [first, second] = jobs
    expect(second?.startedAt?.getTime()).toBeGreaterThanOrEqual(first?.endedAt?.getTime() ?? Number.NaN)
    expect((await meminfo(guest())).MemTotal - before.MemTotal).toBe((896n + 384n) * mib)
    for (const device of await daxctlList(guest())) {
      expect(device).toMatchObject({ mode: 'system-ram', movable: true })
      expect(device.online_memblocks).toBe(device.total_memblocks)
    }
  })
})
