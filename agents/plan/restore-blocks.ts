import { idsOf } from '../lib/spans'
import type { BlockRun, BlockSpan, PlannedBlocks } from '../protocol'

/**
 * Blocks as an item holds them. The zone of a block that is not online is none: what it could become changes with its
 * neighbours.
 */
export function plannedBlocks(runs: readonly BlockRun[]): PlannedBlocks[] {
  const planned: PlannedBlocks[] = []
  for (const { first, last, state, zones: read } of runs) {
    const zones = state === 'online' ? read : ''
    const before = planned[planned.length - 1]
    if (before !== undefined && before.last + 1 === first && before.state === state && before.zones === zones)
      before.last = last
    else planned.push({ first, last, state, zones })
  }
  return planned
}

const spanOf = ({ first, last }: PlannedBlocks): BlockSpan => [first, last]

/** The blocks that were online; of one zone, where it is named. */
export function onlineSpans(blocks: readonly PlannedBlocks[], zones?: string): BlockSpan[] {
  return blocks
    .filter(({ state, zones: zone }) => state === 'online' && (zones === undefined || zone === zones))
    .map(spanOf)
}

export function notOfflineSpans(blocks: readonly PlannedBlocks[]): BlockSpan[] {
  return blocks.filter(({ state }) => state !== 'offline').map(spanOf)
}

/** The zone of each block that was online. */
export function zonesById(blocks: readonly PlannedBlocks[]): Map<number, string> {
  const zones = new Map<number, string>()
  for (const run of blocks) {
    if (run.state === 'online') for (const id of idsOf([spanOf(run)])) zones.set(id, run.zones)
  }
  return zones
}
