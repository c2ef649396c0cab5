import type { Host } from '../host'
import type { AddressRange, DeviceIdentity } from '../protocol'
import { baseName, deviceFolder, linkName, readOptional, toCount } from './files'

/** The memory device at the end of a region's target: its endpoint port hangs below the memdev's `uport`. */
async function serialOfTarget(host: Host, region: string, target: string): Promise<string | null> {
  const decoder = await readOptional(host, `${region}/${target}`)
  if (decoder === null || !/^decoder\d+\.\d+$/.test(decoder)) return null
  const path = await deviceFolder(host, `/sys/bus/cxl/devices/${decoder}`)
  if (path === null) return null
  const port = path.slice(0, path.lastIndexOf('/'))
  const memdev = await linkName(host, `${port}/uport`)
  if (memdev === null || !/^mem\d+$/.test(memdev)) return null
  return readOptional(host, `/sys/bus/cxl/devices/${memdev}/serial`)
}

/**
 * Identity of a device on a CXL ram region, which has no uuid: the serial numbers of the memory devices in
 * interleave order, and the physical ranges.
 */
export async function cxlIdentity(
  host: Host,
  region: string,
  ranges: readonly AddressRange[],
  rangesText: string,
): Promise<DeviceIdentity> {
  const ways = toCount(await readOptional(host, `${region}/interleave_ways`)) ?? 1
  const serials: string[] = []
  for (let i = 0; i < Math.min(ways, 64); i++) {
    serials.push((await serialOfTarget(host, region, `target${i}`)) ?? 'unknown')
  }
  return {
    id: `cxl:serials=${serials.join('+')};range=${ranges.length === 0 ? 'unreadable' : rangesText}`,
    detail: [
      { label: 'memory device serial', value: serials.join(', ') },
      { label: 'region', value: baseName(region) },
      { label: 'range', value: rangesText },
    ],
  }
}
