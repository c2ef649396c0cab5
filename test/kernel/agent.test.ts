import { afterAll, beforeAll, expect, it } from 'vitest'
import { AgentOnGuest, outcomeOf } from '../support/agent-on-guest'
import { blocks, daxctlDevice, daxctlList, iomem, meminfo } from '../support/guest-memory'
import { describeWithGuests, type Guest, type GuestSpec, useGuest } from '../support/guests'

const MIB = 1024n * 1024n

/** A guest with the agent on it, for one `describe`. */
function useAgent(spec: GuestSpec): { guest: () => Guest; agent: () => AgentOnGuest } {
  const guest = useGuest(spec)
  let agent: AgentOnGuest | undefined
  beforeAll(async () => {
    agent = await AgentOnGuest.install(guest())
  })
  afterAll(() => agent?.close())
  return {
    guest,
    agent: () => {
      if (agent === undefined) throw new Error('The agent is not installed yet.')
      return agent
    },
  }
}

/** The agent's devices with the keys and words of `daxctl list -DMi`. */
async function asDaxctl(agent: AgentOnGuest) {
  const { devices } = await agent.inspect()
  const rows = devices.map((device) => {
    const sum = (state: string | null) =>
      device.blocks
        .filter((run) => state === null || run.state === state)
        .reduce((count, run) => count + run.last - run.first + 1, 0)
    const isRam = device.mode === 'system-ram'
    return {
      chardev: device.name,
      size: Number(device.sizeBytes),
      target_node: device.targetNode,
      align: Number(device.alignBytes),
      mode: device.mode,
      ...(isRam
        ? { online_memblocks: sum('online'), total_memblocks: sum(null), movable: device.movable }
        : {}),
      ranges: device.ranges.map(({ start, end }) => [Number(start), Number(end)]),
    }
  })
  return rows.sort(byName)
}

/** daxctl lists by region, whose numbers do not follow the devices'. */
const byName = (a: { chardev: string }, b: { chardev: string }) => (a.chardev < b.chardev ? -1 : 1)

async function fromDaxctl(guest: Guest) {
  const rows = (await daxctlList(guest)).map(({ mappings = [], state: _state, ...rest }) => ({
    ...rest,
    ranges: mappings.map(({ start, end }) => [start, end]),
  }))
  return rows.sort(byName)
}

async function bindToDeviceDax(guest: Guest, name: string): Promise<void> {
  await guest.text(['sh', '-c', `echo ${name} > /sys/bus/dax/drivers/device_dax/bind`])
}

describeWithGuests('the agent on a guest with 1 GiB of persistent memory', () => {
  const { guest, agent } = useAgent({ name: 'agent-one' })

  it('says what daxctl says', async () => {
    expect(await asDaxctl(agent())).toEqual(await fromDaxctl(guest()))
  })

  it('tells the health of its NVDIMM as far as an emulated one has any, each fact with its source', async () => {
    const [device] = (await agent().inspect()).devices
    const nmem0 = '/sys/bus/nd/devices/nmem0'
    expect(device?.health).toEqual([
      expect.objectContaining({ fact: 'bad_blocks', of: 'region0', value: 0 }),
      { fact: 'firmware_flags', of: 'nmem0', value: 0, detail: '', source: `${nmem0}/nfit/flags` },
      {
        fact: 'unreadable',
        of: 'nmem0',
        value: 1,
        detail: 'ndctl tells nothing of it',
        source: '/usr/bin/ndctl list -DH',
      },
    ])
    expect(JSON.parse(await guest().text(['ndctl', 'list', '-DH']))[0]).not.toHaveProperty('health')
  })

  it('reads the world-readable part without root, and says what is missing', async () => {
    await guest().text(['sh', '-c', 'cp /root/daxfleet-agent /tmp/agent && chmod 755 /tmp/agent'])
    const request = '{"protocol":1,"verb":"inspect","params":{}}\n'
    const said = await guest().text(['/tmp/agent'], { user: 'ops', stdin: request })
    const { inspection } = JSON.parse(said.trim().split('\n').at(-1) ?? '')
    expect(inspection).toMatchObject({ privileged: false, blockSizeBytes: String(128n * MIB) })
    expect(inspection.devices[0]).toMatchObject({
      name: 'dax0.0',
      ranges: [],
      refusals: [{ code: 'not_root' }],
    })
  })

  it('writes nothing when the channel is cut before go', async () => {
    const outcome = await agent().convert('cut', await agent().plan(), 'cut')
    expect(outcome.outcome).toBe('cancelled')
    expect((await daxctlDevice(guest())).mode).toBe('devdax')
  })

  it('refuses a device that a process has open, which goes on unharmed', async () => {
    const pid = (
      await guest().text(['sh', '-c', 'sleep 1000 < /dev/dax0.0 > /dev/null 2>&1 & echo $!'])
    ).trim()
    const plan = await agent().plan()
    expect(plan.refusals.map(({ code, message }) => [code, message.includes(`pid ${pid}`)])).toEqual([
      ['in_use', true],
    ])
    expect((await guest().run(['kill', '-0', pid])).status).toBe(0)
    await guest().text(['kill', pid])
  })

  it('does not pull the device from a process that opened it after ready', async () => {
    let pid = ''
    const outcome = await agent().convert('opened-late', await agent().plan(), async () => {
      pid = (await guest().text(['sh', '-c', 'sleep 1000 < /dev/dax0.0 > /dev/null 2>&1 & echo $!'])).trim()
    })
    expect(outcome).toMatchObject({
      outcome: 'failed',
      refusals: [{ code: 'in_use' }],
      readBack: { driver: 'device_dax' },
    })
    expect((await guest().run(['kill', '-0', pid])).status).toBe(0)
    await guest().text(['kill', pid])
  })

  it('refuses when the policy changed since the plan', async () => {
    const plan = await agent().plan()
    const policy = '/sys/devices/system/memory/auto_online_blocks'
    await guest().text(['sh', '-c', `echo online_movable > ${policy}`])
    expect(await agent().convert('changed', plan)).toMatchObject({
      outcome: 'refused',
      refusals: [{ code: 'plan_changed' }],
    })
    await guest().text(['sh', '-c', `echo online > ${policy}`])
    expect((await agent().plan()).refusals.map(({ code }) => code)).toEqual(['auto_online_conflict'])
    await guest().text(['sh', '-c', `echo offline > ${policy}`])
  })

  it('turns it into 896 MiB of RAM, to the byte as predicted', async () => {
    const before = await meminfo(guest())
    const plan = await agent().plan()
    const outcome = await agent().convert('real', plan)
    expect(outcome).toMatchObject({ outcome: 'converted', readBack: { driver: 'kmem' } })
    const gained = (await meminfo(guest())).MemTotal - before.MemTotal
    expect(gained).toBe(896n * MIB)
    expect(plan.item?.prediction.usableBytes).toBe(String(gained))
    expect(await daxctlDevice(guest())).toMatchObject({
      mode: 'system-ram',
      online_memblocks: 7,
      movable: true,
    })
    const ram = (await iomem(guest(), 'System RAM (kmem)')).reduce((sum, range) => sum + range.sizeBytes, 0n)
    expect(ram).toBe(gained)
    const fresh = (await blocks(guest())).filter(({ node }) => node === 1)
    expect(fresh.map(({ state, zones }) => `${state} ${zones}`)).toEqual(Array(7).fill('online Movable'))
    expect(await asDaxctl(agent())).toEqual(await fromDaxctl(guest()))
  })

  it('repeats nothing for the same job, and says already for a new one', async () => {
    const plan = await agent().plan()
    expect(plan.verdict).toBe('already')
    expect((await agent().convert('real', plan)).outcome).toBe('converted')
    expect((await agent().convert('again', plan)).outcome).toBe('already')
  })

  it('gives the journal to whoever attaches later', async () => {
    const replies = await agent().ask({ protocol: 1, verb: 'attach', params: { jobId: 'real', fromLine: 1 } })
    expect(outcomeOf(replies).outcome).toBe('converted')
    expect(replies.at(-1)).toEqual({ type: 'end', state: 'finished' })
  })

  it("left no id in kmem's list", async () => {
    // With its blocks offline the device may leave kmem; with the id still listed, any write to new_id would take it back.
    await guest().text([
      'sh',
      '-c',
      'for b in /sys/devices/system/node/node1/memory[0-9]*; do echo offline > $b/state || exit 1; done; echo dax0.0 > /sys/bus/dax/drivers/kmem/unbind; echo dax9.9 > /sys/bus/dax/drivers/kmem/new_id; echo dax9.9 > /sys/bus/dax/drivers/kmem/remove_id',
    ])
    const driver = await guest().run(['readlink', '/sys/bus/dax/devices/dax0.0/driver'])
    expect(driver.stdout).toBe('')
    expect((await agent().plan()).refusals.map(({ code }) => code)).toContain('bound_elsewhere')
    await bindToDeviceDax(guest(), 'dax0.0')
  })

  it('leaves onlining to a kernel that does it, and tells the zone as read', async () => {
    await guest().text(['sh', '-c', 'echo online > /sys/devices/system/memory/auto_online_blocks'])
    const plan = await agent().plan('policy')
    expect(plan.item?.writes.map(({ step }) => step)).not.toContain('online')
    const outcome = await agent().convert('policy', plan)
    expect(outcome).toMatchObject({ outcome: 'converted' })
    const zones = (await blocks(guest())).filter(({ node }) => node === 1).map((block) => block.zones)
    expect(outcome.readBack?.blocks.map((run) => run.zones)).toEqual([...new Set(zones)])
  })

  it('refuses a plan from before a restart, after which the device is as before', async () => {
    const plan = await agent().plan()
    await guest().reboot()
    const again = await AgentOnGuest.install(guest())
    try {
      const outcome = await again.convert('rebooted', plan)
      expect(outcome).toMatchObject({ outcome: 'refused', refusals: [{ code: 'rebooted' }] })
      expect((await again.inspect()).devices[0]?.driver).toBe('device_dax')
    } finally {
      again.close()
    }
  })
})

describeWithGuests('the agent on a guest with several namespaces', () => {
  const { guest, agent } = useAgent({
    name: 'agent-several',
    nvdimms: [
      { sizeMib: 512, namespace: 'devdax' },
      { sizeMib: 512, namespace: 'devdax' },
      { sizeMib: 512, namespace: 'raw' },
    ],
  })

  it('shows the raw namespace as no candidate, and why', async () => {
    const { namespaces, devices } = await agent().inspect()
    expect(devices).toHaveLength(2)
    expect(namespaces).toMatchObject([{ mode: 'raw', reason: expect.stringContaining('raw mode') }])
  })

  it('refuses while the other device has no driver', async () => {
    const [first, second] = (await agent().inspect()).devices
    await guest().text(['sh', '-c', `echo ${second?.name} > /sys/bus/dax/drivers/device_dax/unbind`])
    const plan = await agent().plan('movable', first?.name)
    expect(plan.refusals.map(({ code }) => code)).toEqual(['sibling_unbound'])
    await bindToDeviceDax(guest(), second?.name ?? '')
  })

  it('converts both, one after the other, with plans made before either', async () => {
    const before = await meminfo(guest())
    const names = (await agent().inspect()).devices.map(({ name }) => name)
    const plans = []
    for (const name of names) plans.push(await agent().plan('movable', name))
    for (const [index, plan] of plans.entries()) {
      expect(await agent().convert(`both-${index}`, plan)).toMatchObject({ outcome: 'converted' })
    }
    expect((await meminfo(guest())).MemTotal - before.MemTotal).toBe(2n * 384n * MIB)
    expect(await asDaxctl(agent())).toEqual(await fromDaxctl(guest()))
    expect((await agent().inspect()).namespaces).toMatchObject([{ mode: 'raw' }])
  })

  it('calls memory that lost its driver while online stranded, and lets it be', async () => {
    await guest().text(['sh', '-c', 'echo dax0.0 > /sys/bus/dax/drivers/kmem/unbind'])
    const [device] = (await agent().inspect()).devices
    expect(device).toMatchObject({ name: 'dax0.0', driver: null, stranded: true })
    expect((await agent().plan()).refusals.map(({ code }) => code)).toContain('stranded')
  })
})
