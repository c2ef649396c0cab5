import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { describe, expect, it } from 'vitest'
import { approve, BLOCK_BYTES, DAX0, MIB, World } from './world'

const MEMORY = '/sys/devices/system/memory'
const DAX1 = { ...DAX0, name: 'dax1.0', uuid: 'another', startBytes: 8n * 1024n * MIB }

async function codes(world: World, zone: 'movable' | 'kernel' | 'policy' = 'movable', name?: string) {
  const plan = await world.plan(zone, name)
  return { verdict: plan.verdict, codes: plan.refusals.map(({ code }) => code) }
}

describe('plan', () => {
  it('lists the exact writes in their order, and those of recovery', async () => {
    const plan = await new World().plan()
    expect(plan.verdict).toBe('convertible')
    expect(plan.item?.writes.map(({ step, path, value }) => `${step} ${path} ${value}`)).toEqual([
      'claim /sys/bus/dax/drivers/kmem/new_id dax0.0',
      'unbind /sys/bus/dax/drivers/device_dax/unbind dax0.0',
      'bind /sys/bus/dax/drivers/kmem/bind dax0.0',
      'release /sys/bus/dax/drivers/kmem/remove_id dax0.0',
      'online /sys/devices/system/memory/memory{block}/state online_movable',
    ])
    expect(plan.item?.recovery.map(({ path }) => path)).toEqual([
      '/sys/bus/dax/drivers/device_dax/bind',
      '/sys/bus/dax/drivers/kmem/remove_id',
    ])
  })

  it('writes nothing', async () => {
    const world = new World()
    await world.plan()
    expect(world.writes).toEqual([])
  })

  it('gives the same digest twice, by the reference implementations', async () => {
    const world = new World()
    const first = approve(await world.plan())
    expect((await world.plan()).digest).toBe(first.digest)
    expect(
      createHash('sha256')
        .update(canonicalize(first.item) ?? '')
        .digest('hex'),
    ).toBe(first.digest)
  })

  it('loads the module first where it is not loaded', async () => {
    const world = new World()
    world.folders.delete('/sys/bus/dax/drivers/kmem')
    world.files.set('/lib/modules/6.1.0/modules.dep', 'kernel/drivers/dax/kmem.ko:\n')
    expect((await world.plan()).item?.writes[0]).toEqual({ step: 'claim', path: 'modprobe', value: 'kmem' })
  })

  it('leaves onlining to a kernel that does it, when the zone is the policy', async () => {
    const world = new World()
    expect((await world.plan('policy')).item?.writes.at(-1)).toMatchObject({
      step: 'online',
      value: 'online',
    })
    world.files.set(`${MEMORY}/auto_online_blocks`, 'online\n')
    const plan = await world.plan('policy')
    expect(plan.verdict).toBe('convertible')
    expect(plan.item?.writes.map(({ step }) => step)).not.toContain('online')
  })

  it('is already there when bound with every block online in the zone', async () => {
    const world = new World([{ ...DAX0, driver: 'kmem' }])
    world.plug('online', 'Movable')
    expect(await codes(world)).toEqual({ verdict: 'already', codes: [] })
    expect(await codes(world, 'policy')).toEqual({ verdict: 'already', codes: [] })
    expect(await codes(world, 'kernel')).toEqual({ verdict: 'refused', codes: ['bound_elsewhere'] })
  })

  it('only onlines what is missing of a device that is bound', async () => {
    const world = new World([{ ...DAX0, driver: 'kmem' }])
    world.plug('offline')
    world.addBlock(33, 'online', 'Movable', 1)
    const plan = await world.plan()
    expect(plan.verdict).toBe('convertible')
    expect(plan.item?.writes).toEqual([
      { step: 'online', path: `${MEMORY}/memory{block}/state`, value: 'online_movable', blocks: [[34, 39]] },
    ])
    expect(plan.item?.recovery).toEqual([])
  })
})

describe('plan refuses', () => {
  it('a device that is gone, or that only a raw namespace bears', async () => {
    const world = new World()
    const gone = await world.planFor('pmem:nowhere', 'movable')
    expect(gone).toMatchObject({ item: null, digest: null, verdict: 'refused' })
    expect(gone.refusals[0]?.code).toBe('device_gone')

    const folder = '/sys/devices/LNXSYSTM:00/ndbus0/region1/namespace1.0'
    world.links.set('/sys/bus/nd/devices/namespace1.0', folder)
    for (const [file, text] of Object.entries({ size: '536870912', mode: 'raw', uuid: 'raw-uuid' })) {
      world.files.set(`${folder}/${file}`, `${text}\n`)
    }
    const raw = (await world.inspect()).inspection.namespaces[0]
    expect(raw).toMatchObject({ name: 'namespace1.0', mode: 'raw', sizeBytes: '536870912' })
    expect((await world.planFor(raw?.identity.id ?? '', 'movable')).refusals[0]?.code).toBe('not_devdax')
  })

  it('two devices that share one identity', async () => {
    const world = new World([DAX0, { ...DAX1, uuid: DAX0.uuid }])
    expect((await codes(world)).codes).toEqual(['identity_changed'])
  })

  it('while another dax device has no driver', async () => {
    const world = new World([DAX0, { ...DAX1, driver: null }])
    expect(await codes(world)).toEqual({ verdict: 'refused', codes: ['sibling_unbound'] })
  })

  it('a device on another driver, or on none', async () => {
    expect((await codes(new World([{ ...DAX0, driver: 'fsdev_dax' }]))).codes).toEqual(['bound_elsewhere'])
    expect((await codes(new World([{ ...DAX0, driver: null }]))).codes).toEqual(['bound_elsewhere'])
  })

  it('what is too small after alignment', async () => {
    const world = new World([{ ...DAX0, sizeBytes: BLOCK_BYTES }])
    expect((await codes(world)).codes).toEqual(['too_small'])
  })

  it('what would run the memory dry', async () => {
    const world = new World()
    world.files.set('/proc/meminfo', 'MemTotal:  656936 kB\nMemFree:  70000 kB\nMemAvailable:  70000 kB\n')
    expect((await codes(world)).codes).toEqual(['no_memmap_headroom'])
  })

  it('free memory in ZONE_MOVABLE as a place for page structures', async () => {
    const world = new World()
    world.files.set(
      '/proc/zoneinfo',
      'Node 1, zone  Movable\n  pages free     130000\n        managed  130000\n',
    )
    expect((await codes(world)).codes).toEqual(['no_memmap_headroom'])
  })

  it('kmem missing or blacklisted', async () => {
    const world = new World()
    world.folders.delete('/sys/bus/dax/drivers/kmem')
    expect((await codes(world)).codes).toEqual(['kmem_missing'])
    world.files.set('/proc/cmdline', 'module_blacklist=kmem\n')
    expect((await codes(world)).codes).toEqual(['kmem_blacklisted'])
  })

  it('movable where the kernel would online elsewhere', async () => {
    const world = new World()
    world.files.set(`${MEMORY}/auto_online_blocks`, 'online\n')
    expect((await codes(world)).codes).toEqual(['auto_online_conflict'])
    world.files.set(`${MEMORY}/auto_online_blocks`, 'online_movable\n')
    expect((await codes(world)).verdict).toBe('convertible')
  })

  it('movable where a udev rule would online elsewhere, if udevd runs', async () => {
    const world = new World()
    const rule = 'SUBSYSTEM=="memory", ACTION=="add", ATTR{state}=="offline", ATTR{state}="online"\n'
    world.files.set('/usr/lib/udev/rules.d/40-redhat-hotplug.rules', rule)
    expect((await codes(world)).verdict).toBe('convertible')
    world.files.set('/run/udev/control', '')
    expect((await codes(world)).codes).toEqual(['auto_online_conflict'])
  })

  it('media errors inside the device, not beside it', async () => {
    const world = new World()
    const region = '/sys/devices/LNXSYSTM:00/ndbus0/region0'
    world.files.set(`${region}/resource`, `0x${(4n * 1024n * MIB).toString(16)}\n`)
    world.files.set(`${region}/badblocks`, '8 1\n')
    expect((await codes(world)).verdict).toBe('convertible')
    world.files.set(`${region}/badblocks`, '8 1\n200000 2\n')
    expect((await codes(world)).codes).toEqual(['media_errors'])
  })

  it('a device without a target node', async () => {
    const world = new World()
    world.files.set('/sys/devices/LNXSYSTM:00/ndbus0/region0/dax0.0/dax0.0/target_node', '-1\n')
    expect((await codes(world)).codes).toEqual(['no_target_node'])
  })

  it('a device that a process has open, or only mapped, and says who', async () => {
    const world = new World()
    const device = { kind: 'char' as const, mode: 0o600, uid: 0, rdev: 252 * 256 }
    world.files.set('/proc/77/comm', 'redis-server\n')
    world.files.set('/proc/77/maps', '7f0000000000-7f0000200000 rw-s 00000000 00:06 345 /dev/dax0.0\n')
    world.folders.set('/proc/77/fd', { kind: 'directory', mode: 0o500, uid: 0, rdev: 0 })
    expect((await codes(world)).verdict).toBe('convertible')
    world.specials.set('/proc/77/map_files/7f0000000000-7f0000200000', device)
    expect((await world.plan()).refusals[0]).toMatchObject({
      code: 'in_use',
      message: expect.stringContaining('redis-server (pid 77, mapped)'),
    })
    world.specials.set('/proc/77/fd/5', device)
    expect((await world.plan()).refusals[0]?.message).toContain('pid 77, open')
  })
})
