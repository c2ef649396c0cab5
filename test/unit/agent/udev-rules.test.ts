import { describe, expect, it } from 'vitest'
import { BlockEvent, type UdevFacts } from '@/agents/read/udev-rules'

const BARE: UdevFacts = {
  machine: 'x86_64',
  virtualization: 'none',
  vendor: 'Dell Inc.',
  product: 'PowerEdge R760',
}
const HYPER_V: UdevFacts = {
  machine: 'x86_64',
  virtualization: 'hyper-v',
  vendor: 'Microsoft Corporation',
  product: 'Virtual Machine',
}

const judge = (text: string, facts: UdevFacts, action: 'add' | 'offline' = 'add') =>
  new BlockEvent(facts, action).read('x.rules', text).map(({ writes, acts }) => ({ writes, acts }))

/** As Red Hat's systems have it: the zone goes through a variable, other subsystems are jumped over. */
const RHEL = `
SUBSYSTEM!="memory", GOTO="memory_hotplug_end"
ACTION!="add", GOTO="memory_hotplug_end"
CONST{arch}=="s390*", GOTO="memory_hotplug_end"
ENV{.state}="online"
PROGRAM="/bin/sh -c '/usr/bin/systemd-detect-virt || :'", RESULT=="none", ENV{.state}="online_movable"
ATTR{state}=="offline", ATTR{state}="$env{.state}"
LABEL="memory_hotplug_end"
`
/** As SUSE's: one line, and not on mainframes. */
const SUSE = `
SUBSYSTEM=="cpu", ACTION=="add", TEST=="online", ATTR{online}=="0", ATTR{online}="1"
SUBSYSTEM=="memory", ACTION=="add", PROGRAM=="/usr/bin/uname -m", RESULT!="s390x", ATTR{state}=="offline", \\
  ATTR{state}="online"
`
/** As Debian's and Ubuntu's: only under two hypervisors. */
const DEBIAN = `
ATTR{[dmi/id]sys_vendor}=="Microsoft Corporation", ATTR{[dmi/id]product_name}=="Virtual Machine", GOTO="vm_hotadd_apply"
ATTR{[dmi/id]sys_vendor}=="Xen", GOTO="vm_hotadd_apply"
GOTO="vm_hotadd_end"
LABEL="vm_hotadd_apply"
SUBSYSTEM=="memory", ACTION=="add", DEVPATH=="/devices/system/memory/memory[0-9]*", TEST=="state", ATTR{state}!="online", ATTR{state}="online"
SUBSYSTEM=="cpu", ACTION=="add", DEVPATH=="/devices/system/cpu/cpu[0-9]*", TEST=="online", ATTR{online}!="1", ATTR{online}="1"
LABEL="vm_hotadd_end"
`

describe('who else onlines memory, by udev rules', () => {
  it('follows Red Hat’s rules to the zone they choose on this machine', () => {
    expect(judge(RHEL, BARE)).toEqual([{ writes: 'online_movable', acts: 'yes' }])
    expect(judge(RHEL, HYPER_V)).toEqual([{ writes: 'online', acts: 'yes' }])
    expect(judge(RHEL, { ...BARE, machine: 's390x' })).toMatchObject([{ acts: 'no' }])
    expect(judge(RHEL, { ...BARE, virtualization: 'unknown hypervisor' })).toEqual([
      { writes: null, acts: 'yes' },
    ])
  })

  it('reads SUSE’s rule over its continued line, and not the one about processors', () => {
    expect(judge(SUSE, BARE)).toEqual([{ writes: 'online', acts: 'yes' }])
    expect(judge(SUSE, { ...BARE, machine: 's390x' })).toEqual([{ writes: 'online', acts: 'no' }])
  })

  it('knows that Debian’s rule leaves a machine alone that is no guest of those two', () => {
    expect(judge(DEBIAN, BARE)).toEqual([{ writes: 'online', acts: 'no' }])
    expect(judge(DEBIAN, HYPER_V)).toEqual([{ writes: 'online', acts: 'yes' }])
    expect(judge(DEBIAN, { ...BARE, vendor: null })).toEqual([{ writes: 'online', acts: 'maybe' }])
  })

  it('tells which rules would bring a block back that was taken offline', () => {
    for (const rules of [RHEL, SUSE, DEBIAN])
      expect(judge(rules, HYPER_V, 'offline')).toMatchObject([{ acts: 'no' }])
    const always = 'SUBSYSTEM=="memory", ATTR{state}=="offline", ATTR{state}="online_movable"'
    expect(judge(always, BARE, 'offline')).toEqual([{ writes: 'online_movable', acts: 'yes' }])
  })

  it('is unsure behind a condition it cannot judge, and of what a program does', () => {
    const asks = 'SUBSYSTEM=="memory", PROGRAM=="/opt/site/may-online", ATTR{state}="online"'
    expect(judge(asks, BARE)).toEqual([{ writes: 'online', acts: 'maybe' }])
    const runs = 'SUBSYSTEM=="memory", ACTION=="add", RUN+="/opt/site/online-memory %k"'
    expect(judge(runs, BARE)).toEqual([{ writes: null, acts: 'yes' }])
    expect(judge(`# ${runs}\n`, BARE)).toEqual([])
  })
})
