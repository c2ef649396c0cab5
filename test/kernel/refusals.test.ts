import { expect, it } from 'vitest'
import { daxctlDevice, meminfo } from '@/test/support/guest-memory'
import { describeWithGuests, useGuest } from '@/test/support/guests'
import { Operator } from '@/test/support/operator'
import { useProduct } from '@/test/support/product'

const mib = 1024n * 1024n
const oneDevice = [{ sizeMib: 512, namespace: 'devdax' as const }]

describeWithGuests('what changes between plan and go', () => {
  const guest = useGuest({ name: 'changing', nvdimms: oneDevice })
  const operator = new Operator(useProduct())

  it('refuses a device that a process has open, and does the process no harm', async () => {
    const host = await operator.enrol(guest())
    const plan = await operator.plan(host, 'dax0.0')
    expect(plan.verdict).toBe('convertible')
    const holder = (
      await guest().text(['sh', '-c', 'sleep 100000 3<>/dev/dax0.0 >/dev/null 2>&1 & echo $!'])
    ).trim()

    const job = await operator.ended(await operator.start(plan))
    expect(job).toMatchObject({ state: 'refused', causeCode: 'in_use' })
    expect(`${job.message} ${job.next}`).toContain(holder)
    expect((await guest().run(['kill', '-0', holder])).status).toBe(0)
    expect((await daxctlDevice(guest())).mode).toBe('devdax')

    await guest().text(['kill', holder])
  })

  it('refuses when the kernel was started anew since the plan', async () => {
    const host = await operator.enrolled(guest())
    const plan = await operator.plan(host, 'dax0.0')
    await guest().reboot()
    await operator.ready(host.id)
    const job = await operator.ended(await operator.start(plan))
    expect(job).toMatchObject({ state: 'refused', causeCode: 'rebooted' })
    expect((await daxctlDevice(guest())).mode).toBe('devdax')
  })

  it('refuses another namespace under the same name', async () => {
    const host = await operator.probe((await operator.enrolled(guest())).id)
    const plan = await operator.plan(host, 'dax0.0')
    await guest().text(['ndctl', 'create-namespace', '-f', '-m', 'devdax', '-e', 'namespace0.0'])
    const job = await operator.ended(await operator.start(plan))
    expect(job.state).toBe('refused')
    expect(['device_gone', 'identity_changed']).toContain(job.causeCode)
    expect((await daxctlDevice(guest())).mode).toBe('devdax')
  })

  it('calls it already done when daxctl was quicker', async () => {
    const host = await operator.probe((await operator.enrolled(guest())).id)
    const plan = await operator.plan(host, 'dax0.0')
    expect(plan.verdict).toBe('convertible')
    await guest().text(['daxctl', 'reconfigure-device', '-m', 'system-ram', 'dax0.0'], { timeoutMs: 120_000 })
    const job = await operator.ended(await operator.start(plan))
    expect(job).toMatchObject({ state: 'already', onlineBytesAfter: 384n * mib })
    expect(job.onlineBytesBefore).toBe(job.onlineBytesAfter)
  })

  it('refuses a host that shows another key, and names both fingerprints', async () => {
    const host = await operator.enrolled(guest())
    const known = guest().record.hostKey.fingerprint
    await guest().replaceHostKey()
    // A connection that stands was verified when it was made; the next one meets the new key.
    await guest().reboot()
    const shown = guest().record.hostKey.fingerprint
    const changed = await operator.probe(host.id)
    expect(changed.state).toBe('key_changed')
    expect(changed.stateMessage).toContain(known)
    expect(changed.stateMessage).toContain(shown)
    await expect(operator.plan(changed, 'dax0.0')).rejects.toThrow(/key/i)
  })
})

describeWithGuests('an account without root’s rights', () => {
  const guest = useGuest({ name: 'ordinary', nvdimms: oneDevice })
  const operator = new Operator(useProduct())

  it('is refused, with what to add to sudoers', async () => {
    const host = await operator.enrol(guest(), 'ops')
    expect(host.state).toBe('sudo_refused')
    expect(host.stateNext).toMatch(/sudo/)
    expect((await daxctlDevice(guest())).mode).toBe('devdax')
  })
})

describeWithGuests('a kernel without kmem', () => {
  const guest = useGuest({ name: 'without-kmem', nvdimms: oneDevice, withoutKmem: true })
  const operator = new Operator(useProduct())

  it('is told before anything is touched', async () => {
    const plan = await operator.plan(await operator.enrol(guest()), 'dax0.0')
    expect(plan.verdict).toBe('refused')
    expect(plan.refusals.map((refusal) => refusal.code)).toContain('kmem_missing')
    expect((await daxctlDevice(guest())).mode).toBe('devdax')
  })
})

describeWithGuests('another device left without a driver', () => {
  const guest = useGuest({ name: 'sibling', nvdimms: [...oneDevice, ...oneDevice] })
  const operator = new Operator(useProduct())

  it('stops a conversion that would sweep it in', async () => {
    await guest().text(['sh', '-c', 'echo dax1.0 > /sys/bus/dax/drivers/device_dax/unbind'])
    const plan = await operator.plan(await operator.enrol(guest()), 'dax0.0')
    expect(plan.verdict).toBe('refused')
    const [refusal] = plan.refusals.filter(({ code }) => code === 'sibling_unbound')
    expect(refusal?.message).toContain('dax1.0')
    expect((await daxctlDevice(guest(), 'dax0.0')).mode).toBe('devdax')
  })
})

describeWithGuests('a kernel that onlines memory by itself', () => {
  const guest = useGuest({
    name: 'auto-online',
    nvdimms: oneDevice,
    kernelArgs: ['memhp_default_state=online'],
  })
  const operator = new Operator(useProduct())

  it('is refused for movable, and converted by host policy with the zone told as read', async () => {
    const host = await operator.enrol(guest())
    expect(host.autoOnlinePolicy).toBe('online')
    const refused = await operator.plan(host, 'dax0.0', 'movable')
    expect(refused.verdict).toBe('refused')
    expect(refused.refusals.map((refusal) => refusal.code)).toContain('auto_online_conflict')

    const before = await meminfo(guest())
    const job = await operator.convert(host, 'dax0.0', 'policy')
    expect(job.state, `${job.message} ${job.next}`).toBe('converted')
    expect((await meminfo(guest())).MemTotal - before.MemTotal).toBe(384n * mib)
    const { movable } = await daxctlDevice(guest())
    expect(job.zoneRead).toBe(movable ? 'Movable' : 'Normal')
  })
})
