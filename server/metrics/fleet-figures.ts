import type { Pool } from 'pg'
import { TIERS } from '@/server/capacity/vocabulary'
import { hostsWithStanding } from '@/server/hosts/standing'
import { hostStandings } from '@/server/hosts/vocabulary'
import { endedJobStates, jobStates } from '@/server/jobs/vocabulary'
import { rolloutStates } from '@/server/rollouts/vocabulary'
import type { MetricFamily, MetricValue } from './exposition'

const gauge = (name: string, help: string, values: MetricValue[]): MetricFamily => ({
  ...{ name, help, values },
  type: 'gauge',
})
const plain = (value: number): MetricValue[] => [{ labels: {}, value }]
const KIB = 1024

/** Hosts of which there is a reading now, as charts count them: the last one stands until a host is silent. */
const reporting = `"CapacityLatest" l WHERE l.at + l."silentAfterMs" * interval '1 millisecond' > clock_timestamp()`

/** The fleet's memory: what hosts that report have, by where it lies, and what it could be. */
export async function memoryFigures(pg: Pool): Promise<MetricFamily[]> {
  const tiers = TIERS.map((tier) => `coalesce(sum("${tier}Kib"), 0)::float8 AS ${tier}`).join(', ')
  const { rows } = await pg.query<Record<string, number>>(
    `SELECT count(*)::int AS hosts, ${tiers}, coalesce(sum("availableKib"), 0)::float8 AS available,
       coalesce(sum("convertibleKib"), 0)::float8 AS convertible, coalesce(sum("lostKib"), 0)::float8 AS lost
     FROM ${reporting}`,
  )
  const bytes = (name: string) => (rows[0]?.[name] ?? 0) * KIB
  return [
    gauge(
      'daxfleet_memory_bytes',
      'RAM of the hosts that report, by tier; the tiers add up to their MemTotal.',
      TIERS.map((tier) => ({ labels: { tier }, value: bytes(tier) })),
    ),
    gauge(
      'daxfleet_memory_available_bytes',
      'MemAvailable of the hosts that report.',
      plain(bytes('available')),
    ),
    gauge(
      'daxfleet_convertible_bytes',
      'What devices on device_dax would add to RAM.',
      plain(bytes('convertible')),
    ),
    gauge(
      'daxfleet_lost_bytes',
      'What devices hold that no conversion can yield, since it fills no memory block.',
      plain(bytes('lost')),
    ),
    gauge('daxfleet_reporting_hosts', 'Hosts that told of their memory lately.', plain(rows[0]?.hosts ?? 0)),
  ]
}

/** What there is, by its state. States that nothing is in are there with 0: an alert must not wait for the first. */
export async function stateFigures(pg: Pool): Promise<MetricFamily[]> {
  const count = async (query: string) => {
    const { rows } = await pg.query<{ label: string; n: number }>(query)
    return new Map(rows.map(({ label, n }) => [label, n]))
  }
  const [standings, devices, jobs, rollouts] = await Promise.all([
    count(`SELECT standing AS label, count(*)::int AS n FROM ${hostsWithStanding} h GROUP BY standing`),
    count(`SELECT kind || ' ' || state AS label, count(*)::int AS n FROM "Device" GROUP BY kind, state`),
    count(`SELECT state::text AS label, count(*)::int AS n FROM "Job" GROUP BY state`),
    count(`SELECT state::text AS label, count(*)::int AS n FROM "Rollout" GROUP BY state`),
  ])
  const by = (label: string, states: readonly string[], counts: Map<string, number>) =>
    states.map((state) => ({ labels: { [label]: state }, value: counts.get(state) ?? 0 }))
  const hasEnded = new Set<string>(endedJobStates)
  return [
    gauge(
      'daxfleet_hosts',
      'Hosts by standing, as the hosts list tells it.',
      by('standing', hostStandings, standings),
    ),
    gauge(
      'daxfleet_devices',
      'Device-dax devices by kind and state.',
      [...devices].map(([label, value]) => {
        const [kind = '', state = ''] = label.split(' ')
        return { labels: { kind, state }, value }
      }),
    ),
    gauge(
      'daxfleet_jobs',
      'Conversions that have not ended, by state.',
      by(
        'state',
        jobStates.filter((state) => !hasEnded.has(state)),
        jobs,
      ),
    ),
    // A gauge: the runs of a host go with it, and a counter that shrinks is taken for one that began anew.
    gauge('daxfleet_ended_jobs', 'Conversions that have ended, by how.', by('state', endedJobStates, jobs)),
    gauge('daxfleet_rollouts', 'Rollouts by state.', by('state', rolloutStates, rollouts)),
  ]
}

/** Workers, what they watch, the queue between them and the pages, and the fleet-wide stop. */
export async function operationFigures(pg: Pool): Promise<MetricFamily[]> {
  const { rows } = await pg.query<Record<string, number>>(
    `SELECT (SELECT count(*) FROM "Watcher" WHERE "expiresAt" > clock_timestamp())::int AS workers,
       (SELECT count(*) FROM "HostWatch" WHERE "expiresAt" > clock_timestamp())::int AS watched,
       (SELECT count(*) FROM "FleetStop" WHERE pulled)::int AS stopped`,
  )
  const queue = await queueFigures(pg)
  return [
    gauge('daxfleet_watching_workers', 'Worker processes that watch hosts.', plain(rows[0]?.workers ?? 0)),
    gauge('daxfleet_watched_hosts', 'Hosts to which a worker keeps a session.', plain(rows[0]?.watched ?? 0)),
    gauge(
      'daxfleet_fleet_stop_pulled',
      '1 while the fleet-wide stop is pulled and nothing may act.',
      plain(rows[0]?.stopped ?? 0),
    ),
    ...queue,
  ]
}

async function queueFigures(pg: Pool): Promise<MetricFamily[]> {
  // The queue's tables are made by the first worker that ever starts.
  const { rows: there } = await pg.query(`SELECT 1 WHERE to_regclass('graphile_worker.jobs') IS NOT NULL`)
  if (there.length === 0) return []
  const { rows } = await pg.query<{ task: string; state: string; n: number; oldest: number }>(
    `SELECT task_identifier AS task,
       CASE WHEN locked_at IS NOT NULL THEN 'running' WHEN run_at > clock_timestamp() THEN 'waiting' ELSE 'due' END
         AS state, count(*)::int AS n,
       greatest(0, extract(epoch FROM clock_timestamp() - min(run_at)))::float8 AS oldest
     FROM graphile_worker.jobs WHERE attempts < max_attempts OR locked_at IS NOT NULL GROUP BY 1, 2`,
  )
  const oldestDue = Math.max(0, ...rows.filter(({ state }) => state === 'due').map(({ oldest }) => oldest))
  return [
    gauge(
      'daxfleet_queue_messages',
      'Messages to the workers, by task: due now, waiting for their time, or being worked on.',
      rows.map(({ task, state, n }) => ({ labels: { task, state }, value: n })),
    ),
    gauge(
      'daxfleet_queue_oldest_due_seconds',
      'For how long the oldest message has been due that nobody has taken; 0 when there is none.',
      plain(oldestDue),
    ),
  ]
}

interface HostRow {
  name: string
  standing: string
  at: number | null
  available: number | null
  convertible: number | null
  lost: number | null
  tiers: number[] | null
}

/** The same for each host by its name: a dozen series a host, so only for who asks. */
export async function hostFigures(pg: Pool): Promise<MetricFamily[]> {
  const tiers = TIERS.map((tier) => `"${tier}Kib"::float8`).join(', ')
  const { rows } = await pg.query<HostRow>(
    `SELECT h.name, h.standing, extract(epoch FROM l.at)::float8 AS at, l."availableKib"::float8 AS available,
       l."convertibleKib"::float8 AS convertible, l."lostKib"::float8 AS lost,
       CASE WHEN l.at IS NOT NULL THEN ARRAY[${tiers}] END AS tiers
     FROM ${hostsWithStanding} h
     LEFT JOIN (SELECT * FROM ${reporting}) l ON l."hostId" = h.id ORDER BY h.name`,
  )
  const each = (of: (row: HostRow) => number | null, unit = 1) =>
    rows.flatMap((row) => {
      const value = of(row)
      return value === null ? [] : [{ labels: { host: row.name }, value: value * unit }]
    })
  return [
    gauge(
      'daxfleet_host_memory_bytes',
      'RAM of a host, by tier; absent while it is silent.',
      rows.flatMap(({ name, tiers: ofHost }) =>
        TIERS.flatMap((tier, at) => {
          const kib = ofHost?.[at]
          return kib === undefined ? [] : [{ labels: { host: name, tier }, value: kib * KIB }]
        }),
      ),
    ),
    gauge(
      'daxfleet_host_memory_available_bytes',
      'MemAvailable of a host.',
      each(({ available }) => available, KIB),
    ),
    gauge(
      'daxfleet_host_convertible_bytes',
      'What the host’s devices on device_dax would add to RAM.',
      each(({ convertible }) => convertible, KIB),
    ),
    gauge(
      'daxfleet_host_lost_bytes',
      'What fills no memory block.',
      each(({ lost }) => lost, KIB),
    ),
    gauge(
      'daxfleet_host_last_reading_timestamp_seconds',
      'When the host last told of its memory.',
      each(({ at }) => at),
    ),
    gauge(
      'daxfleet_host_standing',
      '1 for the standing a host has.',
      rows.map(({ name, standing }) => ({ labels: { host: name, standing }, value: 1 })),
    ),
  ]
}
