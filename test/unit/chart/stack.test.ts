import { expect, it } from 'vitest'
import { heldUntil, indexAt, pieces, stack } from '@/app/_components/chart/stack'

it('lays every part on the sum of those below it, and leaves a gap where nothing was heard', () => {
  const layers = stack(
    [{ values: [512, 512, null, 512] }, { values: [0, 752, null, 752] }, { values: [null, null, null, 256] }],
    4,
  )
  expect(layers.map(({ high }) => high)).toEqual([
    [512, 512, null, 512],
    [512, 1264, null, 1264],
    [512, 1264, null, 1520],
  ])
  expect(layers.map(({ low }) => low)).toEqual([
    [0, 0, null, 0],
    [512, 512, null, 512],
    [512, 1264, null, 1264],
  ])
})

it('finds the value that holds at a time, and none before the first', () => {
  const times = [100, 110, 130]
  expect([99, 100, 109, 110, 129, 130, 9_000].map((at) => indexAt(times, at))).toEqual([
    null,
    0,
    0,
    1,
    1,
    2,
    2,
  ])
  expect(indexAt([], 5)).toBeNull()
})

it('lets a value hold to the next time, and the last one for a step', () => {
  expect(heldUntil([100, 110, 130], 1, 10)).toBe(130)
  expect(heldUntil([100, 110, 130], 2, 10)).toBe(140)
})

it('draws in one piece only what lies between two gaps', () => {
  expect(pieces([null, 1, 2, null, null, 3])).toEqual([
    { first: 1, last: 2 },
    { first: 5, last: 5 },
  ])
  expect(pieces([null, null])).toEqual([])
})
