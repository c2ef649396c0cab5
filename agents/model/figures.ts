import type { Memory } from './memory'
import type { ModelSpec } from './spec'

/** What the kernel keeps to itself of RAM, so that MemTotal is a little less. */
const KEPT_PERCENT = 3n
/** All figures are of whole pages. */
const PAGE = 4096n

/** The figures of /proc/meminfo and its like, in bytes. */
export class Figures {
  constructor(
    private readonly spec: ModelSpec,
    private readonly memory: Memory,
  ) {}

  nodeTotal(node: number): bigint {
    const dram = this.memory.dramBytes(node)
    const kept = (dram * KEPT_PERCENT) / 100n
    return dram - kept + (kept % PAGE) + this.memory.onlineBytes(node, 'any')
  }

  nodeFree(node: number): bigint {
    const free =
      this.nodeTotal(node) - (node < this.spec.cpuNodes ? this.taken() / BigInt(this.spec.cpuNodes) : 0n)
    return free > 0n ? free : 0n
  }

  total(): bigint {
    return this.memory.nodes().reduce((sum, node) => sum + this.nodeTotal(node), 0n)
  }

  free(): bigint {
    const free = this.total() - this.taken()
    return free > 0n ? free : 0n
  }

  /** MemAvailable: a tenth of what programs take is cache, and given back when asked for. */
  available(): bigint {
    return this.free() + this.spec.usedBytes / 10n
  }

  /** Free without what lies in ZONE_MOVABLE: no struct page can come from there. */
  kernelFree(): bigint {
    const free = this.free() - this.memory.onlineBytes(null, 'Movable')
    return free > 0n ? free : 0n
  }

  movable(node: number): bigint {
    return this.memory.onlineBytes(node, 'Movable')
  }

  private taken(): bigint {
    const taken = this.spec.usedBytes + this.memory.memmapBytes()
    return taken - (taken % PAGE)
  }
}
