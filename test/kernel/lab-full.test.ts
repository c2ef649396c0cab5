import { createHash } from 'node:crypto'
import { expect, it, vi } from 'vitest'
import { connectGuest, runOverSsh } from '@/scripts/lab/ssh'
import { AgentOnGuest } from '@/test/support/agent-on-guest'
import { blockSize, daxctlDevice, daxctlList } from '@/test/support/guest-memory'
import { describeWithFullGuests, type Guest, useGuest } from '@/test/support/guests'
import { allowAgents, opsRule } from '@/test/support/least-privilege'
import { Operator } from '@/test/support/operator'
import { useProduct } from '@/test/support/product'
import { arm } from '@/test/support/trapdoor'

/** Starts something that ought to outlive its session, and leaves; returns its process id. */
async function leaveBehind(guest: Guest, user: 'ops' | 'root'): Promise<string> {
  const client = await connectGuest(guest.sshAs(user), 60_000)
  const script = 'nohup setsid sleep 1000 >/dev/null 2>&1 & echo $!'
  const { stdout } = await runOverSsh(client, ['sh', '-c', script])
  const pid = stdout.trim()
  await guest.text(['test', '-d', `/proc/${pid}`])
  client.end()
  return pid
}

/** A start of this guest takes two minutes where a busy machine emulates its processor. */
const EIGHT_MINUTES = 480_000

const isGone = async (guest: Guest, pid: string) =>
  (await guest.run(['test', '-d', `/proc/${pid}`])).status !== 0

describeWithFullGuests('a full guest', () => {
  const guest = useGuest({
    name: 'full-a',
    kind: 'full',
    nvdimms: [
      { sizeMib: 1024, namespace: 'devdax' },
      { sizeMib: 512, namespace: 'devdax' },
    ],
  })
  const product = useProduct()
  const operator = new Operator(product)
  /** Names follow no order: which is which tells the size. */
  const nameOf = async (which: 'large' | 'small') => {
    const listed = (await daxctlList(guest())).toSorted((a, b) => a.size - b.size)
    return (which === 'large' ? listed.at(-1) : listed[0])?.chardev ?? ''
  }

  it('runs systemd as a server does, with every unit up', async () => {
    expect((await guest().text(['cat', '/proc/1/comm'])).trim()).toBe('systemd')
    expect(await guest().text(['systemctl', 'is-system-running', '--wait'])).toBe('running\n')
  })

  it('has its devdax devices, found and bound by udev', async () => {
    const [large, small] = [await nameOf('large'), await nameOf('small')]
    const found = [await daxctlDevice(guest(), large), await daxctlDevice(guest(), small)]
    expect(found.map(({ mode }) => mode)).toEqual(['devdax', 'devdax'])
    expect(new Set(found.map(({ target_node }) => target_node))).toEqual(new Set([1, 2]))
  })

  it('lets the ordinary account run the program whose digest its sudoers names, and nothing else', async () => {
    const program = '#!/bin/sh\nid -u\n'
    const place = 'mkdir -p ~/.daxfleet && chmod 700 ~/.daxfleet && cat > "$1" && chmod 700 "$1"'
    const put = (text: string) =>
      guest().text(['sh', '-c', place, 'sh', opsRule.path], { user: 'ops', stdin: text })
    const sudo = (...argv: string[]) => guest().run(['sudo', '-n', '--', ...argv], { user: 'ops' })
    await put(program)
    expect((await sudo(opsRule.path)).status).not.toBe(0)
    const sha256 = createHash('sha256').update(program).digest('hex')
    await allowAgents(guest(), [{ sha256, note: 'a program' }])
    expect(await sudo(opsRule.path)).toMatchObject({ status: 0, stdout: '0\n' })
    expect((await sudo(opsRule.path, 'act')).status).not.toBe(0)
    expect((await sudo('/usr/bin/id')).status).not.toBe(0)
    await put(`${program}# another\n`)
    expect((await sudo(opsRule.path)).status).not.toBe(0)
  })

  it('ends what a session of the ordinary account leaves running, as KillUserProcesses=yes says', async () => {
    const pid = await leaveBehind(guest(), 'ops')
    await vi.waitFor(async () => expect(await isGone(guest(), pid)).toBe(true), { timeout: 120_000 })
  })

  it('leaves root’s processes alone, which the setting excludes', async () => {
    const pid = await leaveBehind(guest(), 'root')
    expect(await isGone(guest(), pid)).toBe(false)
    await guest().text(['kill', pid])
  })

  it('shows the trapdoor the unit that acts, which goes on when its session is killed', async () => {
    const agent = await AgentOnGuest.install(guest())
    const large = await nameOf('large')
    const trap = await arm(guest(), {
      at: { label: `write write /sys/bus/dax/drivers/device_dax/unbind ${large}`, nth: 1 },
      when: 'after',
      action: { signal: 'kill', whom: ['parent', 'session'] },
    })
    const asked = agent.convert('unit-1', await agent.plan('movable', large)).catch((error: unknown) => error)
    await trap.fired
    expect(await asked).toBeInstanceOf(Error)
    agent.close()
    await vi.waitFor(
      async () => {
        expect(await daxctlDevice(guest(), large)).toMatchObject({
          mode: 'system-ram',
          online_memblocks: 7,
        })
      },
      { timeout: 120_000 },
    )
    await trap.disarm()
  })

  async function expectSame({ fingerprint }: { fingerprint: string }): Promise<void> {
    expect((await guest().text(['cat', '/etc/machine-id'])).trim()).toBe(guest().record.machineId)
    expect(await guest().text(['cat', '/var/lib/note', '/etc/note'])).toBe('kept\nkept\n')
    expect(guest().record.hostKey.fingerprint).toBe(fingerprint)
  }

  /** What its page says of a device, once daxctl has said the same. */
  async function expectPageOf(hostId: string, which: 'large' | 'small', bootBefore: string | null) {
    const name = await nameOf(which)
    const listed = await daxctlDevice(guest(), name)
    const page = await operator.ready(hostId)
    expect(page.bootId).not.toBe(bootBefore)
    const device = page.devices.find(({ daxName, state }) => daxName === name && state !== 'gone')
    if (device === undefined) throw new Error(`The page shows no ${name}.`)
    expect(device.sizeBytes).toBe(BigInt(listed.size))
    expect(device.mode).toBe(listed.mode)
    expect(device.movable ?? undefined).toBe(listed.movable)
    expect(device.onlineBytes).toBe(BigInt(listed.online_memblocks ?? 0) * (await blockSize(guest())))
    return { page, device }
  }

  it(
    'is the same host after a reboot, and what was to come back is memory again by itself, as its page says',
    async () => {
      const { caller } = product()
      const { hostKey } = guest().record
      await guest().text(['sh', '-c', 'echo kept > /var/lib/note; echo kept > /etc/note; sync'])
      // Whoever was here before acted for nobody's installation.
      await guest().text(['rm', '-rf', '/var/lib/daxfleet'])
      const host = await operator.enrol(guest())
      const [large, small] = [await nameOf('large'), await nameOf('small')]
      const job = await operator.convert(host, small)
      expect(job.state, `${job.message} ${job.next}`).toBe('converted')
      for (const name of [large, small]) {
        const kept = await operator.keep(await operator.ready(host.id), name, 'persist')
        expect(kept.state, `${kept.message} ${kept.next}`).toBe('persisted')
      }
      const before = await operator.ready(host.id)
      expect(before.devices.map(({ comesBack }) => comesBack)).toMatchObject([
        { by: 'daxfleet', zone: 'movable', fault: null, isOtherProgram: false, lastStart: null },
        { by: 'daxfleet', zone: 'movable', fault: null, isOtherProgram: false, lastStart: null },
      ])
      const jobsBefore = (await caller.jobs.list({ hostId: host.id })).jobs.length
      await guest().reboot()
      await expectSame(hostKey)
      await guest().text(['systemctl', 'is-system-running', '--wait'])
      for (const which of ['large', 'small'] as const) {
        const { page, device } = await expectPageOf(host.id, which, before.bootId)
        expect(device, which).toMatchObject({
          mode: 'system-ram',
          state: 'system_ram',
          movable: true,
          onlineBytes: before.devices.find(({ id }) => id === device.id)?.onlineBytes,
          comesBack: { by: 'daxfleet', isOtherProgram: false, lastStart: { outcome: 'converted' } },
        })
        expect(page.memTotalBytes).toBe(before.memTotalBytes)
      }
      expect((await caller.jobs.list({ hostId: host.id })).jobs).toHaveLength(jobsBefore)
      const told = await guest().text(['journalctl', '-q', '-b', '-u', 'daxfleet-boot', '-o', 'cat'])
      expect(told.match(/^converted: /gm)).toHaveLength(2)
      // The unit once more, as an operator would start it: there is nothing left to do.
      await guest().text(['systemctl', 'restart', 'daxfleet-boot'])
      const { page } = await expectPageOf(host.id, 'large', before.bootId)
      expect(page.devices.map(({ comesBack }) => comesBack?.lastStart?.outcome)).toEqual([
        'already',
        'already',
      ])
    },
    EIGHT_MINUTES,
  )

  it(
    'is the same host after its plug was pulled: what was turned off stays away, and another device under the name of one that was to come back is left alone',
    async () => {
      const { hostKey } = guest().record
      const host = await operator.enrolled(guest())
      const [large, small] = [await nameOf('large'), await nameOf('small')]
      const turnedOff = await operator.keep(await operator.ready(host.id), large, 'unpersist')
      expect(turnedOff.state, `${turnedOff.message} ${turnedOff.next}`).toBe('unpersisted')
      const was = host.devices.find(({ daxName, state }) => daxName === small && state !== 'gone')
      const replaced = await replace(small)
      expect(replaced).toBe(small)
      await guest().kill()
      await guest().powerOn()
      await expectSame(hostKey)
      await guest().run(['systemctl', 'is-system-running', '--wait'])
      for (const which of ['large', 'small'] as const) {
        const { page, device } = await expectPageOf(host.id, which, host.bootId)
        expect(device, which).toMatchObject({
          mode: 'devdax',
          state: 'convertible',
          onlineBytes: 0n,
          comesBack: { by: null },
        })
        expect(page.lostFiles).toMatchObject([{ why: `No device of this host is ${was?.identity}.` }])
      }
      expect(await nameOf('small')).toBe(small)
      const told = await guest().text(['journalctl', '-q', '-b', '-u', 'daxfleet-boot', '-o', 'cat'])
      expect(told).toContain(`refused: ${was?.identity}`)
      // What is gone can be struck off all the same, and with the last of them the unit goes.
      const { caller } = product()
      const asked = await caller.plans.request({ deviceId: was?.id ?? '', kind: 'unpersist' })
      if (asked.type !== 'requested') throw new Error(`${asked.message} ${asked.next}`)
      const struckOff = await operator.ended(await operator.start(await operator.answered(asked.planId)))
      expect(struckOff.state, `${struckOff.message} ${struckOff.next}`).toBe('unpersisted')
      expect((await guest().run(['ls', '/etc/systemd/system/daxfleet-boot.service'])).status).not.toBe(0)
      expect((await operator.ready(host.id)).lostFiles).toEqual([])
    },
    EIGHT_MINUTES,
  )

  /** By hand, for the product gives nothing back that is to come back: a new namespace in the place; its device's name. */
  async function replace(name: string): Promise<string> {
    const path = (await guest().text(['readlink', '-f', `/sys/bus/dax/devices/${name}`])).trim()
    const region = /\/region(\d+)\//.exec(path)?.[1] ?? ''
    const script = `daxctl reconfigure-device -f -m devdax "$1" >&2 && ndctl destroy-namespace -f -r "region$2" all >&2 &&
      ndctl create-namespace -f -m devdax -r "region$2" >&2 && readlink -f /sys/bus/dax/devices/* | grep "/region$2/"`
    const made = await guest().text(['sh', '-c', script, 'sh', name, region])
    return made.trim().split('/').at(-1) ?? ''
  }

  it('answers with a new host key once it has one', async () => {
    const before = guest().ssh
    await guest().replaceHostKey()
    expect(await guest().text(['echo', 'here'])).toBe('here\n')
    await expect(connectGuest(before, 60_000)).rejects.toThrow()
  })
})
