import { describe, expect, it } from 'vitest'
import { groupFilter, groupHosts, labelKeys } from '@/app/_components/host-map/group-hosts'
import { gridOf, nextSpot, squareAt } from '@/app/_components/host-map/map-grid'
import { parseHostQuery } from '@/server/hosts/query'

const labels = [{ rack: 'r12' }, { rack: 'r2', role: 'db' }, {}, { rack: 'r12' }]
const seriesOf = (dram: number[]) => ({ dram, pmem: [], cxl: [], hbm: [], convertible: [], lost: [] })
const map = { labels, series: seriesOf([1, 2, 0, 4]) }

describe('the groups of a map', () => {
  it('come by name as people count, those without the label last', () => {
    expect(groupHosts(map, 'rack')).toEqual([
      { name: 'r2', folded: 1, places: [1], onlineKib: 2 },
      { name: 'r12', folded: 1, places: [0, 3], onlineKib: 5 },
      { name: null, folded: 1, places: [2], onlineKib: 0 },
    ])
    expect(groupHosts(map, null).map(({ places }) => places)).toEqual([[0, 1, 2, 3]])
    expect(labelKeys(map)).toEqual(['rack', 'role'])
  })

  it('are told as one where nobody could read them all, and lose no host', () => {
    const many = Array.from({ length: 500 }, (_, host) => ({ name: `n${host % 100}` }))
    const groups = groupHosts({ labels: many, series: seriesOf(many.map(() => 1)) }, 'name')
    expect(groups.length).toBe(60)
    expect(groups.at(-1)?.folded).toBe(41)
    expect(groups.reduce((sum, { places }) => sum + places.length, 0)).toBe(500)
    expect(groups.reduce((sum, { onlineKib }) => sum + onlineKib, 0)).toBe(500)
  })

  it('lead to the hosts list with a filter that it reads as meant', () => {
    const conditions = (name: string | null, filter = '') =>
      parseHostQuery(groupFilter('rack', { name, folded: 1 }, filter) ?? '')
    expect(conditions('row 1:a')).toEqual({
      ok: true,
      conditions: [{ type: 'label', key: 'rack', value: 'row 1:a', negated: false }],
    })
    expect(conditions(null, 'kind:pmem')).toEqual({
      ok: true,
      conditions: [
        { type: 'kind', values: ['pmem'], negated: false },
        { type: 'label', key: 'rack', value: null, negated: true },
      ],
    })
    expect(groupFilter('rack', { name: null, folded: 4 }, '')).toBeNull()
  })
})

describe('the squares of a map', () => {
  const grids = [5, 2].map((count) => ({ count, grid: gridOf(count, 30, 10) }))

  it('are found under the pointer, and nothing beside them', () => {
    const { grid } = grids[0] ?? { grid: gridOf(0, 1, 1) }
    expect(grid).toEqual({ columns: 3, rows: 2, pitch: 10 })
    expect(squareAt(grid, 5, 29, 9)).toBe(2)
    expect(squareAt(grid, 5, 11, 19)).toBe(4)
    expect(squareAt(grid, 5, 29, 19)).toBeNull()
    expect(squareAt(grid, 5, 31, 5)).toBeNull()
  })

  it('are reached by arrow keys, from group to group', () => {
    const from = (group: number, index: number, key: string) => nextSpot(grids, { group, index }, key)
    expect(from(0, 4, 'ArrowRight')).toEqual({ group: 1, index: 0 })
    expect(from(1, 0, 'ArrowLeft')).toEqual({ group: 0, index: 4 })
    expect(from(0, 2, 'ArrowDown')).toEqual({ group: 1, index: 1 })
    expect(from(0, 1, 'ArrowDown')).toEqual({ group: 0, index: 4 })
    expect(from(1, 1, 'ArrowUp')).toEqual({ group: 0, index: 4 })
    expect(from(0, 0, 'ArrowUp')).toBeNull()
    expect(from(0, 0, 'End')).toEqual({ group: 1, index: 1 })
    expect(from(1, 1, 'ArrowRight')).toBeNull()
  })
})
