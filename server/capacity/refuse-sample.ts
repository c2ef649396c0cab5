import type { Sample } from '@/agents/protocol'
import type { Layout } from './layout'

/** Why nothing is stored of what a host told of its memory, for the worker's log. */
export const capacityRefusals = {
  no_total: 'MemTotal is zero or could not be read.',
  beyond_address_space: 'A size is larger than all physical addresses a processor has.',
  free_exceeds_total: 'More memory is free or available than there is.',
  node_told_twice: 'A NUMA node is told twice.',
  nodes_exceed_total: 'The NUMA nodes hold more memory than the host has, or have more free than they hold.',
  device_told_twice: 'A device is told twice.',
  blocks_told_twice: 'A memory block is told twice, or out of order.',
  devices_overlap: 'Two devices were read at the same physical addresses.',
  devices_exceed_total: 'The online blocks of devices hold more memory than the host has.',
} as const
export type CapacityRefusal = keyof typeof capacityRefusals

/** x86-64 and arm64 have at most 52 bits of physical address. */
const addressSpaceBytes = 2n ** 52n

/** What contradicts itself, or cannot be on any machine. Null when nothing does. */
export function refuseSample(sample: Sample, layout: Layout | null): CapacityRefusal | null {
  const { memory, nodes, devices, blocks } = sample
  const totalBytes = BigInt(memory.totalBytes)
  if (totalBytes === 0n) return 'no_total'
  if (totalBytes > addressSpaceBytes || BigInt(sample.blockSizeBytes) > addressSpaceBytes)
    return 'beyond_address_space'
  if (BigInt(memory.freeBytes) > totalBytes || BigInt(memory.availableBytes) > totalBytes)
    return 'free_exceeds_total'
  if (new Set(nodes.map(({ id }) => id)).size < nodes.length) return 'node_told_twice'
  let ofNodes = 0n
  for (const { memTotalBytes, memFreeBytes } of nodes) {
    if (BigInt(memFreeBytes) > BigInt(memTotalBytes)) return 'nodes_exceed_total'
    ofNodes += BigInt(memTotalBytes)
  }
  if (ofNodes > totalBytes) return 'nodes_exceed_total'
  if (new Set(devices.map(({ name }) => name)).size < devices.length) return 'device_told_twice'
  let last = -1
  for (const run of blocks) {
    if (run.first <= last) return 'blocks_told_twice'
    last = run.last
  }
  if (layout === null) return null
  if (layout.overlaps) return 'devices_overlap'
  return layout.rangesBytes > addressSpaceBytes ? 'beyond_address_space' : null
}
