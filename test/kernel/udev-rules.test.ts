import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { AgentOnGuest } from '@/test/support/agent-on-guest'
import { blocks, daxctlDevice, meminfo } from '@/test/support/guest-memory'
import { describeWithFullGuests, useGuest } from '@/test/support/guests'
import { resetDevice } from '@/test/support/settled'
import { arm } from '@/test/support/trapdoor'

/*
 * Rules that bring new memory online by the means Red Hat's and SUSE's systems use (udev(7)): PROGRAM and RESULT, jumps
 * to a LABEL, a zone that goes through a variable, a line that is continued. Told by a real udev what they do.
 */
const foreign = [
  {
    kind: 'Red Hat’s of one line',
    file: '/etc/udev/rules.d/40-redhat.rules',
    text: `SUBSYSTEM=="memory", ACTION=="add", PROGRAM="/bin/uname -p", RESULT!="s390*", ATTR{state}=="offline", ATTR{state}="online"
`,
    line: 'SUBSYSTEM=="memory", ACTION=="add", PROGRAM="/bin/uname -p",',
    writes: 'online',
  },
  {
    kind: 'Red Hat’s with jumps',
    file: '/etc/udev/rules.d/40-redhat.rules',
    text: `SUBSYSTEM!="memory", GOTO="hotplug_end"
ACTION!="add", GOTO="hotplug_end"
CONST{arch}=="s390*", GOTO="hotplug_end"
ENV{.state}="online"
PROGRAM="/bin/sh -c '/usr/bin/systemd-detect-virt || :'", RESULT=="none", ENV{.state}="online_movable"
ATTR{state}=="offline", ATTR{state}="$env{.state}"
LABEL="hotplug_end"
`,
    line: 'ATTR{state}=="offline", ATTR{state}="$env{.state}"',
    writes: 'online',
  },
  {
    kind: 'SUSE’s',
    file: '/etc/udev/rules.d/80-hotplug-cpu-mem.rules',
    text: `SUBSYSTEM=="cpu", ACTION=="add", TEST=="online", ATTR{online}=="0", ATTR{online}="1"
SUBSYSTEM!="memory", GOTO="blocks_end"
PROGRAM=="/usr/bin/uname -m", RESULT=="s390x", GOTO="blocks_end"
ACTION=="add", TEST=="state", ATTR{state}=="offline", \\
  ATTR{state}="online"
LABEL="blocks_end"
`,
    line: 'ACTION=="add", TEST=="state", ATTR{state}=="offline", ATTR{state}="online"',
    writes: 'online',
  },
] as const

describeWithFullGuests('beside the udev rules of other distributions', () => {
  const guest = useGuest({ name: 'foreign-rules', kind: 'full' })
  let agent: AgentOnGuest
  let jobs = 0
  const sh = (script: string, stdin?: string) =>
    guest().text(['sh', '-c', script], stdin === undefined ? {} : { stdin })
  const lay = async ({ file, text }: (typeof foreign)[number]) => {
    await sh(`cat > ${file}; udevadm control --reload`, text)
  }

  beforeAll(async () => {
    agent = await AgentOnGuest.install(guest())
  })
  afterAll(() => agent?.close())
  afterEach(async () => {
    await sh(`rm -f ${foreign.map(({ file }) => file).join(' ')}; udevadm control --reload`)
    await resetDevice(guest())
  })

  it.each(foreign)('names $kind rule, and warns of it before anything is written', async (rule) => {
    await lay(rule)
    const { autoOnline, hazards } = await agent.inspect()
    const told = autoOnline.udevRules.filter(({ file }) => file === rule.file)
    expect(told).toMatchObject([{ writes: rule.writes, acts: 'yes', actsOnOffline: 'no' }])
    expect(told[0]?.line).toContain(rule.line)
    expect(hazards.find(({ code }) => code === 'udev_rule')?.message).toContain(rule.file)

    const movable = await agent.plan('movable')
    expect(movable.verdict).toBe('refused')
    expect(movable.refusals.map(({ code }) => code)).toEqual(['auto_online_conflict'])
    expect(movable.refusals[0]?.message).toContain(rule.file)
    const policy = await agent.plan('policy')
    expect([policy.verdict, policy.refusals]).toEqual(['convertible', []])
    expect(policy.hazards.find(({ code }) => code === 'udev_rule')?.message).toContain(rule.file)
  })

  it.each(foreign)('tells what the blocks say where $kind rule came first', async (rule) => {
    const before = await meminfo(guest())
    const plan = await agent.plan('movable')
    expect(plan.verdict).toBe('convertible')
    // The rule comes after the preflight; udev hears of the blocks from the kernel, and is done before we write.
    const trap = await arm(guest(), {
      at: { label: 'write write /sys/bus/dax/drivers/kmem/remove_id dax0.0', nth: 1 },
      when: 'before',
      action: async () => {
        await sh('udevadm settle')
      },
    })
    const told = await agent.convert(`foreign-${++jobs}`, plan, () => lay(rule))
    await trap.fired
    await trap.disarm()

    const online = (await blocks(guest())).filter(({ node, state }) => node === 1 && state === 'online')
    expect(online).toHaveLength(7)
    expect([...new Set(online.map(({ zones }) => zones))]).toEqual(['Normal'])
    expect((await meminfo(guest())).MemTotal).toBeGreaterThan(before.MemTotal)
    expect(told.outcome, told.message).toBe('partial')
    const device = (await agent.inspect()).devices.find(({ name }) => name === 'dax0.0')
    expect(device).toMatchObject({ driver: 'kmem', movable: false })
    expect([...new Set(device?.blocks.map(({ zones }) => zones))]).toEqual(['Normal'])
    expect((await daxctlDevice(guest())).movable).toBe(false)
  })
})
