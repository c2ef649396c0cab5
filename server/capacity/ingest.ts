import type { Pool, PoolClient } from 'pg'
import { inTransaction } from '@/server/lib/pg'
import { type LockedHost, lockHosts } from './latest'
import type { CapacityReading } from './reading'
import { MOST_LATE_DAYS } from './retention-times'
import { packSample, toSample } from './sample'
import { silentAfterMs } from './silence'
import { type Span, type Tip, totalsOf, turnAt } from './spans'
import { type HostUpdate, writeHead, writeLatest, writeSpans } from './write-readings'

/** Hosts one transaction locks at most: a batch of ten thousand must not keep the others waiting. */
const HOSTS_AT_ONCE = 500
/** A reading from further ahead than this comes from a clock that is wrong: it would make all others late. */
const MOST_AHEAD_MS = 5 * 60_000

/**
 * Records readings of any hosts, in any order. They may come twice, late, and from several workers at once: what is
 * stored in the end is the same. Quietly dropped are readings of hosts that were removed meanwhile, ones nearly as
 * old as raw readings are kept, and ones that cannot be (from the future, or with parts larger than the whole).
 */
export async function recordReadings(
  pg: Pool,
  readings: readonly CapacityReading[],
  silentAfter = silentAfterMs(),
): Promise<void> {
  const byHost = groupByHost(readings)
  const hostIds = [...byHost.keys()].sort()
  for (let at = 0; at < hostIds.length; at += HOSTS_AT_ONCE) {
    const some = hostIds.slice(at, at + HOSTS_AT_ONCE)
    await inTransaction(pg, async (client) => {
      const { known, unknown, nowMs } = await lockAll(client, some)
      const updates: HostUpdate[] = []
      for (const hostId of [...known.keys(), ...unknown]) {
        const update = updateOf(hostId, byHost.get(hostId) ?? [], known.get(hostId), nowMs, silentAfter)
        if (update !== null) updates.push(update)
      }
      await writeLatest(client, updates)
      await writeHead(client, updates)
      await writeSpans(client, updates)
    })
  }
}

/** Locks the hosts; `unknown` are those of whom nothing is stored yet, which nobody else can begin with now. */
async function lockAll(client: PoolClient, hostIds: readonly string[]) {
  const { rows } = await client.query<{ now: Date }>('SELECT clock_timestamp() AS now')
  const nowMs = rows[0]?.now.getTime() ?? Date.now()
  const known = await lockHosts(client, hostIds)
  const missing = hostIds.filter((hostId) => !known.has(hostId))
  if (missing.length === 0) return { known, unknown: [], nowMs }
  const hosts = await client.query<{ id: string }>(
    'SELECT id FROM "Host" WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE',
    [missing],
  )
  const ids = hosts.rows.map(({ id }) => id)
  // Somebody else may have begun with one of them while we waited for its row.
  for (const [hostId, host] of await lockHosts(client, ids)) known.set(hostId, host)
  return { known, unknown: ids.filter((id) => !known.has(id)), nowMs }
}

function updateOf(
  hostId: string,
  readings: readonly CapacityReading[],
  known: LockedHost | undefined,
  nowMs: number,
  silentAfter: number,
): HostUpdate | null {
  const devices = known?.devices ?? []
  let tip: (Tip & { packed: Buffer }) | null = known ?? null
  let latest: HostUpdate['latest'] = null
  let closeAtMs: number | null = null
  let lateSinceMs: number | null = null
  const spans: Span[] = []
  const head = new Map<number, Buffer>()

  for (const reading of readings.toSorted((a, b) => a.at.getTime() - b.at.getTime())) {
    const atMs = reading.at.getTime()
    if (!(atMs <= nowMs + MOST_AHEAD_MS && atMs > nowMs - MOST_LATE_DAYS * 86_400_000)) continue
    const sample = toSample(reading, devices)
    if (sample === null) continue
    const packed = packSample(sample)
    const same = head.get(atMs)
    // Of two different readings of one moment everybody takes the same, whichever came first.
    if (same !== undefined && same.compare(packed) >= 0) continue
    if (tip !== null && atMs === tip.atMs && tip.packed.compare(packed) === 0) continue
    head.set(atMs, packed)
    const next = { atMs, totals: totalsOf(sample), packed }
    if (tip !== null && atMs <= tip.atMs) {
      lateSinceMs = Math.min(lateSinceMs ?? atMs, atMs)
      if (atMs < tip.atMs || tip.packed.compare(packed) > 0) continue
    } else {
      const turn = turnAt(tip, next, silentAfter)
      if (turn !== null) {
        const open = spans.at(-1)
        if (open === undefined) closeAtMs = turn.closeAtMs
        else open.untilMs = turn.closeAtMs
        spans.push(turn.opened)
      }
    }
    tip = next
    latest = { reading, packed, totals: next.totals }
  }
  if (head.size === 0) return null
  const unsealedSinceMs = Math.min(known?.unsealedSinceMs ?? Number.POSITIVE_INFINITY, ...head.keys())
  return {
    hostId,
    isNew: known === undefined,
    devices,
    latest,
    silentAfterMs: silentAfter,
    head: [...head].map(([atMs, packed]) => ({ atMs, packed })),
    closeAtMs,
    spans,
    unsealedSinceMs,
    lateSinceMs: least(known?.lateSinceMs ?? null, lateSinceMs),
  }
}

const least = (a: number | null, b: number | null) => (a === null || b === null ? (a ?? b) : Math.min(a, b))

export function groupByHost<T extends { hostId: string }>(rows: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const row of rows) {
    const group = groups.get(row.hostId)
    if (group === undefined) groups.set(row.hostId, [row])
    else group.push(row)
  }
  return groups
}
