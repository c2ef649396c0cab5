import { expect, it } from 'vitest'
import { gridOf } from '@/app/_components/host-map/map-grid'
import { attentionPath, mapPaths } from '@/app/_components/host-map/map-paths'
import type { CapacityMap } from '@/server/capacity/schema'

const map: CapacityMap = {
  ids: ['a', 'b', 'c'],
  names: ['a', 'b', 'c'],
  labels: [{}, {}, {}],
  standings: ['ready', 'unreachable', 'new'],
  series: {
    dram: [100, 50, 0],
    pmem: [0, 50, 0],
    cxl: [0, 0, 0],
    hbm: [0, 0, 0],
    convertible: [0, 0, 0],
    lost: [0, 0, 0],
  },
  totalKib: [100, 100, null],
  availableKib: [10, 90, null],
}
const grid = gridOf(3, 33, 11)
const draw = (given: Partial<Parameters<typeof mapPaths>[3]>) =>
  Object.fromEntries(
    mapPaths(map, [0, 1, 2], grid, { colour: 'tier', size: 'same', largestKib: 100, ...given }).map(
      ({ fill, path }) => [fill, path],
    ),
  )

it('fills a square from below by the share of each tier, one path a fill', () => {
  expect(draw({})).toEqual({
    dram: 'M0 0h10v10h-10zM11 5h10v5h-10z',
    pmem: 'M11 0h10v5h-10z',
    unknown: 'M22 0h10v10h-10z',
  })
})

it('tells free memory by fifths and states by their tone, and outlines what needs attention', () => {
  expect(Object.keys(draw({ colour: 'free' }))).toEqual(['free0', 'free4', 'unknown'])
  expect(Object.keys(draw({ colour: 'state' }))).toEqual(['tone-ok', 'tone-lost', 'tone-wait'])
  expect(attentionPath(map, [0, 1, 2], grid)).toBe('M11 0h10v10h-10z')
})

it('draws by area how large a host is', () => {
  const { dram = '' } = draw({ size: 'capacity', largestKib: 400 })
  expect(dram.startsWith('M2.5 2.5h5v5')).toBe(true)
})
