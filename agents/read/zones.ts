import type { DaxDevice, Hazard, Inspection } from '../protocol'

/** Kernel memory cannot live in ZONE_MOVABLE: beyond about 3 : 1 the kernel may starve beside free memory. */
const MOST_MOVABLE = 3n

/** Warns of much movable memory for little of the kernel's; `is` says whether it is so or would be. */
export function ratioHazard(movableBytes: bigint, kernelBytes: bigint, is: 'is' | 'would be'): Hazard | null {
  if (kernelBytes <= 0n || movableBytes <= MOST_MOVABLE * kernelBytes) return null
  const tenths = (movableBytes * 10n) / kernelBytes
  return {
    code: 'movable_ratio',
    message: `ZONE_MOVABLE ${is} ${tenths / 10n}.${tenths % 10n} times the kernel's memory; beyond 3 to 1 the kernel may run short.`,
  }
}

/** Blocks of one device online in more than one zone: some of them may not come offline again. */
function mixedZones({ name, blocks }: DaxDevice): Hazard | null {
  const counts = new Map<string, number>()
  for (const { first, last, state, zones } of blocks)
    if (state === 'online') counts.set(zones, (counts.get(zones) ?? 0) + last - first + 1)
  if (counts.size < 2) return null
  const parts = [...counts].map(([zone, count]) => `${count} in ${zone}`)
  return {
    code: 'mixed_zones',
    message: `${name} has blocks online in several zones (${parts.join(', ')}): what is not Movable may not be given back.`,
  }
}

/** What the zones of this host's memory are to be minded for, as they are. */
export function zoneHazards(memory: Inspection['memory'], devices: readonly DaxDevice[]): Hazard[] {
  const movable = BigInt(memory.movableBytes)
  const ratio = ratioHazard(movable, BigInt(memory.totalBytes) - movable, 'is')
  return [ratio, ...devices.map(mixedZones)].flatMap((hazard) => hazard ?? [])
}
