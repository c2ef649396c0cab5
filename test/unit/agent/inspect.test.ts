import { describe, expect, it } from 'vitest'
import { BOOT_ID, DAX0, World } from './world'

const MEMORY = '/sys/devices/system/memory'

describe('inspect', () => {
  it('tells host, device and prediction', async () => {
    const { inspection } = await new World().inspect()
    expect(inspection).toMatchObject({
      privileged: true,
      blockSizeBytes: '134217728',
      kmem: 'loaded',
      daxModel: 'bus',
      host: { bootId: BOOT_ID, hostname: 'world', architecture: 'x86_64' },
    })
    expect(inspection.devices).toHaveLength(1)
    expect(inspection.devices[0]).toMatchObject({
      name: 'dax0.0',
      kind: 'pmem',
      driver: 'device_dax',
      mode: 'devdax',
      movable: null,
      stranded: false,
      refusals: [],
      prediction: { blockCount: 7 },
    })
  })

  it('shows the blocks of a converted device as one run, in daxctl words', async () => {
    const world = new World([{ ...DAX0, driver: 'kmem' }])
    world.plug('online', 'Movable')
    const { inspection } = await world.inspect()
    expect(inspection.devices[0]).toMatchObject({
      mode: 'system-ram',
      movable: true,
      blocks: [{ first: 33, last: 39, state: 'online', zones: 'Movable', node: 1 }],
    })
    expect(inspection.nodes[1]).toMatchObject({ id: 1, blocks: { online: 7, movable: 7 } })
  })

  it('calls memory without its driver stranded', async () => {
    const world = new World([{ ...DAX0, driver: null }])
    world.plug('online', 'Movable')
    const { inspection } = await world.inspect()
    expect(inspection.devices[0]?.stranded).toBe(true)
    expect(inspection.devices[0]?.refusals.map(({ code }) => code)).toContain('stranded')
  })

  it('says without root what it could not read, instead of predicting from nothing', async () => {
    const world = new World()
    world.files.set('/proc/self/status', 'Uid:\t1000\t1000\t1000\t1000\nCapEff:\t0000000000000000\n')
    const mapping = '/sys/devices/LNXSYSTM:00/ndbus0/region0/dax0.0/dax0.0/mapping0'
    for (const file of ['start', 'end']) world.errors.set(`${mapping}/${file}`, 13)
    const { inspection } = await world.inspect()
    expect(inspection.privileged).toBe(false)
    expect(inspection.devices[0]?.refusals.map(({ code }) => code)).toEqual(['not_root'])
    expect(inspection.hazards.map(({ code }) => code)).toContain('unreadable_users')
  })

  it.each([
    ['console=ttyS0 module_blacklist=foo,kmem\n', 'blacklisted'],
    ['modprobe.blacklist=kmem\n', 'blacklisted'],
    ['console=ttyS0\n', 'loadable'],
  ])('reads the kernel command line %j as kmem %s', async (commandLine, expected) => {
    const world = new World()
    world.folders.delete('/sys/bus/dax/drivers/kmem')
    world.files.set('/proc/cmdline', commandLine)
    world.files.set('/lib/modules/6.1.0/modules.dep', 'kernel/drivers/dax/kmem.ko.xz:\n')
    expect((await world.inspect()).inspection.kmem).toBe(expected)
  })

  it('tells kmem in modprobe.d from kmem that is not there', async () => {
    const world = new World()
    world.folders.delete('/sys/bus/dax/drivers/kmem')
    expect((await world.inspect()).inspection.kmem).toBe('missing')
    world.files.set('/etc/modprobe.d/no.conf', '# why\nblacklist kmem\n')
    expect((await world.inspect()).inspection.kmem).toBe('blacklisted')
  })

  it('finds the udev rule that onlines memory, and the boot parameter', async () => {
    const world = new World()
    const rule = 'SUBSYSTEM=="memory", ACTION=="add", ATTR{state}=="offline", ATTR{state}="online"'
    world.files.set('/usr/lib/udev/rules.d/40-redhat-hotplug.rules', `# SUBSYSTEM=="memory"\n${rule}\n`)
    world.files.set('/proc/cmdline', 'memhp_default_state=online_movable\n')
    world.files.set(`${MEMORY}/auto_online_blocks`, 'online_movable\n')
    const { autoOnline, hazards } = (await world.inspect()).inspection
    expect(autoOnline).toEqual({
      policy: 'online_movable',
      bootParameter: 'online_movable',
      udevRules: [
        {
          file: '/usr/lib/udev/rules.d/40-redhat-hotplug.rules',
          line: rule,
          writes: 'online',
          acts: 'yes',
          actsOnOffline: 'no',
        },
      ],
    })
    expect(hazards.map(({ code }) => code)).toEqual(['auto_online', 'udev_rule'])
  })
})
