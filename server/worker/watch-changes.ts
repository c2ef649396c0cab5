import type { BlockRun, Inspection, Sample } from '@/agents/protocol'

/** What of a sample must stay the same while nobody does anything to the host's devices and memory. */
export function fingerprintOf({ bootId, memory, devices, blocks }: Sample): string {
  const drivers = devices.map(({ name, driver, sizeBytes }) => [name, driver, sizeBytes])
  return JSON.stringify([bootId, memory.totalBytes, drivers.toSorted(), blocks])
}

/**
 * Whether a sample shows another boot, another device or driver, other block states or another total than the last
 * inspection, which may have been read in the middle of a change: some of it before, some after.
 */
export function differsFrom(inspection: Inspection, sample: Sample): boolean {
  if (inspection.host.bootId !== sample.bootId) return true
  if (inspection.memory.totalBytes !== sample.memory.totalBytes) return true
  const driverOf = new Map(sample.devices.map(({ name, driver }) => [name, driver]))
  if (driverOf.size !== inspection.devices.length) return true
  return inspection.devices.some(
    ({ name, driver, blocks }) =>
      driverOf.get(name) !== driver || blocks.some((run) => !isStill(run, sample.blocks)),
  )
}

/** Every block of `run` has the same state in `blocks`, whatever runs they are told in there. */
function isStill(run: BlockRun, blocks: readonly BlockRun[]): boolean {
  const same = blocks
    .filter(({ state }) => state === run.state)
    .reduce(
      (count, { first, last }) =>
        count + Math.max(0, Math.min(last, run.last) - Math.max(first, run.first) + 1),
      0,
    )
  return same >= run.last - run.first + 1
}
