import { expect, it } from 'vitest'
import { daxctlDevice, daxctlList, iomem, meminfo } from '@/test/support/guest-memory'
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

  it('is system RAM as before where destroying its namespace is refused, as daxctl has it', async () => {
    const converted = await operator.convert(
      await operator.probe((await operator.enrolled(guest())).id),
      'dax0.0',
    )
    expect(converted.state, `${converted.message} ${converted.next}`).toBe('converted')
    const before = await operator.probe((await operator.enrolled(guest())).id)
    const destroyed = await guest().run(['ndctl', 'destroy-namespace', '-f', await namespaceName()])
    expect(destroyed.stderr).toContain('Device or resource busy')
    const listed = await daxctlDevice(guest())
    const after = await operator.probe(before.id)
    expect(listed).toMatchObject({
      chardev: 'dax0.0',
      mode: 'system-ram',
      online_memblocks: 7,
      movable: true,
    })
    expect(after.devices).toMatchObject([
      { daxName: 'dax0.0', identity: before.devices[0]?.identity, mode: listed.mode, state: 'system_ram' },
    ])
    expect(after.devices[0]).toMatchObject({ sizeBytes: BigInt(listed.size), onlineBytes: 896n * mib })
    expect(after.hazards.map(({ code }) => code)).not.toContain('memory_without_device')
  })

  it('is gone where it was forced away, and its memory, which no tool lists any more, is told', async () => {
    const before = await operator.enrolled(guest())
    const name = await namespaceName()
    const { MemTotal } = await meminfo(guest())
    await guest().text(['sh', '-c', 'echo dax0.0 > /sys/bus/nd/drivers/dax_pmem/unbind'])
    await guest().text(['ndctl', 'destroy-namespace', '-f', name])
    expect(await daxctlList(guest())).toEqual([])
    expect((await meminfo(guest())).MemTotal).toBe(MemTotal)
    expect((await iomem(guest(), 'System RAM (kmem)')).map(({ sizeBytes }) => sizeBytes)).toEqual([
      896n * mib,
    ])
    const gone = await operator.probe(before.id)
    expect(gone.devices).toMatchObject([{ identity: before.devices[0]?.identity, state: 'gone' }])
    expect(gone.hazards).toContainEqual({
      code: 'memory_without_device',
      message: expect.stringContaining('896 MiB of system RAM'),
    })
    // A new namespace in its place is another device, on no driver; daxctl calls it disabled.
    await guest().text(['ndctl', 'create-namespace', '-f', '-m', 'devdax'])
    const listed = await daxctlDevice(guest())
    expect(listed).toMatchObject({ chardev: 'dax0.0', mode: 'devdax', state: 'disabled' })
    const made = (await operator.probe(before.id)).devices.find(({ state }) => state !== 'gone')
    expect(made).toMatchObject({ daxName: 'dax0.0', state: 'stranded', sizeBytes: BigInt(listed.size) })
    expect(made?.identity).not.toBe(before.devices[0]?.identity)
    const plan = await operator.plan(await operator.enrolled(guest()), 'dax0.0')
    expect(plan).toMatchObject({ verdict: 'refused', refusals: [{ code: 'stranded' }] })
  })

  async function namespaceName(): Promise<string> {
    const listed: unknown = JSON.parse(await guest().text(['ndctl', 'list', '-N']))
    const all = (Array.isArray(listed) ? listed : [listed]) as { dev: string; mode: string }[]
    return all.find(({ mode }) => mode === 'devdax')?.dev ?? ''
  }
})
