import type { Queryable } from '@/server/lib/pg'
import type { HostCapacity } from './schema'

/** More marks than this nobody can tell apart in a chart. */
const MOST_MARKS = 500

/** What Daxfleet did on a host in a time, and what the host gained by it as read back; the latest where there are many. */
export async function readMarks(
  pg: Queryable,
  { hostId, from, to }: { hostId: string; from: Date; to: Date },
): Promise<HostCapacity['marks']> {
  const { rows } = await pg.query<HostCapacity['marks'][number] & { gainedBytes: string }>(
    `SELECT j.id AS "jobId", d."daxName", j.kind::text, j.state::text, j."startedAt", j."endedAt",
       coalesce(j."onlineBytesAfter" - j."onlineBytesBefore", 0)::text AS "gainedBytes"
     FROM "Job" j JOIN "Device" d ON d.id = j."deviceId"
     WHERE j."hostId" = $1 AND j."startedAt" <= $3 AND (j."endedAt" IS NULL OR j."endedAt" >= $2)
     ORDER BY j."startedAt" DESC LIMIT ${MOST_MARKS}`,
    [hostId, from, to],
  )
  return rows.reverse().map((row) => ({ ...row, gainedBytes: BigInt(row.gainedBytes) }))
}
