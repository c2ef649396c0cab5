import type { Sample } from '@/agents/protocol'
import { deviceState } from '@/server/hosts/device-state'
import { storableText } from '@/server/hosts/untrusted'
import type { DeviceLayout, Layout } from './layout'
import type { CapacityReading } from './reading'
import { type CapacityRefusal, refuseSample } from './refuse-sample'
import type { Tier } from './vocabulary'

/**
 * `isWhole`: the sample shows the very devices that were last inspected. A reading that is not whole has its totals and
 * what could be attributed without doubt; the probe that such a change leads to brings the rest (capacity-intake.ts).
 */
export type Capacity = { reading: CapacityReading; isWhole: boolean } | { refused: CapacityRefusal }

/**
 * What a host's memory is, from what its watch told and from what was last inspected (null: never). Pure. Blocks belong
 * to the device whose physical addresses they lie in; a device's bytes are what its online blocks add to MemTotal, so
 * that DRAM, being the rest, is exact. What a host tells that cannot be is refused by name, never mended.
 */
export function capacityOf(
  { hostId, at }: Pick<CapacityReading, 'hostId' | 'at'>,
  layout: Layout | null,
  sample: Sample,
): Capacity {
  const refused = refuseSample(sample, layout)
  if (refused !== null) return { refused }
  const now = devicesNow(layout, sample)
  const online = countOnline(now.layout, sample)
  const totalBytes = BigInt(sample.memory.totalBytes)
  const tiers: Record<Tier, bigint> = { dram: totalBytes, pmem: 0n, cxl: 0n, hbm: 0n }
  const devices: CapacityReading['devices'] = []
  let convertibleBytes = 0n
  let lostBytes = 0n
  for (const [place, device] of (now.layout?.devices ?? []).entries()) {
    const driver = now.drivers.get(device.name)
    // Gone, or another by now: its memory is nobody's until it was looked at again.
    if (driver === undefined) continue
    const blocks = online[place] ?? { movable: 0, other: 0 }
    const movableBytes = BigInt(blocks.movable) * device.blockYieldBytes
    const otherZoneBytes = BigInt(blocks.other) * device.blockYieldBytes
    devices.push({ identity: device.identity, tier: device.tier, movableBytes, otherZoneBytes })
    tiers[device.tier] += movableBytes + otherZoneBytes
    tiers.dram -= movableBytes + otherZoneBytes
    const canBe = isConvertible(device, driver)
    if (canBe) convertibleBytes += BigInt(device.blockCount) * device.blockYieldBytes
    // Of devices that are or could be converted, as the fleet's summary counts it.
    if (canBe || driver === 'kmem') lostBytes += device.lostBytes
  }
  // Read between two changes the one may be there and the other not yet: the next look is two seconds away.
  if (tiers.dram < 0n) return { refused: 'devices_exceed_total' }
  const reading: CapacityReading = {
    hostId,
    at,
    bootId: storableText(sample.bootId),
    totalBytes,
    freeBytes: BigInt(sample.memory.freeBytes),
    availableBytes: BigInt(sample.memory.availableBytes),
    tiers,
    nodes: sample.nodes.map(({ id, memTotalBytes, memFreeBytes }) => ({
      id,
      totalBytes: BigInt(memTotalBytes),
      freeBytes: BigInt(memFreeBytes),
    })),
    devices,
    convertibleBytes,
    lostBytes,
  }
  return { reading, isWhole: now.isWhole }
}

interface DevicesNow {
  /** Null when nothing of it says anything about this sample. */
  layout: Layout | null
  /** By name, of those that are what they were. */
  drivers: Map<string, string | null>
  isWhole: boolean
}

/**
 * Names are handed out anew with each boot, and block ids mean other addresses with another block size: then nothing is
 * attributed. Within a boot a namespace may be made anew under its old name, so size and node must be the same, too. A
 * driver may differ: a device that is being converted is the same device.
 */
function devicesNow(layout: Layout | null, sample: Sample): DevicesNow {
  const drivers = new Map<string, string | null>()
  if (layout?.bootId !== sample.bootId || layout.blockSizeBytes !== BigInt(sample.blockSizeBytes))
    return { layout: null, drivers, isWhole: false }
  const told = new Map(sample.devices.map((device) => [device.name, device]))
  for (const { name, sizeBytes, targetNode } of layout.devices) {
    const device = told.get(name)
    if (device?.sizeBytes === sizeBytes && device.targetNode === targetNode) drivers.set(name, device.driver)
  }
  const isWhole = drivers.size === layout.devices.length && drivers.size === sample.devices.length
  return { layout, drivers, isWhole }
}

/** Online blocks of each device by zone, in one pass over spans and runs, both ascending. */
function countOnline(layout: Layout | null, { blocks }: Sample): { movable: number; other: number }[] {
  if (layout === null) return []
  const counts = layout.devices.map(() => ({ movable: 0, other: 0 }))
  let from = 0
  for (const run of blocks) {
    if (run.state !== 'online') continue
    // While online, valid_zones begins with the zone the block is in.
    const zone = /^\s*Movable\b/.test(run.zones) ? 'movable' : 'other'
    while ((layout.spans[from]?.last ?? Number.POSITIVE_INFINITY) < run.first) from++
    for (let at = from; ; at++) {
      const span = layout.spans[at]
      if (span === undefined || span.first > run.last) break
      const count = counts[span.device]
      if (count !== undefined)
        count[zone] += Math.min(span.last, run.last) - Math.max(span.first, run.first) + 1
    }
  }
  return counts
}

function isConvertible({ blockCount, refusals }: DeviceLayout, driver: string | null): boolean {
  const evidence = { driver, refusals, stranded: false, blocks: [], prediction: { blockCount } }
  return deviceState(evidence) === 'convertible'
}
