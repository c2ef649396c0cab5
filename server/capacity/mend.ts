import type { Pool, PoolClient } from 'pg'
import { inTransaction } from '@/server/lib/pg'
import { readSamples } from './history'
import { type LockedHost, lockSomeHosts } from './latest'
import { type Span, type Tip, totalsOf, turnAt } from './spans'
import { writeSpans } from './write-readings'

/** Hosts of one transaction: each may have days of readings to go through. */
const HOSTS_AT_ONCE = 20

/** Makes the spans of some hosts anew from where a late reading came; answers for how many hosts. As safe as sealSome. */
export async function mendSome(pg: Pool): Promise<number> {
  return inTransaction(pg, async (client) => {
    const hosts = await lockSomeHosts(client, '"lateSince" IS NOT NULL', [], HOSTS_AT_ONCE)
    for (const host of hosts) await mendSpans(client, host, host.lateSinceMs ?? host.atMs)
    return hosts.length
  })
}

/**
 * What was before `sinceMs` stands as it is: every span there is of readings before, and those have not changed. So the
 * last of them is taken up where it was, and gone through again from there.
 */
async function mendSpans(
  pg: PoolClient,
  { hostId, atMs, silentAfterMs }: LockedHost,
  sinceMs: number,
): Promise<void> {
  const samples = await readSamples(pg, { hostId, fromMs: sinceMs - silentAfterMs, toMs: atMs })
  const before = samples.findLast((sample) => sample.atMs < sinceMs)
  let tip: Tip | null = before === undefined ? null : { atMs: before.atMs, totals: totalsOf(before) }
  let closeAtMs: number | null = null
  const spans: Span[] = []
  for (const sample of samples.filter((each) => each.atMs >= sinceMs)) {
    const next = { atMs: sample.atMs, totals: totalsOf(sample) }
    const turn = turnAt(tip, next, silentAfterMs)
    if (turn !== null) {
      const open = spans.at(-1)
      if (open === undefined) closeAtMs = turn.closeAtMs
      else open.untilMs = turn.closeAtMs
      spans.push(turn.opened)
    }
    tip = next
  }
  await pg.query(
    `DELETE FROM "CapacitySpan" WHERE "hostId" = $1 AND "from" >= to_timestamp($2::float8 / 1000)`,
    [hostId, sinceMs],
  )
  if (before !== undefined)
    await pg.query(
      `UPDATE "CapacitySpan" SET until = NULL WHERE "hostId" = $1
         AND "from" = (SELECT max("from") FROM "CapacitySpan" WHERE "hostId" = $1)`,
      [hostId],
    )
  await writeSpans(pg, [{ hostId, closeAtMs, spans }])
  await pg.query('UPDATE "CapacityLatest" SET "lateSince" = NULL WHERE "hostId" = $1', [hostId])
}
