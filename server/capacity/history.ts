import type { Queryable } from '@/server/lib/pg'
import { CHUNK_MS, chunkStart, readChunksBetween, STEP_MS } from './chunks'
import { mergeSamples, unpackSamples } from './raw-chunk'
import { type Sample, unpackSample } from './sample'
import { gather, replaceSteps, type Steps, unpackSteps } from './steps'
import type { Resolution } from './vocabulary'

interface Range {
  hostId: string
  fromMs: number
  toMs: number
}

/** Every reading of a host between two times, sealed or not, in order. */
export async function readSamples(pg: Queryable, range: Range): Promise<Sample[]> {
  // The head first: what is sealed between the two statements is then there twice, and not missing.
  const head = await readHead(pg, range)
  const chunks = await readChunksBetween(pg, { ...range, resolution: 'raw' })
  const sealed = chunks.flatMap(({ data }) => unpackSamples(data))
  const isWithin = ({ atMs }: Sample) => atMs >= range.fromMs && atMs <= range.toMs
  // Nearly always the head begins where the chunks end.
  const all =
    (sealed.at(-1)?.atMs ?? 0) < (head[0]?.atMs ?? Infinity)
      ? [...sealed, ...head]
      : mergeSamples(sealed, head)
  return all.filter(isWithin)
}

/** A host's readings by stored steps, the hours that are not sealed yet gathered here and now. */
export async function readSteps(
  pg: Queryable,
  range: Range & { resolution: Exclude<Resolution, 'raw'> },
  wanted: (key: number) => boolean,
): Promise<Steps> {
  const { resolution } = range
  const head = await readHead(pg, range)
  const chunks = await readChunksBetween(pg, range)
  const sealed = chunks.map(({ data }) => unpackSteps(data, wanted))
  const hours = new Set(sealed.flatMap(({ times }) => times.map((time) => chunkStart('raw', time))))
  // A late reading of a sealed hour waits for the next sealing: alone it does not stand for its step.
  const open = head.filter(({ atMs }) => !hours.has(chunkStart('raw', atMs)))
  const live = gather(
    open.map(({ atMs, values }) => ({ atMs, values: filtered(values, wanted) })),
    STEP_MS[resolution],
  )
  return concatenate([...sealed, live], range)
}

async function readHead(pg: Queryable, { hostId, fromMs, toMs }: Range): Promise<Sample[]> {
  const { rows } = await pg.query<{ at: Date; packed: Buffer }>(
    `SELECT at, packed FROM "CapacityHead" WHERE "hostId" = $1
       AND at >= to_timestamp($2::float8 / 1000) AND at <= to_timestamp($3::float8 / 1000) ORDER BY at`,
    [hostId, Math.floor(fromMs / CHUNK_MS.raw) * CHUNK_MS.raw, toMs],
  )
  return rows.map(({ at, packed }) => unpackSample(at.getTime(), packed))
}

const filtered = (values: Sample['values'], wanted: (key: number) => boolean) =>
  new Map([...values].filter(([key]) => wanted(key)))

/** Steps one after the other, those outside of the range left out. */
function concatenate(parts: readonly Steps[], { fromMs, toMs }: Range): Steps {
  const all: Steps = { times: [], counts: [], series: new Map() }
  for (const part of parts) {
    // Only a range's first and last chunk reach beyond it, and only a late hour comes before what is there.
    if ((all.times.at(-1) ?? 0) >= (part.times[0] ?? Infinity))
      return clip(parts.reduce(replaceSteps), fromMs, toMs)
    const [before, length] = [all.times.length, part.times.length]
    all.times.push(...part.times)
    all.counts.push(...part.counts)
    for (const key of part.series.keys())
      if (!all.series.has(key))
        all.series.set(key, { last: zeros(before), low: zeros(before), high: zeros(before) })
    for (const [key, course] of all.series) {
      const more = part.series.get(key)
      for (const aspect of ['last', 'low', 'high'] as const)
        course[aspect].push(...(more?.[aspect] ?? zeros(length)))
    }
  }
  return clip(all, fromMs, toMs)
}

const zeros = (length: number) => new Array<number>(length).fill(0)

function clip(steps: Steps, fromMs: number, toMs: number): Steps {
  const first = steps.times.findIndex((time) => time >= fromMs)
  const begin = first === -1 ? steps.times.length : first
  const beyond = steps.times.findIndex((time) => time > toMs)
  const end = beyond === -1 ? steps.times.length : beyond
  const cut = (values: number[]) => values.slice(begin, end)
  return {
    times: cut(steps.times),
    counts: cut(steps.counts),
    series: new Map(
      [...steps.series].map(([key, { last, low, high }]) => [
        key,
        { last: cut(last), low: cut(low), high: cut(high) },
      ]),
    ),
  }
}
