import { createHash } from 'node:crypto'
import { expect, it, vi } from 'vitest'
import { connectGuest, runOverSsh } from '@/scripts/lab/ssh'
import { AgentOnGuest } from '@/test/support/agent-on-guest'
import { daxctlDevice, meminfo } from '@/test/support/guest-memory'
import { describeWithFullGuests, type Guest, useGuest } from '@/test/support/guests'
import { allowAgents, opsRule } from '@/test/support/least-privilege'
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
  const guest = useGuest({ name: 'full-a', kind: 'full' })
  const bootAgent = () => AgentOnGuest.install(guest())

  it('runs systemd as a server does, with every unit up', async () => {
    expect((await guest().text(['cat', '/proc/1/comm'])).trim()).toBe('systemd')
    expect(await guest().text(['systemctl', 'is-system-running', '--wait'])).toBe('running\n')
  })

  it('has its devdax device, found and bound by udev', async () => {
    expect(await daxctlDevice(guest())).toMatchObject({ chardev: 'dax0.0', mode: 'devdax', target_node: 1 })
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
    const trap = await arm(guest(), {
      at: { label: 'write write /sys/bus/dax/drivers/device_dax/unbind dax0.0', nth: 1 },
      when: 'after',
      action: { signal: 'kill', whom: ['parent', 'session'] },
    })
    const asked = agent.convert('unit-1', await agent.plan()).catch((error: unknown) => error)
    await trap.fired
    expect(await asked).toBeInstanceOf(Error)
    agent.close()
    await vi.waitFor(
      async () => {
        expect(await daxctlDevice(guest())).toMatchObject({ mode: 'system-ram', online_memblocks: 7 })
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

  it(
    'is the same host after a reboot, and what was to come back is memory again by itself',
    async () => {
      const { hostKey } = guest().record
      await guest().text(['sh', '-c', 'echo kept > /var/lib/note; echo kept > /etc/note; sync'])
      const agent = await bootAgent()
      expect(['converted', 'already']).toContain((await agent.convert('keep-0', await agent.plan())).outcome)
      const deviceId = (await agent.inspect()).devices[0]?.identity.id ?? ''
      const totalBefore = (await meminfo(guest())).MemTotal
      const kept = await agent.persist('keep-1', await agent.persistPlan('persist', deviceId))
      expect(kept.outcome, kept.message).toBe('persisted')
      expect((await agent.restorePlan()).refusals.map(({ code }) => code)).toContain('persisted')
      agent.close()
      await guest().reboot()
      await expectSame(hostKey)
      await expectBack(deviceId, totalBefore)
    },
    EIGHT_MINUTES,
  )

  it(
    'is the same host after its plug was pulled, and what was turned off stays away',
    async () => {
      const { hostKey } = guest().record
      await guest().kill()
      await guest().powerOn()
      await expectSame(hostKey)
      await expectLeft()
    },
    EIGHT_MINUTES,
  )

  /** Its device came back by itself, told by systemd, daxctl, /proc and the agent alike; from here on it does not. */
  async function expectBack(deviceId: string, totalBefore: bigint): Promise<void> {
    await guest().text(['systemctl', 'is-system-running', '--wait'])
    expect(await guest().text(['journalctl', '-q', '-b', '-u', 'daxfleet-boot', '-o', 'cat'])).toContain(
      `converted: ${deviceId}`,
    )
    expect(await daxctlDevice(guest())).toMatchObject({
      mode: 'system-ram',
      online_memblocks: 7,
      movable: true,
    })
    expect((await meminfo(guest())).MemTotal).toBe(totalBefore)
    const agent = await bootAgent()
    const { persistence, host } = await agent.inspect()
    expect(persistence).toMatchObject({
      fault: null,
      daxctl: [],
      devices: [{ deviceId, zone: 'movable', fault: null }],
    })
    expect(persistence?.lastBoot).toMatchObject({
      bootId: host.bootId,
      isOver: true,
      results: [{ deviceId, outcome: 'converted' }],
    })
    // The unit once more, as an operator would start it: there is nothing left to do.
    await guest().text(['systemctl', 'restart', 'daxfleet-boot'])
    expect((await agent.inspect()).persistence?.lastBoot?.results[0]?.outcome).toBe('already')
    expect(await agent.persist('keep-2', await agent.persistPlan('unpersist', deviceId))).toMatchObject({
      outcome: 'unpersisted',
    })
    agent.close()
  }

  /** What is turned off does not come back; and another device in the place of one that was to come back is left alone. */
  async function expectLeft(): Promise<void> {
    expect(await daxctlDevice(guest())).toMatchObject({ mode: 'devdax' })
    expect((await guest().run(['ls', '/etc/systemd/system/daxfleet-boot.service'])).status).not.toBe(0)
    const agent = await bootAgent()
    expect(await agent.convert('again-1', await agent.plan())).toMatchObject({ outcome: 'converted' })
    const deviceId = (await agent.inspect()).devices[0]?.identity.id ?? ''
    await agent.persist('keep-3', await agent.persistPlan('persist', deviceId))
    // By hand, for the product refuses it while it is to come back.
    const byHand =
      'daxctl reconfigure-device -f -m devdax dax0.0 && ndctl destroy-namespace -f all && ndctl create-namespace -f -m devdax'
    await guest().text(['sh', '-c', byHand])
    expect((await guest().run(['systemctl', 'start', 'daxfleet-boot'])).status).not.toBe(0)
    expect(await daxctlDevice(guest())).toMatchObject({ mode: 'devdax' })
    const [result] = (await agent.inspect()).persistence?.lastBoot?.results ?? []
    expect(result).toMatchObject({ deviceId, outcome: 'refused', jobId: null })
    expect(result?.message).toContain('No dax device of this host has the identity')
    // What is gone can be struck off all the same.
    expect(await agent.persist('keep-4', await agent.persistPlan('unpersist', deviceId))).toMatchObject({
      outcome: 'unpersisted',
    })
    agent.close()
  }

  it('answers with a new host key once it has one', async () => {
    const before = guest().ssh
    await guest().replaceHostKey()
    expect(await guest().text(['echo', 'here'])).toBe('here\n')
    await expect(connectGuest(before, 60_000)).rejects.toThrow()
  })
})
