import type { PlanItem } from '@/agents/protocol'

/** Blocks of the device that read online when the plan was made: it adds nothing by them. */
export function onlineBlocksBefore({ preconditions }: PlanItem): number {
  return preconditions.plannedBlocksOnline.reduce((sum, [first, last]) => sum + last - first + 1, 0)
}

export function onlineBytesBefore(item: PlanItem): bigint {
  return BigInt(onlineBlocksBefore(item)) * BigInt(item.invariants.blockSizeBytes)
}
