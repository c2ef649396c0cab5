import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordReadings } from '@/server/capacity/ingest'
import type { CapacityReading } from '@/server/capacity/reading'
import { sealBefore, sealSome } from '@/server/capacity/seal'
import { createTestStage, type TestStage } from '@/test/support/caller'
import { addHosts, aReading } from '@/test/support/capacity'

const GIB = 1n << 30n
const GIB_IN_KIB = 1 << 20
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const SILENT_MS = 90_000

/** Five hours up to now; the first host gains a GiB after two and is silent in the fourth, the second never changes. */
let stage: TestStage
let hostIds: string[]
let readings: CapacityReading[]
const endMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS
const beginMs = endMs - 5 * HOUR_MS
const silence = { fromMs: beginMs + 3 * HOUR_MS, untilMs: beginMs + 4 * HOUR_MS }

beforeAll(async () => {
  stage = await createTestStage()
  hostIds = await addHosts(stage.pg, 2, (index) => ({ rack: `r${index}` }))
  const [first = '', second = ''] = hostIds
  readings = []
  for (let atMs = beginMs; atMs <= endMs; atMs += MINUTE_MS) {
    const at = new Date(atMs)
    const gained = atMs >= beginMs + 2 * HOUR_MS ? GIB : 0n
    const freeBytes = BigInt((atMs / MINUTE_MS) % 7) * GIB
    if (atMs <= silence.fromMs || atMs >= silence.untilMs)
      readings.push(aReading({ hostId: first, at, freeBytes }, gained))
    readings.push(aReading({ hostId: second, at }))
  }
  await recordReadings(stage.pg, readings, SILENT_MS)
})
afterAll(() => stage.close())

const hostChart = (by: 'tier' | 'node' | 'device', maxPoints: number) =>
  stage.caller.capacity.host({
    hostId: hostIds[0] ?? '',
    by,
    from: new Date(beginMs),
    to: new Date(endMs),
    maxPoints,
  })

async function sealAll() {
  while ((await sealSome(stage.pg, sealBefore(Date.now()))) > 0);
}

describe('a host’s chart', () => {
  it('tells the same before its readings are sealed and after', async () => {
    const before = await Promise.all([4000, 60, 5].map((maxPoints) => hostChart('device', maxPoints)))
    await sealAll()
    const left = await stage.db.capacityHead.count()
    const after = await Promise.all([4000, 60, 5].map((maxPoints) => hostChart('device', maxPoints)))
    expect(left).toBeLessThan(130 * 2)
    expect(after).toEqual(before)
    expect(after.map(({ resolution }) => resolution)).toEqual(['raw', 'fiveMinutes', 'hour'])
  })

  it('has every reading, and a gap where the host was silent', async () => {
    const chart = await hostChart('tier', 4000)
    const told = readings.filter(({ hostId }) => hostId === hostIds[0])
    const points = chart.times.flatMap((time, at) => (chart.totalKib[at] === null ? [] : [{ time, at }]))
    expect(points.map(({ time }) => time)).toEqual(told.map(({ at }) => at.getTime() / 1000))
    expect(points.map(({ at }) => chart.freeKib[at])).toEqual(
      told.map(({ freeBytes }) => Number(freeBytes >> 10n)),
    )
    const gaps = chart.times.filter((_, at) => chart.totalKib[at] === null)
    expect(gaps).toEqual([(silence.fromMs + SILENT_MS) / 1000])
  })

  it.each(['tier', 'node', 'device'] as const)('is divided by %s into parts that add up', async (by) => {
    for (const maxPoints of [4000, 60, 5]) {
      const chart = await hostChart(by, maxPoints)
      expect(chart.times.length).toBeLessThanOrEqual(maxPoints)
      expect(chart.parts.length).toBe(2)
      chart.totalKib.forEach((total, at) => {
        const values = chart.parts.map(({ valuesKib }) => valuesKib[at])
        if (total === null) expect(values).toEqual([null, null])
        else expect(values.reduce<number>((sum, value) => sum + (value ?? 0), 0)).toBe(total)
      })
    }
  })

  it('shows the least that was free, however coarse', async () => {
    const chart = await hostChart('tier', 60)
    const at = chart.times.findIndex(
      (time, index) => time * 1000 >= beginMs && chart.totalKib[index] !== null,
    )
    const begin = (chart.times[at + 1] ?? 0) * 1000
    const within = readings.filter(
      (each) =>
        each.hostId === hostIds[0] &&
        each.at.getTime() >= begin &&
        each.at.getTime() < begin + chart.stepSeconds * 1000,
    )
    expect(chart.freeKib[at + 1]).toBe(Math.min(...within.map(({ freeBytes }) => Number(freeBytes >> 10n))))
  })
})

describe('the fleet’s chart', () => {
  const range = { from: new Date(beginMs), to: new Date(endMs) }

  it('is the exact sum of what each host had, silence being no memory', async () => {
    const { times, groups } = await stage.caller.capacity.fleet(range)
    expect(groups).toHaveLength(1)
    const [all] = groups
    times.forEach((time, at) => {
      const ms = time * 1000
      if (ms < beginMs) return
      const isSilent = ms >= silence.fromMs + SILENT_MS && ms < silence.untilMs
      const gained = ms >= beginMs + 2 * HOUR_MS && !isSilent
      expect([time, all?.hosts[at], all?.series.dram[at], all?.series.pmem[at]]).toEqual([
        time,
        isSilent ? 1 : 2,
        64 * GIB_IN_KIB * (isSilent ? 1 : 2),
        gained ? GIB_IN_KIB : 0,
      ])
    })
  })

  it('is told by the values of a label, largest first, and for some hosts alone', async () => {
    const byRack = await stage.caller.capacity.fleet({ ...range, groupBy: 'rack' })
    expect(byRack.groups.map(({ name, folded }) => [name, folded])).toEqual([
      ['r0', 1],
      ['r1', 1],
    ])
    const one = await stage.caller.capacity.fleet({ ...range, groupBy: 'rack', filter: 'label:rack=r1' })
    expect(one.groups).toEqual(byRack.groups.slice(1))
    await expect(stage.caller.capacity.fleet({ ...range, filter: 'rack:' })).rejects.toThrow('needs a value')
  })
})

describe('the map', () => {
  it('has a place for each host, in the order of names', async () => {
    const map = await stage.caller.capacity.map({})
    expect(map.ids).toEqual(hostIds)
    expect(map.standings).toEqual(['ready', 'ready'])
    expect(map.series.pmem).toEqual([GIB_IN_KIB, 0])
    expect(map.totalKib).toEqual([65 * GIB_IN_KIB, 64 * GIB_IN_KIB])
  })
})
