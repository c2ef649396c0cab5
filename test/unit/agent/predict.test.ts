import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { predict } from '@/agents/predict'

const MIB = 1024n * 1024n
const GIB = 1024n * MIB

function predictOne(startBytes: bigint, sizeBytes: bigint, blockSizeBytes: bigint) {
  return predict({
    ranges: [{ start: String(startBytes), end: String(startBytes + sizeBytes - 1n) }],
    blockSizeBytes,
    pageSizeBytes: 4096n,
    memmapFrom: 'normal',
  })
}

describe('prediction', () => {
  it('gives 7 blocks, 896 MiB, for the device of a 1 GiB namespace, as seen on a kernel', () => {
    const prediction = predictOne(4_313_841_664n, 1006n * MIB, 128n * MIB)
    expect(prediction).toMatchObject({ usableBytes: String(896n * MIB), blockCount: 7, blocks: [[33, 39]] })
    expect(prediction.lostBytes).toBe(String(110n * MIB))
    expect(prediction.memmapBytes).toBe(String(14n * MIB))
  })

  it('loses almost 4 GiB of a badly placed range with blocks of 2 GiB', () => {
    const prediction = predictOne(2n * GIB + 1n, 6n * GIB - 2n, 2n * GIB)
    expect(prediction.usableBytes).toBe(String(2n * GIB))
    expect(BigInt(prediction.lostBytes)).toBe(4n * GIB - 2n)
  })

  it('gives nothing for a range without a whole block', () => {
    expect(predictOne(MIB, 254n * MIB, 128n * MIB).blockCount).toBe(0)
  })

  /** Counts block after block whether all its bytes lie inside: slow, and by another way than the agent's. */
  function countByHand(start: bigint, end: bigint, size: bigint): number[] {
    const ids: number[] = []
    for (let id = 0n; id * size <= end; id++) {
      if (id * size >= start && id * size + size - 1n <= end) ids.push(Number(id))
    }
    return ids
  }

  it('equals a count by hand, for any ranges and block sizes', () => {
    const range = fc.record({ start: fc.bigInt(0n, 4096n), length: fc.bigInt(1n, 4096n) })
    fc.assert(
      fc.property(
        fc.array(range, { maxLength: 3 }),
        fc.constantFrom(128n, 256n, 2048n),
        (ranges, blockMib) => {
          const size = blockMib * MIB
          // Gaps between ranges, so that no block is counted twice.
          const placed = ranges.map(({ start, length }, index) => {
            const from = (start + BigInt(index) * 16384n) * MIB
            return { from, end: from + length * MIB - 1n }
          })
          const prediction = predict({
            ranges: placed.map(({ from, end }) => ({ start: String(from), end: String(end) })),
            blockSizeBytes: size,
            pageSizeBytes: 4096n,
            memmapFrom: 'normal',
          })
          const ids = placed.flatMap(({ from, end }) => countByHand(from, end, size))
          const length = placed.reduce((sum, { from, end }) => sum + end - from + 1n, 0n)
          const usable = BigInt(ids.length) * size
          expect(prediction.blockCount).toBe(ids.length)
          expect(prediction.usableBytes).toBe(String(usable))
          expect(prediction.lostBytes).toBe(String(length - usable))
          expect(prediction.memmapBytes).toBe(String(usable / 64n))
        },
      ),
    )
  })
})
