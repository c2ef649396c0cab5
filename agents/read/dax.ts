import type { Host } from '../host'
import { idsOf } from '../lib/spans'
import { predict } from '../predict'
import type { AddressRange, DaxDevice, DeviceIdentity, DeviceKind, HealthFact, Inspection } from '../protocol'
import { cxlIdentity, toRangesText } from './cxl'
import { cxlHealth } from './cxl-health'
import {
  baseName,
  deviceFolder,
  exists,
  linkName,
  list,
  parentOf,
  readOptional,
  toBigInt,
  toCount,
} from './files'
import { type BlockSource, toRuns } from './memory'
import { countBadBlocks, pmemIdentity } from './nd'
import { dimmHealth } from './nd-health'

export const DAX = '/sys/bus/dax/devices'
const DAX_NAME = /^dax[0-9]+\.[0-9]+$/

/** A device and what only the agent itself needs to know of it. */
export interface DaxReading {
  device: DaxDevice
  /** `major:minor` of /dev/daxX.Y. */
  deviceNumber: string | null
  namespace: string | null
  /** DIMMs or memory devices it is made of, and its region, by this boot's names. */
  parts: string[]
  region: string
}

export async function readDaxModel(host: Host): Promise<Inspection['daxModel']> {
  if (await exists(host, '/sys/bus/dax')) return 'bus'
  return (await list(host, '/sys/class/dax')).length > 0 ? 'class' : 'none'
}

/** `mappingN` first (Linux 5.10): `resource` and size are wrong for a device of several ranges. */
async function readRanges(host: Host, path: string, sizeBytes: bigint): Promise<AddressRange[]> {
  const ranges: AddressRange[] = []
  for (const name of await list(host, path)) {
    if (!/^mapping\d+$/.test(name)) continue
    const start = toBigInt(await readOptional(host, `${path}/${name}/start`))
    const end = toBigInt(await readOptional(host, `${path}/${name}/end`))
    if (start !== null && end !== null && end >= start)
      ranges.push({ start: String(start), end: String(end) })
  }
  if (ranges.length > 0) return ranges
  // Before 5.3 only the nvdimm bus tells where it begins: the namespace's dax instance, a folder above.
  const own = await readOptional(host, `${path}/resource`)
  const start = toBigInt(own ?? (await readOptional(host, `${parentOf(path)}/resource`)))
  if (start === null || start === 0n || sizeBytes === 0n) return []
  return [{ start: String(start), end: String(start + sizeBytes - 1n) }]
}

function kindOf(path: string): DeviceKind {
  if (/\/ndbus\d+\/region\d+\//.test(path)) return 'pmem'
  if (/\/decoder\d+\.\d+\/region\d+\//.test(path)) return 'cxl'
  return /\/hmem\.\d+\//.test(path) ? 'hmem' : 'unknown'
}

async function identify(
  host: Host,
  path: string,
  kind: DeviceKind,
  sizeBytes: bigint,
  ranges: AddressRange[],
): Promise<Pick<DaxIdentity, 'identity' | 'region' | 'namespace' | 'parts'>> {
  const region = /^(.*\/region\d+)\//.exec(path)?.[1] ?? ''
  if (kind === 'pmem') {
    const parent = path.slice(0, path.lastIndexOf('/'))
    const namespace = await readOptional(host, `${parent}/namespace`)
    const safe = namespace !== null && /^namespace\d+\.\d+$/.test(namespace) ? namespace : null
    const uuid = await readOptional(host, `${parent}/uuid`)
    return { ...(await pmemIdentity(host, region, safe, uuid)), region, namespace: safe }
  }
  if (kind === 'cxl')
    return { ...(await cxlIdentity(host, region, sizeBytes, ranges)), region, namespace: null }
  const rangesText = toRangesText(ranges)
  const identity = { id: `${kind}:range=${rangesText}`, detail: [{ label: 'range', value: rangesText }] }
  return { identity, region, namespace: null, parts: [] }
}

/** What says which device it is, and whose: all that a look between two writes needs, a half of all there is. */
export interface DaxIdentity {
  path: string
  kind: DeviceKind
  sizeBytes: bigint
  ranges: AddressRange[]
  identity: DeviceIdentity
  region: string
  namespace: string | null
  /** The DIMMs or CXL memory devices behind it, by this boot's names. */
  parts: string[]
  driver: string | null
}

export async function readDaxIdentity(host: Host, name: string): Promise<DaxIdentity> {
  const path = (await deviceFolder(host, `${DAX}/${name}`)) ?? `${DAX}/${name}`
  const sizeBytes = toBigInt(await readOptional(host, `${path}/size`)) ?? 0n
  const ranges = await readRanges(host, path, sizeBytes)
  const kind = kindOf(path)
  const found = await identify(host, path, kind, sizeBytes, ranges)
  return { path, kind, sizeBytes, ranges, ...found, driver: await linkName(host, `${path}/driver`) }
}

/** `major:minor` of /dev/daxX.Y. */
export function readDeviceNumber(host: Host, path: string): Promise<string | null> {
  return readOptional(host, `${path}/dev`)
}

/**
 * Names of the dax devices that are memory. The first device of a region cannot be destroyed, only made empty (size 0): no
 * driver takes such a one, and daxctl does not list it either.
 */
export async function listDaxDevices(host: Host): Promise<string[]> {
  const names = (await list(host, DAX)).filter((name) => DAX_NAME.test(name))
  const sizes = await host.readMany(names.map((name) => `${DAX}/${name}/size`))
  return names.filter((_, at) => sizes[at]?.trim() !== '0')
}

/**
 * Somebody has divided its region (`daxctl create-device`), or left part of it unused: at the next start the kernel makes one
 * device of all of it again. False where nothing tells, as of pmem, which no kernel divides.
 */
export async function isPartOfRegion(host: Host, { name, sizeBytes }: DaxDevice): Promise<boolean> {
  const path = (await deviceFolder(host, `${DAX}/${name}`)) ?? ''
  const regionBytes = await readOptional(host, `${parentOf(path)}/dax_region/size`)
  return regionBytes !== null && regionBytes !== sizeBytes
}

export async function memmapOnMemory(host: Host, path: string): Promise<boolean | null> {
  const wish = await readOptional(host, `${path}/memmap_on_memory`)
  if (wish === null) return null
  // The device's wish counts only where the kernel grants it at all.
  const granted = await readOptional(host, '/sys/module/memory_hotplug/parameters/memmap_on_memory')
  return wish === '1' && granted !== null && !/^(n|0)/i.test(granted)
}

/** What files tell of its health; the rest the host's own tools are asked for (health-tools). */
async function fileHealth(
  host: Host,
  { kind, region, parts }: DaxIdentity,
  badBlocks: number,
): Promise<HealthFact[]> {
  if (kind === 'cxl') return cxlHealth(host, region, parts)
  if (kind !== 'pmem') return []
  const source = `${region}/badblocks`
  const bad = { fact: 'bad_blocks', of: baseName(region), value: badBlocks, detail: '', source } as const
  return [bad, ...(await dimmHealth(host, parts))]
}

/** One dax device as it reads now. */
async function readDaxDevice(
  host: Host,
  name: string,
  blocks: BlockSource,
  pageBytes: bigint,
): Promise<DaxReading> {
  const found = await readDaxIdentity(host, name)
  const { path, kind, sizeBytes, ranges, identity, region, namespace, parts, driver } = found
  const onMemory = await memmapOnMemory(host, path)
  const prediction = predict({
    ranges,
    blockSizeBytes: blocks.sizeBytes,
    pageSizeBytes: pageBytes,
    memmapFrom: onMemory === true ? 'device' : 'normal',
  })
  const present = await blocks.of([...idsOf(prediction.blocks)])
  const online = present.filter((block) => block.state === 'online')
  const badBlocks = kind === 'pmem' ? await countBadBlocks(host, region, ranges) : 0
  return {
    device: {
      name,
      identity,
      kind,
      sizeBytes: String(sizeBytes),
      alignBytes: (await readOptional(host, `${path}/align`)) || null,
      ranges,
      targetNode: toCount(await readOptional(host, `${path}/target_node`)),
      numaNode: toCount(await readOptional(host, `${path}/numa_node`)),
      driver,
      mode: driver === 'kmem' ? 'system-ram' : 'devdax',
      blocks: toRuns(present),
      movable: online.length === 0 ? null : online.every((block) => block.zones === 'Movable'),
      memmapOnMemory: onMemory,
      deviceState: await readOptional(host, `${path}/state`),
      badBlocks,
      health: await fileHealth(host, found, badBlocks),
      stranded: driver !== 'kmem' && present.length > 0,
      prediction,
      refusals: [],
    },
    deviceNumber: await readDeviceNumber(host, path),
    namespace,
    parts,
    region: baseName(region),
  }
}

export async function readDaxDevices(
  host: Host,
  blocks: BlockSource,
  pageBytes: bigint,
): Promise<DaxReading[]> {
  const readings: DaxReading[] = []
  for (const name of await listDaxDevices(host)) {
    readings.push(await readDaxDevice(host, name, blocks, pageBytes))
  }
  return readings
}
