import type { Queryable } from '@/server/lib/pg'
import type { Resolution } from './vocabulary'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** How much time a chunk of each resolution spans: so much that its row fits a page without being cut up. */
export const CHUNK_MS: Record<Resolution, number> = {
  raw: HOUR_MS,
  fiveMinutes: 6 * HOUR_MS,
  hour: 48 * HOUR_MS,
}
/** Steps of the coarser resolutions. */
export const STEP_MS = { fiveMinutes: 5 * MINUTE_MS, hour: HOUR_MS } as const

export const chunkStart = (resolution: Resolution, atMs: number): number =>
  Math.floor(atMs / CHUNK_MS[resolution]) * CHUNK_MS[resolution]

export interface ChunkKey {
  hostId: string
  resolution: Resolution
  startMs: number
}
export interface Chunk extends ChunkKey {
  data: Buffer
}

export const chunkId = ({ hostId, resolution, startMs }: ChunkKey): string =>
  `${hostId} ${resolution} ${startMs}`

/** Those of these chunks that there are, by chunkId. */
export async function readChunks(pg: Queryable, keys: readonly ChunkKey[]): Promise<Map<string, Buffer>> {
  const { rows } = await pg.query<{ hostId: string; resolution: Resolution; start: Date; data: Buffer }>(
    `SELECT c."hostId", c.resolution, c.start, c.data
     FROM unnest($1::uuid[], $2::text[], $3::float8[]) AS u("hostId", resolution, start)
     JOIN "CapacityChunk" c ON c."hostId" = u."hostId" AND c.resolution = u.resolution::"CapacityResolution"
       AND c.start = to_timestamp(u.start / 1000)`,
    columnsOf(keys),
  )
  return new Map(rows.map(({ start, data, ...row }) => [chunkId({ ...row, startMs: start.getTime() }), data]))
}

/** The chunks of one host that hold anything between the two times, in order. */
export async function readChunksBetween(
  pg: Queryable,
  {
    hostId,
    resolution,
    fromMs,
    toMs,
  }: { hostId: string; resolution: Resolution; fromMs: number; toMs: number },
): Promise<{ startMs: number; data: Buffer }[]> {
  const { rows } = await pg.query<{ start: Date; data: Buffer }>(
    `SELECT start, data FROM "CapacityChunk" WHERE "hostId" = $1 AND resolution = $2
       AND start >= to_timestamp($3::float8 / 1000) AND start <= to_timestamp($4::float8 / 1000) ORDER BY start`,
    [hostId, resolution, chunkStart(resolution, fromMs), toMs],
  )
  return rows.map(({ start, data }) => ({ startMs: start.getTime(), data }))
}

/** Writes chunks whole, in place of what was there. */
export async function writeChunks(pg: Queryable, chunks: readonly Chunk[]): Promise<void> {
  if (chunks.length === 0) return
  await pg.query(
    `INSERT INTO "CapacityChunk" ("hostId", resolution, start, data)
     SELECT u."hostId", u.resolution::"CapacityResolution", to_timestamp(u.start / 1000), u.data
     FROM unnest($1::uuid[], $2::text[], $3::float8[], $4::bytea[]) AS u("hostId", resolution, start, data)
     ON CONFLICT ("hostId", resolution, start) DO UPDATE SET data = excluded.data`,
    [...columnsOf(chunks), chunks.map(({ data }) => data)],
  )
}

const columnsOf = (keys: readonly ChunkKey[]) => [
  keys.map(({ hostId }) => hostId),
  keys.map(({ resolution }) => resolution),
  keys.map(({ startMs }) => startMs),
]
