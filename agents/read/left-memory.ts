import type { Host } from '../host'
import type { DaxDevice, Hazard } from '../protocol'
import { readOptional } from './files'

const MOST_BYTES = 1024 * 1024
const KMEM = /^\s*([0-9a-f]+)-([0-9a-f]+) : System RAM \(kmem\)$/gm

const hex = (address: bigint) => `0x${address.toString(16)}`

/**
 * What kmem has plugged in for a device that is not there any more, as where somebody has destroyed its namespace by force:
 * no device shows it, no tool can take it back. By /proc/iomem, which names it so since Linux 5.8 and tells root alone.
 */
export function leftMemory(iomem: string, devices: readonly Pick<DaxDevice, 'ranges'>[]): Hazard[] {
  const known = devices.flatMap(({ ranges }) => ranges)
  const hazards: Hazard[] = []
  for (const [, from, to] of iomem.matchAll(KMEM)) {
    const [start, end] = [BigInt(`0x${from}`), BigInt(`0x${to}`)]
    if (end === 0n || known.some((range) => BigInt(range.start) <= end && BigInt(range.end) >= start))
      continue
    hazards.push({
      code: 'memory_without_device',
      message: `${(end - start + 1n) / 1048576n} MiB of system RAM at ${hex(start)} are of a dax device that is gone: nothing can take them back until the host restarts.`,
    })
  }
  return hazards
}

/** The same, of this host. */
export async function readLeftMemory(
  host: Host,
  devices: readonly Pick<DaxDevice, 'ranges'>[],
): Promise<Hazard[]> {
  return leftMemory((await readOptional(host, '/proc/iomem', MOST_BYTES)) ?? '', devices)
}
