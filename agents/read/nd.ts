import type { Host } from '../host'
import type { AddressRange, DeviceIdentity } from '../protocol'
import { deviceFolder, linkName, list, readOptional, toBigInt, toCount } from './files'

/** The nvdimm bus: regions, the DIMMs behind them, and what marks them. */

/** The DIMMs of a region by this boot's names, in interleave order. */
export async function dimmNames(host: Host, region: string): Promise<string[]> {
  const dimms: string[] = []
  const count = toCount(await readOptional(host, `${region}/mappings`)) ?? 0
  for (let i = 0; i < Math.min(count, 64); i++) {
    const name = (await readOptional(host, `${region}/mapping${i}`))?.split(',')[0] ?? ''
    if (/^nmem\d+$/.test(name)) dimms.push(name)
  }
  return dimms
}

/** Identity of a namespace: its label's uuid and the one its dax mode wrote, the DIMMs and the interleave set. */
export async function pmemIdentity(
  host: Host,
  region: string,
  namespace: string | null,
  daxUuid: string | null,
): Promise<{ identity: DeviceIdentity; parts: string[] }> {
  const label = namespace === null ? null : await readOptional(host, `${region}/${namespace}/uuid`)
  const names = await dimmNames(host, region)
  const dimms: string[] = []
  // What their firmware calls them.
  for (const name of names)
    dimms.push((await readOptional(host, `/sys/bus/nd/devices/${name}/nfit/id`)) ?? name)
  const set = (await readOptional(host, `${region}/set_cookie`)) ?? ''
  const uuids = [daxUuid, label].filter((uuid): uuid is string => uuid !== null && uuid !== '')
  const identity = {
    id: `pmem:${uuids.join('+') || 'no-uuid'};iset=${set || 'none'};dimms=${dimms.join('+') || 'none'}`,
    detail: [
      { label: 'dax uuid', value: daxUuid ?? 'none' },
      { label: 'namespace uuid', value: label ?? 'none' },
      { label: 'DIMM', value: dimms.join(', ') || 'none' },
      { label: 'interleave set', value: set || 'none' },
    ],
  }
  return { identity, parts: names }
}

/** Known bad 512-byte sectors of a region that touch the ranges; all of them where addresses are unreadable. */
export async function countBadBlocks(
  host: Host,
  region: string,
  ranges: readonly AddressRange[],
): Promise<number> {
  const text = (await readOptional(host, `${region}/badblocks`)) ?? ''
  const base = toBigInt(await readOptional(host, `${region}/resource`))
  let bad = 0
  for (const line of text.split('\n')) {
    const [sector, count] = line
      .trim()
      .split(/\s+/)
      .map((word) => toBigInt(word))
    if (sector === undefined || sector === null || count === undefined || count === null) continue
    const first = (base ?? 0n) + sector * 512n
    const last = first + count * 512n - 1n
    const touches = ranges.some((range) => first <= BigInt(range.end) && last >= BigInt(range.start))
    if (base === null || ranges.length === 0 || touches) bad += Number(count)
  }
  return bad
}

export interface Namespace {
  name: string
  region: string
  path: string
}

/** Every namespace with a size; the kernel keeps an empty seed beside them. */
export async function listNamespaces(host: Host): Promise<Namespace[]> {
  const found: Namespace[] = []
  for (const name of await list(host, '/sys/bus/nd/devices')) {
    if (!/^namespace\d+\.\d+$/.test(name)) continue
    const path = await deviceFolder(host, `/sys/bus/nd/devices/${name}`)
    if (path === null) continue
    const size = toBigInt(await readOptional(host, `${path}/size`))
    if (size !== null && size > 0n) found.push({ name, path, region: path.slice(0, path.lastIndexOf('/')) })
  }
  return found
}

export async function driverOf(host: Host, device: string): Promise<string | null> {
  return linkName(host, `${device}/driver`)
}
