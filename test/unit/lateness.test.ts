import { describe, expect, it } from 'vitest'
import { latenessOf, percentile } from '@/scripts/bench/fanout/lateness'

const readings = (...pairs: [atMs: number, value: number][]) =>
  pairs.map(([atMs, value]) => ({ atMs, value }))

describe('how late a page is', () => {
  it('counts from what was committed to the first that is at least as new', () => {
    const committed = readings([0, 1], [100, 2], [250, 5])
    expect(latenessOf(committed, readings([40, 1], [300, 5]), 1_000)).toEqual([40, 200, 50])
  })

  it('is not late where it was shown before anybody looked into the database', () => {
    expect(latenessOf(readings([100, 3]), readings([90, 3]), 1_000)).toEqual([0])
  })

  it('counts what was never shown until the end', () => {
    expect(latenessOf(readings([0, 1], [400, 2]), readings([10, 1]), 1_000)).toEqual([10, 600])
    expect(latenessOf(readings([400, 2]), [], 1_000)).toEqual([600])
  })

  it('tells what a share of a sample does not exceed', () => {
    expect(percentile([5, 1, 3], 0.5)).toBe(3)
    expect(percentile([5, 1, 3], 1)).toBe(5)
    expect(percentile([], 0.95)).toBe(0)
  })
})
