import { expect, it } from 'vitest'
import { groupChart, rolloutMarks, usedSeries, wholeFleet } from '@/app/_components/fleet/fleet-chart'
import type { FleetCapacity } from '@/server/capacity/schema'

const none = [0, 0, 0]
const group = (name: string, hosts: number[], dram: number[], pmem: number[]) => ({
  name,
  folded: 1,
  hosts,
  series: { dram, pmem, cxl: none, hbm: none, convertible: none, lost: none },
})
const data: FleetCapacity = {
  stepSeconds: 60,
  times: [0, 60, 120],
  groups: [group('r1', [1, 0, 1], [10, 0, 10], [0, 0, 5]), group('r2', [2, 0, 1], [20, 0, 10], none)],
  bands: [
    {
      rolloutId: 'x',
      name: 'CXL east',
      state: 'running',
      startedAt: new Date(30_000),
      endedAt: null,
    },
  ],
}

it('adds groups up to the whole, and leaves a gap only where no host at all was heard', () => {
  const whole = wholeFleet(data)
  expect(whole.hosts).toEqual([3, 0, 2])
  const chart = groupChart(data, whole, usedSeries(data))
  expect(chart.parts.map(({ key, values }) => [key, values])).toEqual([
    ['dram', [30, null, 20]],
    ['pmem', [0, null, 5]],
  ])
})

it('marks a rollout where it began, or at the edge where it began before', () => {
  expect(rolloutMarks(data, 0)[0]?.atSeconds).toBe(30)
  expect(rolloutMarks(data, 50)[0]).toMatchObject({
    atSeconds: 50,
    label: 'Rollout CXL east: running',
    href: { pathname: '/rollouts/x', query: {} },
  })
})
