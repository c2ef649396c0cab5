import { expect, it } from 'vitest'
import { allCells, pairwise, tableOf } from '@/test/support/matrix'

it('lets any two things meet that meet in the whole matrix, in far fewer cells', () => {
  const pairs = (cells: typeof allCells) =>
    new Set(
      cells.flatMap(({ memory, other, deed }) => [
        `${memory} ${other}`,
        `${memory} ${deed}`,
        `${other} ${deed}`,
      ]),
    )
  const few = pairwise(allCells)
  expect(pairs(few)).toEqual(pairs(allCells))
  expect(allCells).toHaveLength(48)
  expect(few.length).toBeLessThanOrEqual(20)
})

it('prints one line a cell', () => {
  const [cell] = allCells
  if (cell === undefined) throw new Error('There is no cell.')
  const row = { ...cell, outcome: 'converted', gainedMib: 896, blocks: '7 of 7', zone: 'Movable' }
  expect(tableOf([row]).split('\n')[1]).toMatch(
    /^pmem on 6\.1 +offline +convert +converted +896 +7 of 7 +Movable$/,
  )
})
