import type { Pool, PoolClient } from 'pg'
import { inTransaction } from '@/server/lib/pg'
import { CHUNK_MS, type Chunk, chunkId, chunkStart, readChunks, STEP_MS, writeChunks } from './chunks'
import { groupByHost } from './ingest'
import { lockSomeHosts } from './latest'
import { mergeSamples, packSamples, unpackSamples } from './raw-chunk'
import { type Sample, unpackSample } from './sample'
import { gather, packSteps, replaceSteps, unpackSteps } from './steps'

/** Readings of an hour may still be on their way for so long after it; later ones are merged in as they come. */
const GRACE_MS = 2 * 60_000
/** Hosts of one transaction: half a second of work, and what is lost when a worker dies in it. */
const HOSTS_AT_ONCE = 100

/** Up to where readings are sealed at this time: hours are closed whole. */
export const sealBefore = (nowMs: number): number =>
  Math.floor((nowMs - GRACE_MS) / CHUNK_MS.raw) * CHUNK_MS.raw

/**
 * Moves the readings of closed hours from the head into chunks, and the five minutes and hours made of them, for some
 * hosts; answers for how many. One transaction: a worker that dies has moved nothing, and several may do it at once.
 */
export async function sealSome(pg: Pool, beforeMs: number): Promise<number> {
  return inTransaction(pg, async (client) => {
    const where = '"unsealedSince" < to_timestamp($1::float8 / 1000)'
    const hosts = await lockSomeHosts(client, where, [beforeMs], HOSTS_AT_ONCE)
    const hostIds = hosts.map(({ hostId }) => hostId)
    if (hostIds.length === 0) return 0
    const taken = await takeHead(client, hostIds, beforeMs)
    const rawChunks = await mergeRaw(client, taken)
    const chunks = rawChunks.map(({ samples, ...key }) => ({ ...key, data: packSamples(samples) }))
    await writeChunks(client, [...chunks, ...(await rollUp(client, rawChunks))])
    await client.query(
      `UPDATE "CapacityLatest" l SET "unsealedSince" =
         (SELECT min(h.at) FROM "CapacityHead" h WHERE h."hostId" = l."hostId")
       WHERE "hostId" = ANY($1::uuid[])`,
      [hostIds],
    )
    return hostIds.length
  })
}

type HostSample = Sample & { hostId: string }

async function takeHead(pg: PoolClient, hostIds: readonly string[], beforeMs: number): Promise<HostSample[]> {
  const { rows } = await pg.query<{ hostId: string; at: Date; packed: Buffer }>(
    `DELETE FROM "CapacityHead" WHERE "hostId" = ANY($1::uuid[]) AND at < to_timestamp($2::float8 / 1000)
     RETURNING "hostId", at, packed`,
    [hostIds, beforeMs],
  )
  return rows.map(({ hostId, at, packed }) => ({ hostId, ...unpackSample(at.getTime(), packed) }))
}

interface RawChunk {
  hostId: string
  resolution: 'raw'
  startMs: number
  samples: Sample[]
}

/** The raw chunks these readings belong to, whole: with what was sealed of the same hours before. */
async function mergeRaw(pg: PoolClient, taken: readonly HostSample[]): Promise<RawChunk[]> {
  const chunks = new Map<string, RawChunk>()
  for (const { hostId, ...sample } of taken) {
    const key = { hostId, resolution: 'raw' as const, startMs: chunkStart('raw', sample.atMs) }
    const chunk = chunks.get(chunkId(key))
    if (chunk === undefined) chunks.set(chunkId(key), { ...key, samples: [sample] })
    else chunk.samples.push(sample)
  }
  const before = await readChunks(pg, [...chunks.values()])
  return [...chunks].map(([id, chunk]) => {
    const sealed = before.get(id)
    const earlier = sealed === undefined ? [] : unpackSamples(sealed)
    return { ...chunk, samples: mergeSamples(earlier, chunk.samples) }
  })
}

/** The coarser chunks that these hours belong to, with the steps of these hours made anew. */
async function rollUp(pg: PoolClient, rawChunks: readonly RawChunk[]): Promise<Chunk[]> {
  const resolutions = ['fiveMinutes', 'hour'] as const
  const keysOf = ({ hostId, startMs }: RawChunk) =>
    resolutions.map((resolution) => ({ hostId, resolution, startMs: chunkStart(resolution, startMs) }))
  const before = await readChunks(pg, dedupe(rawChunks.flatMap(keysOf)))
  const chunks: Chunk[] = []
  for (const ofHost of groupByHost(rawChunks).values()) {
    const coarse = new Map<string, Chunk>()
    for (const raw of ofHost.toSorted((a, b) => a.startMs - b.startMs)) {
      for (const key of keysOf(raw)) {
        const steps = gather(raw.samples, STEP_MS[key.resolution])
        const earlier = coarse.get(chunkId(key))?.data ?? before.get(chunkId(key))
        const data = packSteps(earlier === undefined ? steps : replaceSteps(unpackSteps(earlier), steps))
        coarse.set(chunkId(key), { ...key, data })
      }
    }
    chunks.push(...coarse.values())
  }
  return chunks
}

const dedupe = <T extends Parameters<typeof chunkId>[0]>(keys: readonly T[]): T[] => [
  ...new Map(keys.map((key) => [chunkId(key), key])).values(),
]
