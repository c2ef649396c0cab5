import { type BusDevice, type DaxBus, isAtLeast } from './dax'
import { ENODEV } from './errno'
import type { DriverName, ModelSpec } from './spec'
import { driverLink, hex, nvdimmBus } from './sys-nd'
import { type FolderNode, fixed, folder, line, link, living, type Node, taker } from './tree'

const CXL = 'platform/ACPI0017:00/root0'
const MAJOR = 252

/** Where a device's folder lies below /sys/devices. */
export function pathOf({ spec, region, name }: BusDevice): string {
  if (spec.kind === 'pmem')
    return `LNXSYSTM:00/LNXSYBUS:00/ACPI0012:00/ndbus0/region${region}/${name}/${name}`
  if (spec.kind === 'cxl') return `${CXL}/decoder0.0/region${region}/dax_region${region}/${name}`
  return `platform/hmem.${region}/${name}`
}

/** The folder of one dax device. */
export function daxFolder(model: ModelSpec, device: BusDevice, state: Node): Node {
  const { spec } = device
  const sizeBytes = spec.ranges.reduce((sum, { start, end }) => sum + end - start + 1n, 0n)
  const files: Record<string, Node | null> = {
    size: fixed(String(sizeBytes)),
    align: fixed(String(spec.alignBytes)),
    target_node: fixed(String(spec.targetNode ?? -1)),
    numa_node: fixed(String(spec.numaNode)),
    dev: fixed(`${MAJOR}:${device.index}`),
  }
  if (isAtLeast(model, 5, 3)) files.resource = fixed(hex(spec.ranges[0]?.start ?? 0n), 0o400)
  if (isAtLeast(model, 5, 10)) {
    for (const [index, { start, end }] of spec.ranges.entries()) {
      files[`mapping${index}`] = folder({
        start: fixed(hex(start), 0o400),
        end: fixed(hex(end), 0o400),
        page_offset: fixed('0x0'),
      })
    }
  }
  if (isAtLeast(model, 6, 8)) files.memmap_on_memory = fixed(spec.memmapOnMemory ? '1' : '0', 0o644)
  if (isAtLeast(model, 7, 0)) files.state = state
  const own = folder(files)
  return living(
    () => (device.driver === null ? own.names() : [...own.names(), 'driver']),
    (name) => (name === 'driver' ? driverLink('dax', device.driver) : own.child(name)),
  )
}

function driverFolder(bus: DaxBus, driver: DriverName, onWrite: OnWrite): FolderNode {
  const file = (name: string, act: (value: string) => number) =>
    taker((value) => {
      const asked = value.trim()
      const errno = bus.hasDriver(driver) ? act(asked) : ENODEV
      onWrite(`${driver}/${name}`, asked, errno)
      return errno
    })
  const own = folder({
    new_id: file('new_id', (value) => bus.newId(driver, value)),
    remove_id: file('remove_id', (value) => bus.removeId(driver, value)),
    bind: file('bind', (value) => bus.bind(driver, value)),
    unbind: file('unbind', (value) => bus.unbind(driver, value)),
  })
  const bound = () => bus.devices.filter((device) => device.driver === driver)
  return living(
    () => [...own.names(), ...bound().map(({ name }) => name)],
    (name) => {
      const device = bound().find((each) => each.name === name)
      return device === undefined ? own.child(name) : link(`../../../../devices/${pathOf(device)}`)
    },
  )
}

/** Told of each write to a driver: its file (`kmem/bind`), the value and what the kernel said. */
type OnWrite = (file: string, value: string, errno: number) => void

/** /sys/bus/dax */
export function daxBusFolder(bus: DaxBus, others: Record<string, Node>, onWrite: OnWrite): FolderNode {
  const devices = folder(
    Object.fromEntries(
      bus.devices.map((device) => [device.name, link(`../../../devices/${pathOf(device)}`)]),
    ),
  )
  const drivers = new Map<DriverName, FolderNode>([
    ['device_dax', driverFolder(bus, 'device_dax', onWrite)],
    ['kmem', driverFolder(bus, 'kmem', onWrite)],
  ])
  const names = () => [...drivers.keys()].filter((name) => bus.hasDriver(name))
  return folder({
    devices,
    drivers: living(
      () => [...names(), ...Object.keys(others)],
      (name) => (bus.hasDriver(name) ? (drivers.get(name) ?? null) : (others[name] ?? null)),
    ),
  })
}

/** Files of a CXL region, and the memory device at the end of its only target. */
function cxlPaths({ region, spec }: BusDevice): { devices: Record<string, Node>; bus: Record<string, Node> } {
  const base = `${CXL}/decoder0.0/region${region}`
  const decoder = `decoder${region + 2}.0`
  const endpoint = `${CXL}/port1/endpoint${region + 2}`
  const memdev = `mem${region}`
  return {
    devices: {
      [`${base}/commit`]: fixed('1'),
      [`${base}/interleave_ways`]: fixed('1'),
      [`${base}/target0`]: fixed(decoder),
      [`${endpoint}/${decoder}/devtype`]: fixed('cxl_decoder_endpoint'),
      [`${endpoint}/${decoder}/dpa_resource`]: fixed('0x0'),
      [`${endpoint}/uport`]: link(`../../../../${memdev}`),
      [`platform/${memdev}/serial`]: fixed(spec.serial),
      [`platform/${memdev}/firmware_version`]: fixed('1.2.3'),
      [`platform/${memdev}/trigger_poison_list`]: fixed('', 0o200),
    },
    bus: {
      [decoder]: link(`../../../devices/${endpoint}/${decoder}`),
      [memdev]: link(`../../../devices/platform/${memdev}`),
    },
  }
}

/** Everything below /sys/devices that is dax's, and the buses that lead there. */
export function daxTrees(
  model: ModelSpec,
  bus: DaxBus,
  onWrite: OnWrite,
): {
  devices: Record<string, Node>
  nd: Record<string, Node>
  cxl: Record<string, Node>
  blocks: Record<string, Node>
} {
  const devices: Record<string, Node> = {}
  const cxl: Record<string, Node> = {}
  for (const device of bus.devices) {
    const state = line(
      () => bus.stateOf(device),
      0o644,
      (value) => {
        const errno = bus.setState(device, value.trim())
        onWrite(`${device.name}/state`, value.trim(), errno)
        return errno
      },
    )
    devices[pathOf(device)] = daxFolder(model, device, state)
    if (device.spec.kind !== 'cxl') continue
    const paths = cxlPaths(device)
    Object.assign(devices, paths.devices)
    Object.assign(cxl, paths.bus)
  }
  const nd = nvdimmBus(model, bus)
  Object.assign(devices, nd.devices)
  return { devices, nd: nd.bus, cxl, blocks: nd.blocks }
}
