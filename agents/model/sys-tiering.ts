import { isAtLeast } from './dax'
import type { Memory } from './memory'
import type { DeviceSpec, ModelSpec } from './spec'
import { type FolderNode, fixed, folder, line, living, type Node } from './tree'

/** Tiers as kernels number them (seen: DRAM 4, CXL 22); a smaller one is faster. */
const DRAM = 4
const TIER_OF: Record<DeviceSpec['kind'], number> = { hmem: 3, cxl: 22, pmem: 22 }

/** /sys/devices/virtual/memory_tiering (Linux 6.1): a node is in a tier while it has memory online. */
export function tieringFolder(spec: ModelSpec, memory: Memory): FolderNode {
  const tierOf = (node: number) => {
    const device = spec.devices.find(({ targetNode }) => targetNode === node)
    return node < spec.cpuNodes || device === undefined ? DRAM : TIER_OF[device.kind]
  }
  const tiers = () => {
    const found = new Map<string, number[]>()
    for (const node of memory.nodes()) {
      if (memory.dramBytes(node) + memory.onlineBytes(node, 'any') === 0n) continue
      const name = `memory_tier${tierOf(node)}`
      found.set(name, [...(found.get(name) ?? []), node])
    }
    return found
  }
  if (!isAtLeast(spec, 6, 1)) return folder({})
  return living(
    () => [...tiers().keys()],
    (name) => {
      const nodes = tiers().get(name)
      return nodes === undefined ? null : folder({ nodelist: fixed(nodes.join(',')) })
    },
  )
}

/** /sys/kernel/mm/numa (Linux 5.15) */
export function numaFolder(spec: ModelSpec): FolderNode {
  if (!isAtLeast(spec, 5, 15)) return folder({})
  return folder({ demotion_enabled: fixed(spec.demotion ? 'true' : 'false', 0o644) })
}

/** What of the buses tells that CXL ram regions and soft-reserved memory are kmem's by their kind (Linux 6.3). */
export function byKindTrees(
  spec: ModelSpec,
): Record<'platform' | 'cxlDrivers' | 'daxDrivers', Record<string, Node>> {
  const byKind = isAtLeast(spec, 6, 3)
  return {
    platform: byKind ? { 'hmem_platform.0': folder({}) } : {},
    cxlDrivers: byKind ? { cxl_dax_region: folder({}) } : {},
    daxDrivers: isAtLeast(spec, 7, 0) ? { fsdev_dax: folder({}) } : {},
  }
}

/** /proc/sys/kernel/numa_balancing */
export const numaBalancing = ({ numaBalancing: value }: ModelSpec): Node => line(() => String(value), 0o644)
