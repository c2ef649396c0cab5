import type { BlockSpan, PlanItem } from '@/agents/protocol'

/** Blocks of the device that read online when the plan was made: it adds nothing by them. */
export function onlineBlocksBefore(item: PlanItem): number {
  const spans: BlockSpan[] =
    item.kind === 'convert'
      ? item.preconditions.plannedBlocksOnline
      : item.preconditions.blocks
          .filter(({ state }) => state === 'online')
          .map(({ first, last }) => [first, last])
  return spans.reduce((sum, [first, last]) => sum + last - first + 1, 0)
}

export function onlineBytesBefore(item: PlanItem): bigint {
  return BigInt(onlineBlocksBefore(item)) * BigInt(item.invariants.blockSizeBytes)
}
