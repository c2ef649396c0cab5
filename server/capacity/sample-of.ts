import type { Inspection, Sample } from '@/agents/protocol'

/** What a watch would have told at the moment of an inspection; of the blocks only those of dax devices. */
export function sampleOf(inspection: Inspection): Sample {
  const { host, uptimeMs, memory, nodes, devices, blockSizeBytes } = inspection
  return {
    bootId: host.bootId,
    uptimeMs,
    memory,
    nodes: nodes.map(({ id, memTotalBytes, memFreeBytes }) => ({ id, memTotalBytes, memFreeBytes })),
    devices: devices.map(({ name, driver, sizeBytes, targetNode }) => ({
      name,
      driver,
      sizeBytes,
      targetNode,
    })),
    blockSizeBytes,
    blocks: devices.flatMap(({ blocks }) => blocks).toSorted((a, b) => a.first - b.first),
  }
}
