import type { Pool } from 'pg'
import { inTransaction } from '@/server/lib/pg'
import { CHUNK_MS } from './chunks'
import { KEPT_DAYS } from './retention-times'
import { RESOLUTIONS } from './vocabulary'

const DAY_MS = 86_400_000
/** Hosts of one statement: some thousand rows at the most, found by the key. */
const HOSTS_AT_ONCE = 500
/** Any number that nothing else in this database locks: one at a time, over all workers. */
const RETENTION_LOCK = 4_213_706_002

/**
 * Deletes what is older than it is kept, host by host; whole chunks, whose room the next ones take. Stops between two
 * batches when `signal` says so: what is left goes the next time. Answers how many chunks and spans went.
 */
export async function dropExpired(pg: Pool, nowMs: number, signal?: AbortSignal): Promise<number> {
  let dropped = 0
  for (let after: string | null = NIL; after !== null; ) {
    if (signal?.aborted === true) return dropped
    const batch = await dropOfSome(pg, after, nowMs)
    dropped += batch.dropped
    after = batch.last
  }
  const { rowCount } = await pg.query(
    `DELETE FROM "CapacitySpan" WHERE until < to_timestamp($1::float8 / 1000)`,
    [nowMs - KEPT_DAYS.hour * DAY_MS],
  )
  return dropped + (rowCount ?? 0)
}

const NIL = '00000000-0000-0000-0000-000000000000'

/** Of the next hosts after one; `last` is null when there are no more, or when another worker is at it. */
async function dropOfSome(pg: Pool, after: string, nowMs: number) {
  return inTransaction(pg, async (client): Promise<{ dropped: number; last: string | null }> => {
    const lock = await client.query<{ mine: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS mine', [
      RETENTION_LOCK,
    ])
    if (lock.rows[0]?.mine !== true) return { dropped: 0, last: null }
    const { rows } = await client.query<{ hostId: string }>(
      `SELECT "hostId" FROM "CapacityLatest" WHERE "hostId" > $1 ORDER BY "hostId" LIMIT ${HOSTS_AT_ONCE}`,
      [after],
    )
    let dropped = 0
    for (const resolution of RESOLUTIONS) {
      const { rowCount } = await client.query(
        `DELETE FROM "CapacityChunk" WHERE "hostId" = ANY($1::uuid[]) AND resolution = $2
           AND start < to_timestamp($3::float8 / 1000)`,
        [
          rows.map(({ hostId }) => hostId),
          resolution,
          nowMs - KEPT_DAYS[resolution] * DAY_MS - CHUNK_MS[resolution],
        ],
      )
      dropped += rowCount ?? 0
    }
    return { dropped, last: rows.length < HOSTS_AT_ONCE ? null : (rows.at(-1)?.hostId ?? null) }
  })
}
