import { smallInt } from '../lib/small-int'
import { EBUSY, EINVAL, ENODEV, ENOENT, ENOMEM } from './errno'
import { type Memory, MOVABLE, OFFLINE } from './memory'
import type { AutoOnline, DeviceSpec, DriverName, ModelSpec } from './spec'

const ONLINE_STATES: AutoOnline[] = ['online', 'online_kernel', 'online_movable']

export interface BusDevice {
  /** Its place in the spec. */
  index: number
  spec: DeviceSpec
  /** daxX.Y of this boot. */
  name: string
  region: number
  driver: DriverName | null
  /** Ranges whose addresses stay reserved after kmem left them online: until the next boot. */
  stranded: boolean
}

/** At least this kernel, e.g. (6, 3). */
export function isAtLeast({ kernelRelease }: ModelSpec, major: number, minor: number): boolean {
  const [has = 0, hasMinor = 0] = kernelRelease.split('.').map((part) => Number.parseInt(part, 10))
  return has > major || (has === major && hasMinor >= minor)
}

/**
 * The dax bus with its two drivers, as drivers/dax/bus.c, device.c and kmem.c have it: lists of ids that a write to
 * new_id sweeps the whole bus by, targeted binding that returns the probe's errno, ranges that cannot be removed.
 */
export class DaxBus {
  devices: BusDevice[] = []
  readonly ids: Record<DriverName, Set<string>> = { device_dax: new Set(), kmem: new Set() }
  kmemLoaded: boolean

  constructor(
    private readonly spec: ModelSpec,
    private readonly memory: Memory,
    private readonly freeBytes: () => bigint,
    /** device_dax let a device go: whoever has it mapped loses it. */
    private readonly onGone: (device: BusDevice) => void,
  ) {
    this.kmemLoaded = spec.kmem === 'loaded' || spec.kmem === 'builtin'
  }

  /** What the kernel does as it starts: devices appear, and drivers take those that are theirs. */
  boot(regions: readonly number[]): void {
    this.devices = this.spec.devices.map((spec, index) => {
      const region = regions[index] ?? index
      return { index, spec, region, name: `dax${region}.0`, driver: null, stranded: false }
    })
    for (const device of this.devices) {
      const { driverAtBoot } = device.spec
      if (driverAtBoot === null) continue
      const own = this.isKmemsOwn(device) && this.kmemLoaded ? 'kmem' : 'device_dax'
      const driver = driverAtBoot ?? own
      if (driver !== own) this.ids[driver].add(device.name)
      this.probe(driver, device)
      if (driver === 'kmem') this.ids.kmem.delete(device.name)
    }
  }

  find(name: string): BusDevice | null {
    return this.devices.find((device) => device.name === name) ?? null
  }

  hasDriver(driver: string): driver is DriverName {
    return driver === 'device_dax' || (driver === 'kmem' && this.kmemLoaded)
  }

  /** Loading the module offers it every device, as each new driver is. */
  loadKmem(): number {
    if (this.kmemLoaded) return 0
    if (this.spec.kmem === 'missing') return ENOENT
    this.kmemLoaded = true
    this.sweep('kmem')
    return 0
  }

  newId(driver: DriverName, value: string): number {
    if (!/^dax(0|[1-9]\d*)\.(0|[1-9]\d*)$/.test(value)) return EINVAL
    this.ids[driver].add(value)
    this.sweep(driver)
    return 0
  }

  removeId(driver: DriverName, value: string): number {
    if (!/^dax(0|[1-9]\d*)\.(0|[1-9]\d*)$/.test(value)) return EINVAL
    this.ids[driver].delete(value)
    return 0
  }

  bind(driver: DriverName, value: string): number {
    const device = this.find(value)
    if (device === null || !this.matches(driver, device)) return ENODEV
    if (device.driver !== null) return isAtLeast(this.spec, 5, 11) ? EBUSY : ENODEV
    return this.probe(driver, device)
  }

  unbind(driver: DriverName, value: string): number {
    const device = this.find(value)
    if (device === null || device.driver !== driver) return ENODEV
    device.driver = null
    if (driver === 'device_dax') this.onGone(device)
    else this.removeMemory(device)
    return 0
  }

  /** daxX.Y/state as it reads: of the whole device. */
  stateOf(device: BusDevice): string {
    const states = this.memory.plugged
      .filter((each) => each.device === device.index)
      .flatMap((each) => [...each.states])
    if (states.length === 0) return 'unplugged'
    if (states.every((state) => state === OFFLINE)) return 'offline'
    return states.every((state) => state === MOVABLE) ? 'online_movable' : 'online'
  }

  /** A write to daxX.Y/state: all or nothing, and online only from `unplugged`. */
  setState(device: BusDevice, value: string): number {
    const policy = ONLINE_STATES.find((known) => known === value)
    if (device.driver !== 'kmem') return ENODEV
    if (value === 'unplugged') {
      for (const range of this.memory.plugged.filter((each) => each.device === device.index)) {
        range.states.fill(OFFLINE)
        this.memory.unplug(range)
      }
      return 0
    }
    if (policy === undefined) return EINVAL
    if (this.stateOf(device) !== 'unplugged') return EBUSY
    return this.addMemory(device, policy)
  }

  private sweep(driver: DriverName): void {
    for (const device of this.devices) {
      // Failures of a probe are the log's affair: the write that led to it succeeds.
      if (device.driver === null && this.matches(driver, device)) this.probe(driver, device)
    }
  }

  private isKmemsOwn({ spec }: BusDevice): boolean {
    return spec.kind !== 'pmem' && isAtLeast(this.spec, 6, 3)
  }

  private matches(driver: DriverName, device: BusDevice): boolean {
    if (this.ids[driver].has(device.name)) return true
    if (!isAtLeast(this.spec, 6, 3)) return driver === 'device_dax'
    const own = this.isKmemsOwn(device) && this.spec.kmem !== 'missing' ? 'kmem' : 'device_dax'
    return driver === own
  }

  private probe(driver: DriverName, device: BusDevice): number {
    if (driver === 'kmem' && device.spec.targetNode === null) return EINVAL
    if (device.stranded) return EBUSY
    if (driver === 'kmem') {
      const errno = this.addMemory(device)
      if (errno !== 0) return errno
    }
    device.driver = driver
    return 0
  }

  /** dev_dax_kmem_probe: each range shrinks to whole blocks; what was added before a failure stays. */
  private addMemory({ spec, index }: BusDevice, policy?: AutoOnline): number {
    const size = this.spec.blockSizeBytes
    let added = 0
    for (const [range, { start, end }] of spec.ranges.entries()) {
      const first = smallInt((start + size - 1n) / size)
      const last = smallInt((end + 1n) / size) - 1
      if (last < first) continue
      const bytes = BigInt(last - first + 1) * size
      if (!spec.memmapOnMemory && bytes / 64n > this.freeBytes()) {
        if (added > 0) continue
        return ENOMEM
      }
      const node = spec.targetNode ?? 0
      this.memory.plug(
        { device: index, range, first, last, node, memmapOnMemory: spec.memmapOnMemory },
        policy,
      )
      added += 1
    }
    return added > 0 ? 0 : EINVAL
  }

  /** dev_dax_kmem_remove: "cannot be hotremoved until the next reboot" for a range with a block online. */
  private removeMemory(device: BusDevice): void {
    for (const range of this.memory.plugged.filter((each) => each.device === device.index)) {
      if (this.memory.unplug(range) !== 0) device.stranded = true
    }
  }
}
