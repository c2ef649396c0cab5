import { describe, expect, test } from 'vitest'
import { countBlocks, describeBlocks, stripCells } from '@/app/_lib/blocks'

const run = (
  first: number,
  last: number,
  state: 'online' | 'offline' | 'going-offline' | 'unknown' = 'online',
  zones = 'Movable',
) => ({ first, last, state, zones, node: 1 })

describe('the block strip', () => {
  test('shows one cell a block while they fit', () => {
    const cells = stripCells([run(32, 34), run(35, 35, 'offline', 'Normal Movable')], 4, 40)
    expect(cells.map((cell) => cell.kind)).toEqual(['movable', 'movable', 'movable', 'offline'])
    expect(cells[3]).toEqual({ kind: 'offline', first: 35, last: 35, count: 1 })
  })

  test('stays one row for any number of blocks, and one bad block of thousands still shows', () => {
    const cells = stripCells([run(0, 4999), run(5000, 5000, 'offline'), run(5001, 9999)], 10_000, 40)
    expect(cells).toHaveLength(40)
    expect(cells.reduce((sum, cell) => sum + cell.count, 0)).toBe(10_000)
    expect(cells.filter((cell) => cell.kind === 'offline')).toHaveLength(1)
  })

  test('draws blocks that are predicted but not there as absent', () => {
    expect(stripCells([], 7, 40).map((cell) => cell.kind)).toEqual(Array(7).fill('absent'))
    expect(stripCells([run(1, 2)], 4, 40).map((cell) => cell.kind)).toEqual([
      'movable',
      'movable',
      'absent',
      'absent',
    ])
  })

  test('tells Normal from Movable', () => {
    expect(countBlocks([run(1, 3), run(4, 4, 'online', 'Normal')], 4)).toMatchObject({
      movable: 3,
      normal: 1,
    })
  })

  test('is said in words too', () => {
    expect(describeBlocks([run(0, 374), run(375, 375, 'offline')], 376)).toBe(
      '375 of 376 blocks online (Movable), 1 offline',
    )
    expect(describeBlocks([], 7)).toBe('7 blocks, none of them memory yet')
    expect(describeBlocks([], 0)).toBe('no blocks')
  })
})
