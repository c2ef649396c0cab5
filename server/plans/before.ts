import type { PlanItem } from '@/agents/protocol'

/** Blocks of the device that read online when the plan was made: a conversion adds nothing by them. */
export function onlineBlocksBefore(item: PlanItem): number {
  if (item.kind === 'convert') return count(item.preconditions.plannedBlocksOnline)
  const online = item.preconditions.blocks.filter(({ state }) => state === 'online')
  return count(online.map(({ first, last }) => [first, last] as const))
}

export function onlineBytesBefore(item: PlanItem): bigint {
  return BigInt(onlineBlocksBefore(item)) * BigInt(item.invariants.blockSizeBytes)
}

/** What MemTotal would change by, as planned: below zero where memory is given back. */
export function gainBytesOf(item: PlanItem): bigint {
  if (item.kind === 'restore') return -onlineBytesBefore(item)
  return BigInt(item.prediction.usableBytes) - onlineBytesBefore(item)
}

function count(spans: readonly (readonly [first: number, last: number])[]): number {
  return spans.reduce((sum, [first, last]) => sum + last - first + 1, 0)
}
