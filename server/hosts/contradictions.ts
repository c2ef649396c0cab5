import type { DaxDevice, Inspection } from '@/agents/protocol'
import { countBlocks } from './blocks'

/** Something a reading says of itself that cannot be so. */
export interface Contradiction {
  code: 'contradiction'
  message: string
}

/**
 * What in a reading contradicts itself. States are made of the raw facts whatever a host calls them (device-state.ts); this
 * names, for people, what does not fit together: a kernel in between, a broken agent, or a host that lies.
 */
export function contradictionsOf(inspection: Inspection): Contradiction[] {
  const blockSizeBytes = BigInt(inspection.blockSizeBytes)
  return [
    ...ofMemory(inspection),
    ...inspection.devices.flatMap((device) => ofDevice(device, blockSizeBytes)),
    ...ofPairs(inspection.devices),
  ].map((message) => ({ code: 'contradiction', message }))
}

function ofMemory({ memory }: Inspection): string[] {
  const total = BigInt(memory.totalBytes)
  return (['freeBytes', 'availableBytes'] as const)
    .filter((name) => BigInt(memory[name]) > total)
    .map(
      (name) =>
        `The host tells of more memory ${name === 'freeBytes' ? 'free' : 'available'} than it has in all.`,
    )
}

function ofDevice(
  { name, driver, mode, blocks, sizeBytes, stranded }: DaxDevice,
  blockSizeBytes: bigint,
): string[] {
  const { online } = countBlocks(blocks)
  const found: string[] = []
  if ((driver === 'kmem') !== (mode === 'system-ram'))
    found.push(`${name} is called ${mode}, and its driver is ${driver ?? 'none'}.`)
  if (driver === 'device_dax' && online > 0 && !stranded)
    found.push(`${name} is on device_dax, and ${online} of its memory blocks are online.`)
  if (BigInt(online) * blockSizeBytes > BigInt(sizeBytes))
    found.push(`${name} has more memory online than it is large.`)
  return found
}

function ofPairs(devices: readonly DaxDevice[]): string[] {
  const found: string[] = []
  const seen = new Map<string, string>()
  for (const { name, identity } of devices) {
    const before = seen.get(identity.id)
    if (before !== undefined) found.push(`${name} and ${before} have one identity; the second is left out.`)
    else seen.set(identity.id, name)
  }
  const ranges = devices
    .flatMap(({ name, ranges: its }) =>
      its.map(({ start, end }) => ({ name, start: BigInt(start), end: BigInt(end) })),
    )
    .sort((one, other) => (one.start < other.start ? -1 : one.start > other.start ? 1 : 0))
  for (const [at, range] of ranges.entries()) {
    const next = ranges[at + 1]
    if (range.end < range.start) found.push(`${range.name} has a range that ends before it begins.`)
    else if (next !== undefined && next.name !== range.name && next.start <= range.end)
      found.push(`${range.name} and ${next.name} lie at the same addresses.`)
  }
  return found
}
