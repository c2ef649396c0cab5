import type { DaxBus } from './dax'
import type { DeviceHealth, ModelSpec } from './spec'
import { fixed, folder, link, type Node } from './tree'

export const hex = (value: bigint) => `0x${value.toString(16)}`

/** The `driver` link of a device; null while it has none. */
export function driverLink(bus: string, driver: string | null): Node | null {
  return driver === null ? null : link(`/sys/bus/${bus}/drivers/${driver}`)
}

/** A number that hangs on the DIMM alone: regions are numbered anew at each boot, interleave sets are not. */
function cookieOf(dimm: string): string {
  let cookie = 0x4d5ab3c1n
  for (let i = 0; i < dimm.length; i++) cookie = (cookie * 131n + BigInt(dimm.charCodeAt(i))) % (1n << 63n)
  return hex(cookie)
}

const NDBUS = 'LNXSYSTM:00/LNXSYBUS:00/ACPI0012:00/ndbus0'
const BLOCK_MAJOR = 259

interface NdTrees {
  /** By path below /sys/devices. */
  devices: Record<string, Node>
  /** Names in /sys/bus/nd/devices. */
  bus: Record<string, Node>
  /** Names in /sys/class/block. */
  blocks: Record<string, Node>
}

/** The nvdimm bus: a region and a DIMM for each pmem device and each namespace that is none. */
export function nvdimmBus(model: ModelSpec, bus: DaxBus): NdTrees {
  const trees: NdTrees = { devices: {}, bus: {}, blocks: {} }
  const { devices } = trees
  const region = (
    id: number,
    at: { start: bigint; sizeBytes: bigint },
    dimm: string,
    bad: number,
    health: DeviceHealth = {},
  ) => {
    const base = `${NDBUS}/region${id}`
    devices[`${base}/mappings`] = fixed('1')
    devices[`${base}/mapping0`] = fixed(`nmem${id},0,${at.sizeBytes},0`)
    devices[`${base}/set_cookie`] = fixed(cookieOf(dimm))
    devices[`${base}/resource`] = fixed(hex(at.start), 0o400)
    devices[`${base}/badblocks`] = fixed(bad > 0 ? `${at.sizeBytes / 512n - BigInt(bad)} ${bad}` : '')
    devices[`${NDBUS}/nmem${id}/nfit/id`] = fixed(dimm)
    devices[`${NDBUS}/nmem${id}/nfit/flags`] = fixed(health.flags ?? '')
    trees.bus[`nmem${id}`] = link(`../../../devices/${NDBUS}/nmem${id}`)
    return base
  }
  const namespace = (base: string, id: number, files: Record<string, string>, driver: string | null) => {
    const name = `namespace${id}.0`
    for (const [file, value] of Object.entries(files)) devices[`${base}/${name}/${file}`] = fixed(value)
    const bound = driverLink('nd', driver)
    if (bound !== null) devices[`${base}/${name}/driver`] = bound
    trees.bus[name] = link(`../../../devices/${base}/${name}`)
    return `${base}/${name}`
  }
  for (const { spec, region: id, name } of bus.devices) {
    if (spec.kind !== 'pmem') continue
    const sizeBytes = spec.region.end - spec.region.start + 1n
    const base = region(
      id,
      { start: spec.region.start, sizeBytes },
      spec.serial,
      spec.badSectors,
      spec.health,
    )
    const size = String(sizeBytes)
    namespace(base, id, { uuid: spec.namespaceUuid, size, mode: 'dax', holder: name, numa_node: '0' }, null)
    devices[`${base}/${name}/namespace`] = fixed(`namespace${id}.0`)
    devices[`${base}/${name}/uuid`] = fixed(spec.uuid)
    devices[`${base}/${name}/resource`] = fixed(hex(spec.ranges[0]?.start ?? 0n), 0o400)
  }
  for (const [index, other] of model.namespaces.entries()) {
    const id = bus.devices.length + index
    const base = region(id, { start: 0n, sizeBytes: other.sizeBytes }, `8680-namespace-${index}`, 0)
    const files = { uuid: other.uuid, size: String(other.sizeBytes), mode: other.mode, numa_node: '0' }
    const path = namespace(base, id, files, 'nd_pmem')
    const disk = `pmem${id}`
    devices[`${path}/block/${disk}/dev`] = fixed(`${BLOCK_MAJOR}:${index}`)
    devices[`${path}/block/${disk}/holders`] = folder({})
    trees.blocks[disk] = link(`../../devices/${path}/block/${disk}`)
  }
  return trees
}

/** Lines of /proc/self/mountinfo for what is mounted of them. */
export function mountLines({ namespaces }: ModelSpec): string[] {
  return namespaces.flatMap(({ mountPoint }, index) =>
    mountPoint === null
      ? []
      : [`${40 + index} 1 ${BLOCK_MAJOR}:${index} / ${mountPoint} rw - ext4 /dev/pmem${index} rw`],
  )
}
