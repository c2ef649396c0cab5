import { smallInt } from './lib/small-int'
import { countSpans } from './lib/spans'
import type { AddressRange, BlockSpan, Prediction } from './protocol'

/** sizeof(struct page) on every 64-bit kernel: a 64th of memory in 4 KiB pages. */
const STRUCT_PAGE_BYTES = 64n

/**
 * What a device will yield, by the arithmetic of drivers/dax/kmem.c: each range shrinks to whole memory blocks,
 * and what does not fill one is lost. Inverse order of ranges, or ranges smaller than a block, yield nothing.
 */
export function predict(input: {
  ranges: readonly AddressRange[]
  blockSizeBytes: bigint
  pageSizeBytes: bigint
  memmapFrom: Prediction['memmapFrom']
}): Prediction {
  const size = input.blockSizeBytes
  const blocks: BlockSpan[] = []
  let usable = 0n
  let length = 0n
  for (const range of input.ranges) {
    const start = BigInt(range.start)
    const end = BigInt(range.end) + 1n
    length += end - start
    if (size === 0n) continue
    const first = (start + size - 1n) / size
    const past = end / size
    if (past <= first) continue
    usable += (past - first) * size
    blocks.push([smallInt(first), smallInt(past - 1n)])
  }
  return {
    usableBytes: String(usable),
    lostBytes: String(length - usable),
    memmapBytes: String((usable / input.pageSizeBytes) * STRUCT_PAGE_BYTES),
    memmapFrom: input.memmapFrom,
    blockCount: countSpans(blocks),
    blocks,
  }
}
