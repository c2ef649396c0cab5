import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ABSENT, decodeColumns, encodeColumns } from '@/server/capacity/columns'
import { mergeSamples, packSamples, unpackSamples } from '@/server/capacity/raw-chunk'
import { packSample, type Sample, unpackSample } from '@/server/capacity/sample'
import { coarsen, gather, packSteps, replaceSteps, type Steps, unpackSteps } from '@/server/capacity/steps'

const HOUR = 3_600_000
const STEP = 300_000
const anyKib = fc.oneof(
  fc.constantFrom(0, 1, 2 ** 31, 2 ** 32, 2 ** 51),
  fc.maxSafeNat().map((value) => value % 2 ** 51),
  fc.nat(1 << 20).map((value) => value * 4),
)
const values = fc
  .uniqueArray(fc.tuple(fc.nat(60), anyKib), { selector: ([key]) => key, maxLength: 8 })
  .map((pairs) => new Map(pairs))
const sample: fc.Arbitrary<Sample> = fc.record({
  atMs: fc.integer({ min: 1.76e12, max: 1.76e12 + 2 * HOUR }),
  values,
})
const samples = fc
  .uniqueArray(sample, { selector: ({ atMs }) => atMs, maxLength: 60 })
  .map((some) => some.sort((a, b) => a.atMs - b.atMs))

describe('a chunk of readings', () => {
  it('holds what was put into it', () => {
    fc.assert(
      fc.property(samples, (some) => {
        expect(unpackSamples(packSamples(some))).toEqual(some)
      }),
    )
  })

  it('holds single readings as well, the same bytes for the same values', () => {
    fc.assert(
      fc.property(sample, (one) => {
        const turned: Sample = { ...one, values: new Map([...one.values].reverse()) }
        expect(unpackSample(one.atMs, packSample(one))).toEqual(one)
        expect(packSample(turned)).toEqual(packSample(one))
      }),
    )
  })

  it('is the same whichever part came first, and however often', () => {
    fc.assert(
      fc.property(fc.array(sample), fc.array(sample), (some, others) => {
        const merged = mergeSamples(some, others)
        expect(mergeSamples(others, some)).toEqual(merged)
        expect(mergeSamples(merged, some)).toEqual(merged)
      }),
    )
  })

  it('is read in part without reading the rest', () => {
    const series = new Map([
      [1, [1, ABSENT, 3]],
      [2, [7, 7, 7]],
    ])
    const bytes = encodeColumns({ times: [10, 20, 31], series })
    expect(decodeColumns(bytes, (key) => key === 2)).toEqual({
      times: [10, 20, 31],
      series: new Map([[2, [7, 7, 7]]]),
    })
  })

  it('refuses bytes that are none', () => {
    expect(() => decodeColumns(Buffer.from([9, 1, 2]))).toThrow('layout 9')
    expect(() => decodeColumns(packSamples([{ atMs: 5, values: new Map([[1, 5]]) }]).subarray(0, 4))).toThrow(
      RangeError,
    )
  })
})

/** The truth, naively. */
function told(some: readonly Sample[], stepMs: number) {
  const keys = [...new Set(some.flatMap((each) => [...each.values.keys()]))]
  const begins = [...new Set(some.map(({ atMs }) => atMs - (atMs % stepMs)))]
  return begins.map((begin) => {
    const within = some.filter(({ atMs }) => atMs >= begin && atMs < begin + stepMs)
    const course = (key: number) => within.map((each) => each.values.get(key) ?? 0)
    return {
      begin,
      count: within.length,
      series: Object.fromEntries(
        keys
          .filter((key) => some.some((each) => (each.values.get(key) ?? 0) > 0))
          .map((key) => [key, [course(key).at(-1), Math.min(...course(key)), Math.max(...course(key))]]),
      ),
    }
  })
}
const shown = ({ times, counts, series }: Steps) =>
  times.map((begin, at) => ({
    begin,
    count: counts[at],
    series: Object.fromEntries(
      [...series]
        .filter(([, { high }]) => high.some((value) => value > 0))
        .map(([key, { last, low, high }]) => [key, [last[at], low[at], high[at]]]),
    ),
  }))

describe('readings gathered by steps of time', () => {
  it('tell the last, the least and the most of each step, exactly', () => {
    fc.assert(
      fc.property(samples, (some) => {
        expect(shown(gather(some, STEP))).toEqual(told(some, STEP))
      }),
    )
  })

  it('are the same after they were stored', () => {
    fc.assert(
      fc.property(samples, (some) => {
        const steps = gather(some, STEP)
        expect(shown(unpackSteps(packSteps(steps)))).toEqual(shown(steps))
      }),
    )
  })

  it('are the same by way of smaller steps', () => {
    fc.assert(
      fc.property(samples, (some) => {
        expect(shown(coarsen(gather(some, STEP), HOUR))).toEqual(told(some, HOUR))
      }),
    )
  })

  it('are replaced step by step, the others left as they are', () => {
    fc.assert(
      fc.property(samples, fc.integer({ min: 0, max: 60 }), (some, at) => {
        const border = Math.floor((some[at]?.atMs ?? 0) / STEP) * STEP
        const [before, after] = [
          some.filter(({ atMs }) => atMs < border),
          some.filter(({ atMs }) => atMs >= border),
        ]
        const stale = gather(
          some.filter((_, index) => index % 2 === 0),
          STEP,
        )
        const fresh = [before, after].map((part) => gather(part, STEP))
        const result = fresh.reduce(replaceSteps, stale)
        expect(shown(result)).toEqual(told(some, STEP))
      }),
    )
  })
})
