import { expect, it } from 'vitest'
import { formatValue, timeLabels } from '@/app/_components/chart/axis'
import { boundedRange, RANGE_SECONDS, refreshSeconds } from '@/app/_components/chart/ranges'

const now = 2_000_000_000

it('never reaches into the future, closer than half a minute, or back beyond what is kept', () => {
  expect(boundedRange({ from: now - 100, to: now + 100 }, now)).toEqual({ from: now - 200, to: now })
  expect(boundedRange({ from: now - 12, to: now - 10 }, now)).toEqual({ from: now - 30, to: now })
  const { from, to } = boundedRange({ from: 0, to: now }, now)
  expect(to - from).toBe(RANGE_SECONDS['2y'])
})

it('asks again as often as there is something new to see', () => {
  expect(['1h', '24h', '2y'].map((name) => refreshSeconds(RANGE_SECONDS[name as '1h']))).toEqual([10, 60, 60])
})

it('reads sizes in binary units and hosts as counts', () => {
  expect(formatValue(1024 * 1024 * 1264, 'kib')).toBe('1.23 TiB')
  expect(formatValue(1204, 'hosts')).toBe('1,204')
})

it('labels times by the hour within days, and says where a day begins', () => {
  const midnight = new Date(2026, 10, 22).getTime() / 1000
  expect(timeLabels([midnight - 3600, midnight, midnight + 3600], 3600)).toEqual(['23:00', '11-22', '01:00'])
  expect(timeLabels([midnight, midnight + 86_400], 86_400)).toEqual(['11-22', '11-23'])
  expect(timeLabels([midnight], 30 * 86_400)).toEqual(['2026-11'])
  expect(timeLabels([midnight], 15)).toEqual(['00:00:00'])
})
