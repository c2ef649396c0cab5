import { expect, it } from 'vitest'
import { daxctlDevice, iomem, meminfo } from '@/test/support/guest-memory'
import { describeWithGuests, useGuest } from '@/test/support/guests'
import { Operator } from '@/test/support/operator'
import { useProduct } from '@/test/support/product'

const mib = 1024n * 1024n

describeWithGuests('a device that was converted', () => {
  const guest = useGuest({ name: 'lends', nvdimms: [{ sizeMib: 1024, namespace: 'devdax' }] })
  const product = useProduct()
  const operator = new Operator(product)

  it('is not given back below the host’s capacity floor, and nothing is written', async () => {
    const host = await operator.enrol(guest())
    const job = await operator.convert(host, 'dax0.0')
    expect(job.state, `${job.message} ${job.next}`).toBe('converted')
    const { MemTotal } = await meminfo(guest())
    const { caller } = product()
    await caller.floors.setHost({ hostId: host.id, floor: { bytes: MemTotal } })
    const plan = await operator.planBack(await operator.enrolled(guest()), 'dax0.0')
    expect(plan).toMatchObject({ verdict: 'refused', refusals: [{ code: 'capacity_floor' }] })
    expect(plan.restore).toMatchObject({ lossBytes: 896n * mib, floorBytes: MemTotal })
    await caller.floors.setHost({ hostId: host.id, floor: { bytes: 0n } })
    expect(await daxctlDevice(guest())).toMatchObject({ mode: 'system-ram', online_memblocks: 7 })
  })

  it('is given back whole: MemTotal, iomem and daxctl are as before, and it can be converted again', async () => {
    const host = await operator.enrolled(guest())
    const before = await meminfo(guest())
    const plan = await operator.planBack(host, 'dax0.0')
    expect(plan).toMatchObject({
      verdict: 'restorable',
      gainBytes: -896n * mib,
      phrase: 'give back dax0.0 on lends',
    })
    const job = await operator.ended(await operator.start(plan))
    expect(job.state, `${job.message} ${job.next}`).toBe('restored')
    const after = await meminfo(guest())
    expect(before.MemTotal - after.MemTotal).toBe(896n * mib)
    expect(job).toMatchObject({
      kind: 'restore',
      onlineBytesBefore: 896n * mib,
      onlineBytesAfter: 0n,
      memTotalBytesBefore: before.MemTotal,
      memTotalBytesAfter: after.MemTotal,
    })
    expect(job.steps.every(({ state }) => state === 'done')).toBe(true)
    expect(job.steps.findIndex(({ name }) => name === 'offline')).toBeLessThan(
      job.steps.findIndex(({ name }) => name === 'unbind'),
    )
    expect(await iomem(guest(), 'System RAM (kmem)')).toEqual([])
    expect(await daxctlDevice(guest())).toMatchObject({ mode: 'devdax' })
    const read = await operator.probe(host.id)
    expect(read.devices).toMatchObject([{ daxName: 'dax0.0', state: 'convertible', onlineBytes: 0n }])
    const again = await operator.convert(read, 'dax0.0')
    expect(again.state, `${again.message} ${again.next}`).toBe('converted')
  })

  it('goes through a rollout, whose gate looks again whether it is still given back', async () => {
    const { caller } = product()
    const made = await caller.rollouts.create({
      name: 'give the lab back',
      selector: 'host:lends',
      kind: 'restore',
      policy: { soakSeconds: 0 },
    })
    if (made.type !== 'created')
      throw new Error(JSON.stringify(made, (_k, v) => (typeof v === 'bigint' ? `${v}` : v)))
    const { rolloutId } = made
    const ready = await operator.rollout(rolloutId, 'ready')
    expect(ready).toMatchObject({ phrase: 'give back 1 device on 1 host', gainBytes: -896n * mib })
    const answer = await caller.rollouts.approve({
      rolloutId,
      digest: ready.digest ?? '',
      phrase: ready.phrase,
    })
    expect(answer.type).toBe('done')
    const done = await operator.rollout(rolloutId, 'finished')
    expect(done).toMatchObject({ devicesByState: { restored: 1 }, gainedBytes: -896n * mib })
    expect(await daxctlDevice(guest())).toMatchObject({ mode: 'devdax' })
  })
})
