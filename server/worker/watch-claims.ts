import { recordEvents } from '@/server/events/record'
import type { Queryable } from '@/server/lib/pg'

/** A host somebody should look after: it was reached before, and no person has to decide something first. */
const watchable = `('ready', 'unreachable', 'quarantined')`
/** Claims one turn takes at most: each is an SSH connection to be made, 5 ms of this processor. */
export const claimsATurn = 300
const until = (parameter: string) => `clock_timestamp() + ${parameter}::float8 * interval '1 millisecond'`

/** There is a worker that watches: each takes its share of the hosts. */
const present = `
  INSERT INTO "Watcher" (holder, "expiresAt", pool) VALUES ($1, ${until('$2')}, $3)
  ON CONFLICT (holder) DO UPDATE SET "expiresAt" = excluded."expiresAt"`

const forgetGone = `DELETE FROM "Watcher" WHERE "expiresAt" <= clock_timestamp()`

const renew = `
  UPDATE "HostWatch" w SET "expiresAt" = ${until('$2')},
    "lastSampleAt" = CASE WHEN w."hostId" = ANY($3::uuid[]) THEN clock_timestamp() ELSE w."lastSampleAt" END
  FROM "Host" h
  WHERE h.id = w."hostId" AND w.holder = $1 AND w."expiresAt" > clock_timestamp() AND h.state IN ${watchable}
    AND pool_of(h.labels) = $4
  RETURNING w."hostId"`

const letGo = `DELETE FROM "HostWatch" WHERE holder = $1 AND "hostId" <> ALL($2::uuid[])`

const share = `
  SELECT ceil((SELECT count(*) FROM "Host" WHERE state IN ${watchable} AND pool_of(labels) = $1)::float8
    / greatest(1, (SELECT count(*) FROM "Watcher" WHERE "expiresAt" > clock_timestamp() AND pool = $1)))::int AS share`

// In the order of ids, so that two workers that claim at once never wait for each other in a ring.
const claim = `
  INSERT INTO "HostWatch" AS held ("hostId", holder, "expiresAt")
  SELECT h.id, $1, ${until('$2')} FROM "Host" h LEFT JOIN "HostWatch" w ON w."hostId" = h.id
  WHERE h.state IN ${watchable} AND (w."hostId" IS NULL OR w."expiresAt" <= clock_timestamp())
    AND pool_of(h.labels) = $4
  ORDER BY h.id LIMIT $3
  ON CONFLICT ("hostId") DO UPDATE
    SET holder = excluded.holder, "expiresAt" = excluded."expiresAt", "lastSampleAt" = NULL
    WHERE held."expiresAt" <= clock_timestamp()
  RETURNING "hostId"`

/**
 * One turn of a worker that watches: renews what it has (of its pool's hosts), lets go of what is more than its share or no longer to be
 * watched, claims what nobody has. `sampled` are the hosts that told of themselves since the last turn. Returns the
 * hosts to watch until the next turn; a handful of bulk statements on the database's clock, however many those are.
 */
export async function turnClaims(
  pg: Queryable,
  holder: string,
  {
    claimMs,
    maxHosts,
    sampled,
    pool,
  }: { claimMs: number; maxHosts: number; sampled: readonly string[]; pool: string },
): Promise<ReadonlySet<string>> {
  await pg.query(present, [holder, claimMs, pool])
  await pg.query(forgetGone)
  const { rows: renewed } = await pg.query<{ hostId: string }>(renew, [holder, claimMs, sampled, pool])
  const { rows: shares } = await pg.query<{ share: number }>(share, [pool])
  const most = Math.min(maxHosts, shares[0]?.share ?? 0)
  const mine = renewed.map((row) => row.hostId).slice(0, most)
  await pg.query(letGo, [holder, mine])
  const room = Math.min(claimsATurn, most - mine.length)
  if (room > 0) {
    const { rows } = await pg.query<{ hostId: string }>(claim, [holder, claimMs, room, pool])
    mine.push(...rows.map((row) => row.hostId))
  }
  return new Set(mine)
}

/** Lets go of everything: another worker takes it up with its next turn. */
export async function endClaims(pg: Queryable, holder: string): Promise<void> {
  await pg.query(letGo, [holder, []])
  await pg.query(`DELETE FROM "Watcher" WHERE holder = $1`, [holder])
}

const mark = `
  UPDATE "Host" h SET "probeRequestedAt" = clock_timestamp()
  WHERE h.id = $1 AND h."probeRequestedAt" IS NULL AND h.state::text = ANY($2::text[]) AND NOT EXISTS (
    SELECT 1 FROM "Job" j WHERE j."hostId" = h.id AND j.state IN ('dispatching', 'preflight', 'acting', 'verifying'))
  RETURNING h.id`

/**
 * Marks a host for a probe, if it is in one of `states`, none is due, and no job of ours acts on it: what changes then
 * is the job's doing, and its end looks at the host anyway. True when it was marked.
 */
export async function markForProbe(
  pg: Queryable,
  hostId: string,
  states: readonly ('ready' | 'unreachable' | 'quarantined')[],
): Promise<boolean> {
  const isMarked = (await pg.query(mark, [hostId, states])).rowCount === 1
  if (isMarked) await recordEvents(pg, 'host', [hostId])
  return isMarked
}
