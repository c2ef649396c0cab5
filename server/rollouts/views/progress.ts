import type { Pool } from 'pg'
import { notFound } from '@/server/lib/domain-error'
import type { RolloutKind } from '@/server/plans/vocabulary'
import { budgetWithin, type FailureTally, type Limit, limitsFor } from '../machine/gate'
import { policySchema } from '../policy'
import type { HostOutcome, ItemState, RolloutState } from '../vocabulary'
import { holdsOf } from './holds'
import { progressSchema, type RolloutProgress } from './progress-schema'
import { outcomeOfHost, troubledHosts, unknownHosts } from './run-sql'
import { causeWords, reasonText } from './words'

type Ctx = { pg: Pool }

interface RolloutRow {
  kind: RolloutKind
  state: RolloutState
  reason: string
  policy: unknown
  wave: number
  soakSince: Date | null
  checkSince: Date | null
  approvedBy: string | null
  approvedAt: Date | null
  endedAt: Date | null
  /** Null: the stop has no row, which counts as pulled. */
  fleetStopPulled: boolean | null
  readAt: Date
}

interface WaveRow {
  wave: number
  outcome: HostOutcome
  hosts: number
  checked: number
  retrying: number
  nextRetryAt: Date | null
  settling: number
  settlingSince: Date | null
}

interface CauseRow {
  cause: string
  state: ItemState
  hosts: number
  devices: number
  retryableHosts: number
  message: string
  next: string
}

/**
 * How far a rollout is, in five statements that read its rows and the ends of its jobs, and no plan: a page asks for it
 * up to four times a second. Every host figure comes from one of them, so that bars and sums agree.
 */
export async function readProgress({ pg }: Ctx, rolloutId: string): Promise<RolloutProgress> {
  const [found, waves, items, causes, pace] = await Promise.all([
    pg.query<RolloutRow>(rolloutSql, [rolloutId]),
    pg.query<WaveRow>(wavesSql, [rolloutId]),
    pg.query<{ wave: number; state: ItemState; devices: number; gained: string }>(itemsSql, [rolloutId]),
    pg.query<CauseRow & { wave: number; failedHosts: number; failedDevices: number }>(causesSql, [rolloutId]),
    pg.query<{ hosts: number; spanMs: number | null }>(paceSql, [rolloutId]),
  ])
  const [rollout] = found.rows
  if (rollout === undefined) throw notFound('rollout')
  const policy = policySchema.parse(rollout.policy)
  const byWave = countByWave(waves.rows)
  const tallies = talliesOf(waves.rows, items.rows, causes.rows)
  const limits: Limit[] = limitsFor(
    policy,
    tallies.get(rollout.wave) ?? none,
    [...tallies.values()].reduce(added, none),
  )
  const hostsByOutcome = sumCounts(byWave.map((each) => each.hostsByOutcome))
  return progressSchema.parse({
    ...rollout,
    reasonText: reasonText(rollout.reason),
    hosts: byWave.reduce((sum, { hosts }) => sum + hosts, 0),
    hostsByOutcome,
    devices: items.rows.reduce((sum, { devices }) => sum + devices, 0),
    devicesByState: sumCounts(items.rows.map(({ state, devices }) => ({ [state]: devices }))),
    waves: byWave,
    holds: holdsOf({
      ...rollout,
      policy,
      nowMs: rollout.readAt.getTime(),
      atWork: byWave.find(({ wave }) => wave === rollout.wave),
      retrying: waves.rows.reduce((sum, { retrying }) => sum + retrying, 0),
      nextRetryAt: earliest(waves.rows.map(({ nextRetryAt }) => nextRetryAt)),
      settling: waves.rows.reduce((sum, { settling }) => sum + settling, 0),
      settlingSince: earliest(waves.rows.map(({ settlingSince }) => settlingSince)),
    }),
    inFlight: (hostsByOutcome.running ?? 0) + (hostsByOutcome.unknown ?? 0),
    inFlightBudget: budgetWithin(policy, limits),
    maxInFlightHosts: policy.maxInFlightHosts,
    limits,
    retryableHosts: causes.rows.reduce((sum, { retryableHosts }) => sum + retryableHosts, 0),
    gainedBytes: items.rows.reduce((sum, { gained }) => sum + BigInt(gained), 0n),
    causes: gathered(causes.rows),
    pace: pace.rows[0]?.spanMs ? pace.rows[0] : null,
  })
}

const rolloutSql = `
  SELECT kind::text, state::text, reason, policy, wave, "soakSince", "checkSince", "approvedBy", "approvedAt", "endedAt",
    (SELECT pulled FROM "FleetStop" LIMIT 1) AS "fleetStopPulled", clock_timestamp() AS "readAt"
  FROM "Rollout" WHERE id = $1`

const wavesSql = `
  WITH ${unknownHosts},
  retrying AS (SELECT "hostId", min("retryAt") AS at FROM "RolloutItem"
    WHERE "rolloutId" = $1 AND state = 'pending' AND "retryAt" > clock_timestamp() GROUP BY "hostId"),
  settling AS (SELECT w."hostId", h."stateSince" AS since
    FROM "RolloutHost" w JOIN "Host" h ON h.id = w."hostId" AND h.state = 'quarantined' AND h."fenceDue"
    WHERE w."rolloutId" = $1 AND w.state = 'running' AND NOT EXISTS (SELECT FROM "RolloutItem" i
      WHERE i."rolloutId" = $1 AND i."hostId" = w."hostId" AND i.state = 'running'))
  SELECT r.wave, ${outcomeOfHost} AS outcome, count(*)::int AS hosts, count(*) FILTER (WHERE r.checked)::int AS checked,
    count(q.at)::int AS retrying, min(q.at) AS "nextRetryAt",
    count(s.since)::int AS settling, min(s.since) AS "settlingSince"
  FROM "RolloutHost" r LEFT JOIN retrying q ON q."hostId" = r."hostId" AND r.state = 'running'
    LEFT JOIN settling s ON s."hostId" = r."hostId"
  WHERE r."rolloutId" = $1 AND r.wave IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2`

const itemsSql = `
  SELECT r.wave, i.state::text, count(*)::int AS devices,
    coalesce(sum(j."onlineBytesAfter" - coalesce(j."onlineBytesBefore", 0)), 0)::text AS gained
  FROM "RolloutItem" i
    JOIN "RolloutHost" r ON r."rolloutId" = i."rolloutId" AND r."hostId" = i."hostId"
    LEFT JOIN "Job" j ON j.id = i."jobId"
  WHERE i."rolloutId" = $1 AND r.wave IS NOT NULL AND i.state NOT IN ('planning', 'planned', 'excluded')
  GROUP BY 1, 2`

const paceSql = `
  SELECT count(*)::int AS hosts, extract(epoch FROM clock_timestamp()
    - greatest(min(h."startedAt"), clock_timestamp() - interval '10 min'))::float8 * 1000 AS "spanMs"
  FROM "RolloutHost" h JOIN "Rollout" r ON r.id = h."rolloutId" AND r.wave = h.wave
  WHERE r.id = $1 AND h."startedAt" IS NOT NULL AND h."endedAt" > clock_timestamp() - interval '10 min'`

const causesSql = `
  WITH ${troubledHosts}
  SELECT cause, coalesce(state, 'failed') AS state, wave, count(*)::int AS hosts, sum(bad)::int AS devices,
    count(*) FILTER (WHERE retryable)::int AS "retryableHosts", coalesce(min(message), '') AS message,
    coalesce(min(next), '') AS next,
    count(*) FILTER (WHERE "hostState" = 'failed' AND NOT acknowledged)::int AS "failedHosts",
    coalesce(sum(greatest(1, failed)) FILTER (WHERE "hostState" = 'failed' AND NOT acknowledged), 0)::int AS "failedDevices"
  FROM troubled GROUP BY 1, 2, 3`

const none: FailureTally = { hosts: 0, failedHosts: 0, devices: 0, failedDevices: 0 }
const added = (a: FailureTally, b: FailureTally): FailureTally => ({
  hosts: a.hosts + b.hosts,
  failedHosts: a.failedHosts + b.failedHosts,
  devices: a.devices + b.devices,
  failedDevices: a.failedDevices + b.failedDevices,
})

/** What machine/gate.ts weighs, counted by the database instead of from rows. */
function talliesOf(
  hosts: readonly Pick<WaveRow, 'wave' | 'hosts'>[],
  items: readonly { wave: number; devices: number }[],
  failures: readonly { wave: number; failedHosts: number; failedDevices: number }[],
): Map<number, FailureTally> {
  const tallies = new Map<number, FailureTally>()
  for (const { wave, ...part } of [...hosts, ...items, ...failures]) {
    const isFailure = 'failedHosts' in part
    tallies.set(
      wave,
      added(tallies.get(wave) ?? none, {
        hosts: !isFailure && 'hosts' in part ? part.hosts : 0,
        devices: !isFailure && 'devices' in part ? part.devices : 0,
        failedHosts: isFailure ? part.failedHosts : 0,
        failedDevices: isFailure ? part.failedDevices : 0,
      }),
    )
  }
  return tallies
}

function countByWave(rows: readonly WaveRow[]): RolloutProgress['waves'] {
  const waves = new Map<number, RolloutProgress['waves'][number]>()
  for (const { wave, outcome, hosts, checked } of rows) {
    const each = waves.get(wave) ?? { wave, hosts: 0, hostsByOutcome: {}, checked: 0 }
    waves.set(wave, {
      wave,
      hosts: each.hosts + hosts,
      hostsByOutcome: { ...each.hostsByOutcome, [outcome]: hosts },
      checked: each.checked + checked,
    })
  }
  return [...waves.values()]
}

function sumCounts<K extends string>(
  counts: readonly Partial<Record<K, number>>[],
): Partial<Record<K, number>> {
  const sums: Partial<Record<K, number>> = {}
  for (const each of counts) {
    for (const key of Object.keys(each) as K[]) sums[key] = (sums[key] ?? 0) + (each[key] ?? 0)
  }
  return sums
}

/** One line a cause, those that hit most hosts first; the words of the host's own faults stand in words.ts. */
function gathered(rows: readonly CauseRow[]): CauseRow[] {
  const causes = new Map<string, CauseRow>()
  for (const row of rows) {
    const before = causes.get(row.cause)
    const words = causeWords(row.cause)
    causes.set(row.cause, {
      cause: row.cause,
      state: (before?.hosts ?? 0) > row.hosts ? (before?.state ?? row.state) : row.state,
      hosts: (before?.hosts ?? 0) + row.hosts,
      devices: (before?.devices ?? 0) + row.devices,
      retryableHosts: (before?.retryableHosts ?? 0) + row.retryableHosts,
      message: words?.message ?? (before?.message || row.message),
      next: words?.next ?? (before?.next || row.next),
    })
  }
  return [...causes.values()].toSorted((a, b) => b.hosts - a.hosts || a.cause.localeCompare(b.cause))
}

function earliest(dates: readonly (Date | null)[]): Date | null {
  return dates.reduce((least, at) => (at !== null && (least === null || at < least) ? at : least), null)
}
