import type { DaxDevice, Hazard, PlanResult, Zone } from '../protocol'
import type { Reading } from '../read/inspect'
import { ratioHazard } from '../read/zones'

const mib = (bytes: bigint) => `${bytes / 1048576n} MiB`

/** What the person who approves should know of this device and zone, beyond the host's own hazards. */
export function planHazards(reading: Reading, device: DaxDevice, zone: Zone): Hazard[] {
  const { inspection } = reading
  // What the ratio is now says less than what it would be.
  const hazards = inspection.hazards.filter(({ code }) => zone !== 'movable' || code !== 'movable_ratio')
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
  if (prediction.memmapFrom === 'device' && memmap > 0n) {
    add('memmap_cost', `Its page structures take ${mib(memmap)} of its own memory: so much less is gained.`)
  }
  if (zone === 'movable') {
    const taken = prediction.memmapFrom === 'normal' ? memmap : 0n
    const online = device.blocks.reduce(
      (sum, run) => sum + (run.state === 'online' ? run.last - run.first + 1 : 0),
      0,
    )
    const added = BigInt(prediction.usableBytes) - BigInt(online) * BigInt(inspection.blockSizeBytes)
    const movable = BigInt(inspection.memory.movableBytes) + (added > 0n ? added : 0n)
    const kernel = BigInt(inspection.memory.totalBytes) - BigInt(inspection.memory.movableBytes) - taken
    const ratio = ratioHazard(movable, kernel, 'would be')
    if (ratio !== null) hazards.push(ratio)
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
