import type { PlanItem } from '@/agents/protocol'

/** Blocks of the device that read online when the plan was made: a conversion adds nothing by them. */
export function onlineBlocksBefore(item: PlanItem): number {
  if (item.kind === 'convert') return count(item.preconditions.plannedBlocksOnline)
  if (item.kind === 'persist' || item.kind === 'unpersist') return 0
  const online = item.preconditions.blocks.filter(({ state }) => state === 'online')
  return count(online.map(({ first, last }) => [first, last] as const))
}

export function onlineBytesBefore(item: PlanItem): bigint {
  return BigInt(onlineBlocksBefore(item)) * BigInt(item.invariants.blockSizeBytes)
}

/** What the job is to bring online, or to take away; files for the next start change nothing now. */
export function predictedBytesOf(item: PlanItem): bigint {
  if (item.kind === 'persist' || item.kind === 'unpersist') return 0n
  if (item.kind === 'convert') return BigInt(item.prediction.usableBytes)
  return item.kind === 'online' ? bytesToCome(item) : BigInt(item.lossBytes)
}

/** What MemTotal would change by, as planned: below zero where memory is given back. */
export function gainBytesOf(item: PlanItem): bigint {
  if (item.kind === 'persist' || item.kind === 'unpersist') return 0n
  if (item.kind === 'restore' || item.kind === 'offline') return -BigInt(item.lossBytes)
  if (item.kind === 'online') return bytesToCome(item)
  return BigInt(item.prediction.usableBytes) - onlineBytesBefore(item)
}

function count(spans: readonly (readonly [first: number, last: number])[]): number {
  return spans.reduce((sum, [first, last]) => sum + last - first + 1, 0)
}

/** Of a share that is to come online: what of it is not. */
function bytesToCome({ writes, invariants }: PlanItem): bigint {
  const blocks = writes.reduce((sum, write) => sum + count(write.blocks ?? []), 0)
  return BigInt(blocks) * BigInt(invariants.blockSizeBytes)
}

/** How large the share is that the item is about; null where it is about the whole device. */
export function shareBytesOf(item: PlanItem | null): bigint | null {
  return item !== null && 'share' in item ? BigInt(item.share.bytes) : null
}
