import type { DaxDevice, Hazard, PlanResult, Zone } from '../protocol'
import type { Reading } from '../read/inspect'

const mib = (bytes: bigint) => `${bytes / 1048576n} MiB`

/** What the person who approves should know of this device and zone, beyond the host's own hazards. */
export function planHazards(reading: Reading, device: DaxDevice, zone: Zone): Hazard[] {
  const { inspection } = reading
  const hazards = [...inspection.hazards]
  const { prediction } = device
  const lost = BigInt(prediction.lostBytes)
  const memmap = BigInt(prediction.memmapBytes)
  const add = (code: Hazard['code'], message: string) => hazards.push({ code, message })
  if (device.kind === 'pmem') {
    add(
      'not_erased_at_power_off',
      'This is persistent memory: what is in RAM when the host loses power stays readable on the DIMMs.',
    )
  }
  if (lost > 0n) {
    add(
      'alignment_loss',
      `${mib(lost)} are lost: only whole memory blocks of ${mib(BigInt(inspection.blockSizeBytes))} can be used.`,
    )
  }
  if (prediction.memmapFrom === 'normal' && memmap > 0n) {
    add('memmap_cost', `Its page structures take ${mib(memmap)} out of the memory that exists already.`)
  }
  if (zone === 'movable') {
    const movable = BigInt(inspection.memory.movableBytes) + BigInt(prediction.usableBytes)
    const kernel = BigInt(inspection.memory.totalBytes) - BigInt(inspection.memory.movableBytes)
    // Kernel memory cannot live in ZONE_MOVABLE: beyond about 3:1 the kernel may starve beside free memory.
    if (kernel > 0n && movable > 3n * kernel) {
      add(
        'movable_ratio',
        `ZONE_MOVABLE would be ${movable / kernel} times the kernel's memory; beyond 3 to 1 the kernel may run short.`,
      )
    }
  }
  const reversible = isReversible(zone)
  if (!reversible.yes) add('no_hot_remove', reversible.why)
  return hazards
}

/** Whether the memory can be given back without a restart. */
export function isReversible(zone: Zone): PlanResult['reversible'] {
  if (zone === 'movable') {
    return {
      yes: true,
      why: 'Blocks in ZONE_MOVABLE can be taken offline again, unless something pins their pages.',
    }
  }
  if (zone === 'kernel') {
    return {
      yes: false,
      why: 'The kernel may keep its own data in these blocks: only a restart surely gives them back.',
    }
  }
  return {
    yes: false,
    why: "The host's own policy chooses the zone: whether the blocks can be taken offline again is only known then.",
  }
}
