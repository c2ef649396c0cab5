import type { BlockRun } from '@/agents/protocol'

export interface BlockCount {
  total: number
  online: number
  /** Every online block in ZONE_MOVABLE; null with none online. As daxctl's `movable`. */
  movable: boolean | null
}

/**
 * Counts memory blocks from raw runs as a host sent them. Runs that overlap are counted once: a host cannot claim
 * more memory than it has blocks, and bytes on screen are these counts times the block size, nobody's own sum.
 */
export function countBlocks(runs: readonly BlockRun[]): BlockCount {
  let total = 0
  let online = 0
  let kernelOnline = false
  let next = 0
  for (const run of runs.toSorted((a, b) => a.first - b.first)) {
    const first = Math.max(run.first, next)
    const length = Math.max(0, run.last - first + 1)
    total += length
    next = Math.max(next, run.last + 1)
    if (run.state !== 'online' || length === 0) continue
    online += length
    // While online, valid_zones begins with the zone the block is in.
    if (run.zones.trim().split(/\s+/)[0] !== 'Movable') kernelOnline = true
  }
  return { total, online, movable: online === 0 ? null : !kernelOnline }
}
