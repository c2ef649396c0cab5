import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chunkStart, STEP_MS } from '@/server/capacity/chunks'
import { readSamples, readSteps } from '@/server/capacity/history'
import { recordReadings } from '@/server/capacity/ingest'
import { mendSome } from '@/server/capacity/mend'
import type { CapacityReading } from '@/server/capacity/reading'
import { dropExpired } from '@/server/capacity/retention'
import { sealSome } from '@/server/capacity/seal'
import { hostKey } from '@/server/capacity/series-keys'
import { createTestStage, type TestStage } from '@/test/support/caller'
import { aReading } from '@/test/support/capacity'

const GIB = 1n << 30n
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const SILENT_MS = 3 * MINUTE_MS
const everything = () => true

let stage: TestStage
beforeAll(async () => {
  stage = await createTestStage()
})
afterAll(() => stage.close())

/** What a host told at a minute: which of a few totals, and how much was free. */
interface Told {
  minute: number
  gained: number
  free: number
}
type Action =
  /** The readings of these places, from two workers at once. */
  | { type: 'record'; mine: number[]; theirs: number[] }
  | { type: 'seal'; upToMinute: number; workers: number }
  | { type: 'mend' }

const told = fc.uniqueArray(
  fc.record({ minute: fc.nat(120), gained: fc.constantFrom(0, 0, 0, 1), free: fc.nat(30) }),
  {
    selector: ({ minute }) => minute,
    minLength: 1,
    maxLength: 60,
  },
)
const places = fc.array(fc.nat(), { maxLength: 25 })
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant('record' as const), mine: places, theirs: places }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('seal' as const),
      upToMinute: fc.nat(180),
      workers: fc.constantFrom(1, 2),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('mend' as const) }) },
)

const beginMs = (Math.floor(Date.now() / HOUR_MS) - 5) * HOUR_MS
const atMsOf = ({ minute }: Told) => beginMs + minute * MINUTE_MS

/** Every second reading tells of the devices in another order: identity is all that counts. */
function readingOf(hostId: string, each: Told): CapacityReading {
  const reading = aReading(
    { hostId, at: new Date(atMsOf(each)), freeBytes: BigInt(each.free) * GIB },
    BigInt(each.gained) * GIB,
  )
  const other = { identity: 'cxl:9', tier: 'cxl' as const, movableBytes: 0n, otherZoneBytes: 0n }
  const devices = each.minute % 2 === 0 ? [...reading.devices, other] : [other, ...reading.devices]
  return { ...reading, bootId: `boot-${Math.floor(each.minute / 50)}`, devices }
}

async function play(hostId: string, all: readonly Told[], actions: readonly Action[]): Promise<Told[]> {
  const recorded = new Set<Told>()
  const pick = (some: number[]) => some.flatMap((place) => all[place % all.length] ?? [])
  for (const each of actions) {
    if (each.type === 'record') {
      const parts = [pick(each.mine), pick(each.theirs)]
      for (const one of parts.flat()) recorded.add(one)
      await Promise.all(
        parts.map((part) =>
          recordReadings(
            stage.pg,
            part.map((one) => readingOf(hostId, one)),
            SILENT_MS,
          ),
        ),
      )
    } else if (each.type === 'seal') {
      const beforeMs = chunkStart('raw', beginMs + each.upToMinute * MINUTE_MS)
      await Promise.all(Array.from({ length: each.workers }, () => sealSome(stage.pg, beforeMs)))
    } else await mendSome(stage.pg)
  }
  while ((await mendSome(stage.pg)) > 0);
  return [...recorded].sort((a, b) => a.minute - b.minute)
}

/** The truth, naively: a reading holds until the next or until silence; equal neighbours that touch are one span. */
function spansOf(recorded: readonly Told[]) {
  const spans: { from: number; until: number; gained: number }[] = []
  recorded.forEach((each, index) => {
    const from = atMsOf(each)
    const next = recorded[index + 1]
    const until = Math.min(from + SILENT_MS, next === undefined ? Infinity : atMsOf(next))
    const last = spans.at(-1)
    if (last !== undefined && last.until === from && last.gained === each.gained) last.until = until
    else spans.push({ from, until, gained: each.gained })
  })
  return spans
}

async function check(hostId: string, recorded: readonly Told[]) {
  const range = { hostId, fromMs: beginMs, toMs: Date.now() }
  const samples = await readSamples(stage.pg, range)
  expect(samples.map(({ atMs, values }) => [atMs, values.get(hostKey('free'))])).toEqual(
    recorded.map((each) => [atMsOf(each), each.free * 2 ** 20]),
  )
  const spans = await stage.db.capacitySpan.findMany({ where: { hostId }, orderBy: { from: 'asc' } })
  const latest = await stage.db.capacityLatest.findUniqueOrThrow({ where: { hostId } })
  expect(latest.at.getTime()).toBe(Math.max(...recorded.map(atMsOf)))
  expect(spans.filter(({ until }) => until === null)).toHaveLength(1)
  expect(
    spans.map(({ from, until, pmemKib }) => ({
      from: from.getTime(),
      until: until?.getTime() ?? latest.at.getTime() + SILENT_MS,
      gained: Number(pmemKib) / 2 ** 20,
    })),
  ).toEqual(spansOf(recorded))
}

/** Five minutes by five minutes, as told by steps that were stored, and by the readings themselves. */
async function checkSteps(hostId: string, recorded: readonly Told[]) {
  const range = { hostId, fromMs: beginMs, toMs: Date.now(), resolution: 'fiveMinutes' as const }
  const { times, counts, series } = await readSteps(stage.pg, range, everything)
  const begins = [...new Set(recorded.map((each) => atMsOf(each) - (atMsOf(each) % STEP_MS.fiveMinutes)))]
  // A series that was nothing but zero all along is left out.
  const free = series.get(hostKey('free'))
  const at = (index: number) => [free?.last, free?.low, free?.high].map((aspect) => aspect?.[index] ?? 0)
  expect(times.map((time, index) => [time, counts[index], ...at(index)])).toEqual(
    begins.map((begin) => {
      const within = recorded.filter(
        (each) => atMsOf(each) >= begin && atMsOf(each) < begin + STEP_MS.fiveMinutes,
      )
      const values = within.map((each) => each.free * 2 ** 20)
      return [begin, within.length, values.at(-1), Math.min(...values), Math.max(...values)]
    }),
  )
}

describe('the store', () => {
  it('ends the same whatever came twice, late, out of order or from two workers, sealed in between or not', async () => {
    await fc.assert(
      fc.asyncProperty(told, fc.array(action, { minLength: 3, maxLength: 8 }), async (all, actions) => {
        const [hostId = ''] = await renewed()
        const recorded = await play(hostId, all, actions)
        if (recorded.length === 0) return
        await check(hostId, recorded)
        await sealSome(stage.pg, chunkStart('raw', Date.now()))
        await check(hostId, recorded)
        await checkSteps(hostId, recorded)
      }),
      { numRuns: 25 },
    )
  })

  it('takes one of two different readings of a moment, the same one in whatever order they come', async () => {
    const one: Told = { minute: 7, gained: 0, free: 3 }
    const pairs = [one, { ...one, gained: 1 }, { ...one, free: 9 }]
    const ends = []
    for (const order of [pairs, pairs.toReversed(), [...pairs.slice(1), one]]) {
      const [hostId = ''] = await renewed()
      for (const each of order) await recordReadings(stage.pg, [readingOf(hostId, each)], SILENT_MS)
      while ((await mendSome(stage.pg)) > 0);
      const samples = await readSamples(stage.pg, { hostId, fromMs: beginMs, toMs: Date.now() })
      const spans = await stage.db.capacitySpan.findMany({ where: { hostId }, omit: { hostId: true } })
      const latest = await stage.db.capacityLatest.findUniqueOrThrow({
        where: { hostId },
        omit: { hostId: true },
      })
      ends.push({ samples, spans, latest })
    }
    expect(ends[1]).toEqual(ends[0])
    expect(ends[2]).toEqual(ends[0])
  })

  it('loses nothing when a worker dies in the middle of sealing', async () => {
    const [hostId = ''] = await renewed()
    const all = Array.from({ length: 120 }, (_, minute) => ({ minute, gained: 0, free: minute % 5 }))
    await recordReadings(
      stage.pg,
      all.map((each) => readingOf(hostId, each)),
      SILENT_MS,
    )
    const dying = {
      connect: async () => {
        const client = await stage.pg.connect()
        const query = client.query.bind(client) as (text: string, values?: unknown[]) => Promise<unknown>
        const cut = async (text: string, values?: unknown[]) => {
          if (text.includes('INSERT INTO "CapacityChunk"')) throw new Error('killed')
          return query(text, values)
        }
        return Object.assign(Object.create(client), {
          query: cut,
          release: (bad?: boolean) => client.release(bad),
        })
      },
    }
    await expect(sealSome(dying as never, chunkStart('raw', Date.now()))).rejects.toThrow('killed')
    await check(hostId, all)
    expect(await sealSome(stage.pg, chunkStart('raw', Date.now()))).toBe(1)
    expect(await stage.db.capacityHead.count({ where: { hostId } })).toBe(0)
    await check(hostId, all)
  })

  it('drops each resolution when its time is over, and nothing before', async () => {
    const [hostId = ''] = await renewed()
    await recordReadings(stage.pg, [readingOf(hostId, { minute: 1, gained: 0, free: 1 })], SILENT_MS)
    await sealSome(stage.pg, chunkStart('raw', Date.now()))
    const left = async (days: number) => {
      await dropExpired(stage.pg, Date.now() + days * 24 * HOUR_MS)
      const chunks = await stage.db.capacityChunk.findMany({
        where: { hostId },
        orderBy: { resolution: 'asc' },
      })
      return chunks.map(({ resolution }) => resolution)
    }
    expect(await left(13)).toEqual(['raw', 'fiveMinutes', 'hour'])
    expect(await left(15)).toEqual(['fiveMinutes', 'hour'])
    expect(await left(89)).toEqual(['fiveMinutes', 'hour'])
    expect(await left(92)).toEqual(['hour'])
    expect(await left(729)).toEqual(['hour'])
    expect(await left(734)).toEqual([])
  })
})

let hosts = 0
/** A host of its own for each run; those before are gone, with all that was stored of them. */
async function renewed(): Promise<string[]> {
  await stage.db.host.deleteMany()
  hosts += 1
  const id = randomUUID()
  await stage.db.host.create({
    data: { id, name: `run-${hosts}`, address: `run-${hosts}.test`, username: 'root' },
  })
  return [id]
}
