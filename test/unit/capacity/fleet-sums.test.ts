import { describe, expect, it } from 'vitest'
import { type Change, groupsOf } from '@/server/capacity/fleet-sums'

const grid = { firstMs: 0, stepMs: 60_000, length: 4 }
const change = (name: string | null, point: number, hosts: number, dram: number): Change => ({
  name,
  point,
  hosts,
  sums: [dram, 0, 0, 0, 0, 0],
})

describe('groups of a fleet', () => {
  it('are what began less what ended, largest at the end first', () => {
    const changes = [
      change('a', 0, 1, 10),
      change('b', 0, 1, 20),
      change('b', 2, -1, -20),
      change('b', 3, 1, 5),
    ]
    const groups = groupsOf(changes, grid, 50)
    expect(groups.map(({ name, hosts, series }) => [name, hosts, series.dram])).toEqual([
      ['a', [1, 1, 1, 1], [10, 10, 10, 10]],
      ['b', [1, 1, 0, 1], [20, 20, 0, 5]],
    ])
  })

  it('beyond so many are one, which says how many it stands for and leaves nothing out', () => {
    const changes = [null, 'a', 'b', 'c', 'd'].map((name, index) => change(name, 0, 1, 10 * (index + 1)))
    const groups = groupsOf(changes, grid, 3)
    expect(groups.map(({ name, folded, series }) => [name, folded, series.dram[3]])).toEqual([
      ['d', 1, 50],
      ['c', 1, 40],
      [null, 3, 60],
    ])
    expect(groupsOf(changes, grid, 5).map(({ name, folded }) => [name, folded])).toContainEqual([null, 1])
  })
})
