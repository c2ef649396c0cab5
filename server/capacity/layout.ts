import type { BlockSpan, DaxDevice, Decimal, DeviceKind, Inspection } from '@/agents/protocol'
import { storableText } from '@/server/hosts/untrusted'
import type { Tier } from './vocabulary'

/** What of an inspection says whose memory a block is: all that is needed to make sense of samples until the next one. */
export interface Layout {
  bootId: string
  blockSizeBytes: bigint
  devices: DeviceLayout[]
  /** Blocks of devices in ascending order; `device` is a place in `devices`. */
  spans: { first: number; last: number; device: number }[]
  /** Two devices claim one block: then nothing that this host tells can be attributed. */
  overlaps: boolean
  /** Of all ranges together. */
  rangesBytes: bigint
}

export interface DeviceLayout {
  /** This boot's name, by which a sample tells of it; with size and node the same it is the same device. */
  name: string
  sizeBytes: Decimal
  targetNode: number | null
  /** Stable across reboots: what capacity is stored under. */
  identity: string
  tier: Tier
  blockCount: number
  /** What one online block adds to MemTotal: a block that holds its own page structures adds less than its size. */
  blockYieldBytes: bigint
  /** Of its ranges, what fills no block. */
  lostBytes: bigint
  refusals: DaxDevice['refusals']
}

/** Soft-reserved memory whose device is of no kind known here is dax_hmem's as well. */
const tierOf: Record<DeviceKind, Tier> = { pmem: 'pmem', cxl: 'cxl', hmem: 'hbm', unknown: 'hbm' }
/** struct page is 64 bytes, and the smallest page 4 KiB: no block gives more than a 64th of itself to page structures. */
const largestMemmapShare = 64n

export type Inspected = Pick<Inspection, 'privileged' | 'blockSizeBytes' | 'devices'> & {
  host: Pick<Inspection['host'], 'bootId'>
}

/** From what a probe has read. Block ids are computed from physical addresses here, whatever sums the host may tell. */
export function layoutOf(inspection: Inspected): Layout {
  const blockSizeBytes = BigInt(inspection.blockSizeBytes)
  const devices: DeviceLayout[] = []
  const spans: Layout['spans'] = []
  const known = new Set<string>()
  let rangesBytes = 0n
  // Without root a host cannot tell addresses: its devices are then unknown, not without memory.
  for (const device of inspection.privileged ? inspection.devices : []) {
    // As in record-devices.ts: an identity is one device, and is not believed when it is told a second time.
    if (known.has(device.identity.id)) continue
    known.add(device.identity.id)
    const blocks = wholeBlocks(device.ranges, blockSizeBytes)
    const lengthBytes = lengthOf(device.ranges)
    rangesBytes += lengthBytes
    const blockCount = blocks.reduce((sum, [first, last]) => sum + last - first + 1, 0)
    for (const [first, last] of blocks) spans.push({ first, last, device: devices.length })
    devices.push({
      name: device.name,
      sizeBytes: device.sizeBytes,
      targetNode: device.targetNode,
      identity: storableText(device.identity.id),
      tier: tierOf[device.kind],
      blockCount,
      blockYieldBytes: blockSizeBytes - memmapOfBlock(device, blockSizeBytes),
      lostBytes: lengthBytes - BigInt(blockCount) * blockSizeBytes,
      refusals: device.refusals,
    })
  }
  spans.sort((a, b) => a.first - b.first)
  const overlaps = spans.some(({ first }, at) => first <= (spans[at - 1]?.last ?? -1))
  return { bootId: inspection.host.bootId, blockSizeBytes, devices, spans, overlaps, rangesBytes }
}

/** As drivers/dax/kmem.c does: each range shrinks to whole blocks. Addresses of 64 bits give ids that numbers hold. */
function wholeBlocks(ranges: DaxDevice['ranges'], blockSizeBytes: bigint): BlockSpan[] {
  if (blockSizeBytes === 0n) return []
  return ranges.flatMap(({ start, end }): BlockSpan[] => {
    const first = (BigInt(start) + blockSizeBytes - 1n) / blockSizeBytes
    const past = (BigInt(end) + 1n) / blockSizeBytes
    return past > first ? [[Number(first), Number(past - 1n)]] : []
  })
}

function lengthOf(ranges: DaxDevice['ranges']): bigint {
  return ranges.reduce((sum, { start, end }) => {
    const length = BigInt(end) + 1n - BigInt(start)
    return length > 0n ? sum + length : sum
  }, 0n)
}

/** With memmap_on_memory a block's own first pages describe it, and are no part of MemTotal (mm/memory_hotplug.c). */
function memmapOfBlock({ prediction }: DaxDevice, blockSizeBytes: bigint): bigint {
  if (prediction.memmapFrom !== 'device' || prediction.blockCount === 0) return 0n
  const told = BigInt(prediction.memmapBytes) / BigInt(prediction.blockCount)
  const most = blockSizeBytes / largestMemmapShare
  return told < most ? told : most
}
