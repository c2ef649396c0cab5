import type { Host } from '../host'
import type { AddressRange, DeviceIdentity } from '../protocol'
import { baseName, deviceFolder, linkName, readOptional, toBigInt, toCount } from './files'

/** What of a memory device a region's target takes. */
interface Target {
  memdev: string
  serial: string
  firmware: string | null
  /** Where on the device it begins: it stays over reboots, whatever address the region is given. */
  dpa: string | null
}

/** The memory device at the end of a region's target: its endpoint port hangs below the memdev's `uport`. */
async function readTarget(host: Host, region: string, target: string): Promise<Target | null> {
  const decoder = await readOptional(host, `${region}/${target}`)
  if (decoder === null || !/^decoder\d+\.\d+$/.test(decoder)) return null
  const path = await deviceFolder(host, `/sys/bus/cxl/devices/${decoder}`)
  if (path === null) return null
  const port = path.slice(0, path.lastIndexOf('/'))
  const memdev = await linkName(host, `${port}/uport`)
  if (memdev === null || !/^mem\d+$/.test(memdev)) return null
  const serial = await readOptional(host, `/sys/bus/cxl/devices/${memdev}/serial`)
  const dpa = await readOptional(host, `${path}/dpa_resource`)
  const firmware = await readOptional(host, `/sys/bus/cxl/devices/${memdev}/firmware_version`)
  return serial === null ? null : { memdev, serial, firmware, dpa }
}

/** Ranges as identities hold them, `end` included: `0x0-0xfffffff+0x20000000-0x2fffffff`. */
export function toRangesText(ranges: readonly AddressRange[], from = 0n): string {
  const hex = (value: string) => `0x${(BigInt(value) - from).toString(16)}`
  return ranges.map(({ start, end }) => `${hex(start)}-${hex(end)}`).join('+') || 'unreadable'
}

/**
 * Which part of its region a device is, where somebody has divided it (`daxctl create-device`): offsets, since the region's
 * address may move. Null for one that is the whole region, as the kernel makes it at each start.
 */
async function readPart(
  host: Host,
  region: string,
  sizeBytes: bigint,
  ranges: readonly AddressRange[],
): Promise<string | null> {
  const regionBytes = toBigInt(await readOptional(host, `${region}/size`))
  if (regionBytes === null || regionBytes === sizeBytes) return null
  const start = toBigInt(await readOptional(host, `${region}/resource`))
  return start === null ? 'unreadable' : toRangesText(ranges, start)
}

/**
 * Identity of a device on a CXL ram region, which has no uuid: the serial numbers of the memory devices in
 * interleave order, and where on each it begins (the physical ranges where that cannot be read). `parts` are their names of this boot.
 */
export async function cxlIdentity(
  host: Host,
  region: string,
  sizeBytes: bigint,
  ranges: readonly AddressRange[],
): Promise<{ identity: DeviceIdentity; parts: string[] }> {
  const ways = toCount(await readOptional(host, `${region}/interleave_ways`)) ?? 1
  const targets: (Target | null)[] = []
  for (let i = 0; i < Math.min(ways, 64); i++) targets.push(await readTarget(host, region, `target${i}`))
  const serials = targets.map((target) => target?.serial ?? 'unknown')
  // Whoever makes regions in another order gives them other addresses: what they take of the devices stays.
  const dpas = targets.flatMap((target) => target?.dpa ?? [])
  const rangesText = toRangesText(ranges)
  const where = dpas.length === ways ? `dpa=${dpas.join('+')}` : `range=${rangesText}`
  const part = await readPart(host, region, sizeBytes, ranges)
  const identity = {
    id: `cxl:serials=${serials.join('+')};${where}${part === null ? '' : `;part=${part}`}`,
    detail: [
      { label: 'memory device serial', value: serials.join(', ') },
      { label: 'firmware', value: targets.map((target) => target?.firmware ?? 'unknown').join(', ') },
      { label: 'region', value: baseName(region) },
      { label: 'interleaved over', value: ways === 1 ? 'one memory device' : `${ways} memory devices` },
      {
        label: 'begins on the device at',
        value: targets.map((target) => target?.dpa ?? 'unknown').join(', '),
      },
      ...(part === null ? [] : [{ label: 'part of the region', value: part }]),
      { label: 'range', value: rangesText },
    ],
  }
  return { identity, parts: targets.flatMap((target) => target?.memdev ?? []) }
}
