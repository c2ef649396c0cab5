import { ABSENT, decodeColumns, encodeColumns } from './columns'
import { packSample, type Sample } from './sample'

/** Samples of one host as one chunk; they must be in order, one a moment. */
export function packSamples(samples: readonly Sample[]): Buffer {
  const keys = new Set(samples.flatMap(({ values }) => [...values.keys()]))
  const series = new Map<number, number[]>()
  for (const key of keys)
    series.set(
      key,
      samples.map(({ values }) => values.get(key) ?? ABSENT),
    )
  return encodeColumns({ times: samples.map(({ atMs }) => atMs), series })
}

export function unpackSamples(bytes: Uint8Array): Sample[] {
  const { times, series } = decodeColumns(bytes)
  return times.map((atMs, index) => {
    const values = new Map<number, number>()
    for (const [key, column] of series) {
      const value = column[index] ?? ABSENT
      if (value !== ABSENT) values.set(key, value)
    }
    return { atMs, values }
  })
}

/** All of both, in order; of two different ones of one moment the one with the greater bytes, as when recorded. */
export function mergeSamples(some: readonly Sample[], others: readonly Sample[]): Sample[] {
  const byTime = new Map<number, Sample>()
  for (const sample of [...some, ...others]) {
    const same = byTime.get(sample.atMs)
    if (same === undefined || packSample(same).compare(packSample(sample)) < 0)
      byTime.set(sample.atMs, sample)
  }
  return [...byTime.values()].sort((a, b) => a.atMs - b.atMs)
}
