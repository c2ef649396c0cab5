import { expect, it } from 'vitest'
import type { ChartData } from '@/app/_components/chart/chart-data'
import { chartCsv } from '@/app/_components/chart/export-chart'
import { chartRows } from '@/app/_components/chart/rows'

const data: ChartData = {
  unit: 'kib',
  stepSeconds: 60,
  times: [0, 60, 120, 180],
  parts: [
    { key: 'dram', label: 'DRAM', fill: 'dram', shade: 0, values: [4, 4, null, 4] },
    { key: 'pmem', label: 'PMEM', fill: 'pmem', shade: 0, values: [null, 2, null, 2] },
  ],
  lines: [{ key: 'free', label: 'Free', dash: [], values: [1, 2, null, 3] }],
}

it('tells what lies in the range, each part, their sum and the lines, and nothing where there is a gap', () => {
  expect(chartRows(data, { from: 0, to: 150 })).toEqual({
    columns: [
      { key: 'dram', label: 'DRAM', unit: 'kib' },
      { key: 'pmem', label: 'PMEM', unit: 'kib' },
      { key: 'sum', label: 'Together', unit: 'kib' },
      { key: 'free', label: 'Free', unit: 'kib' },
    ],
    rows: [
      { atSeconds: 0, values: [4, 0, 4, 1] },
      { atSeconds: 60, values: [4, 2, 6, 2] },
      { atSeconds: 120, values: [null, null, null, null] },
    ],
  })
})

it('hands out the same as CSV, in exact bytes and with gaps as empty cells', () => {
  expect(chartCsv(chartRows(data, { from: 60, to: 150 }))).toBe(
    [
      'time,DRAM bytes,PMEM bytes,Together bytes,Free bytes',
      '1970-01-01T00:01:00.000Z,4096,2048,6144,2048',
      '1970-01-01T00:02:00.000Z,,,,',
      '',
    ].join('\r\n'),
  )
})

it('has no sum where there is one part', () => {
  const [first] = data.parts
  const columns = chartRows({ ...data, parts: first ? [first] : [], lines: [] }, { from: 0, to: 1 }).columns
  expect(columns.map(({ key }) => key)).toEqual(['dram'])
})
