import type { Pool } from 'pg'
import type { Page } from 'playwright-core'
import { waitFor } from '@/scripts/launch/wait'
import { ask, call } from './in-pages'
import type { Reading } from './lateness'

const AN_HOUR = 3_600_000
const LOOK_EVERY_MS = 40
const unlimited = {
  hosts: { count: null, percent: null },
  devices: { count: null, percent: null },
}
const policy = {
  canaryHosts: 5,
  waves: [{ percent: 20 }, { percent: 100 }],
  maxInFlightHosts: 20,
  spreadByLabel: null,
  soakSeconds: 5,
  failures: { perWave: unlimited, inAll: unlimited },
  startWindow: null,
  perHostDeadlineSeconds: 900,
  retries: 2,
}

/** Waits until no host waits for a probe, whatever each was found to be. */
export async function untilProbed(pg: Pool): Promise<void> {
  await until('every host is probed', async () => {
    const left = await pg.query(
      `SELECT 1 FROM "Host" WHERE "probeRequestedAt" IS NOT NULL OR state = 'new' LIMIT 1`,
    )
    return left.rowCount === 0
  })
}

/** One rollout over all hosts that can be converted, as a person makes and approves it. */
export class FleetRollout {
  private constructor(
    readonly rolloutId: string,
    private readonly pg: Pool,
  ) {}

  static async begin(page: Page, pg: Pool): Promise<FleetRollout> {
    const made = await call<{ type: string; rolloutId: string }>(page, 'rollouts.create', {
      ...{ name: 'the fleet', selector: 'state=convertible', zone: 'movable', policy },
    })
    if (made.type !== 'created') throw new Error(JSON.stringify(made))
    const rollout = new FleetRollout(made.rolloutId, pg)
    await until('the rollout is planned', async () => (await rollout.state()) !== 'planning')
    const { digest, phrase } = await ask<{ digest: string; phrase: string }>(page, 'rollouts.get', {
      rolloutId: made.rolloutId,
    })
    const input = { rolloutId: made.rolloutId, digest, phrase }
    const approved = await call<{ type: string }>(page, 'rollouts.approve', input)
    if (approved.type !== 'done') throw new Error(JSON.stringify(approved))
    return rollout
  }

  /** Until its end: when how many hosts stood as converted in the database, with `also` done now and then beside it. */
  async watch(
    everyMs: number,
    also: () => Promise<void>,
  ): Promise<{ committed: Reading[]; seconds: number }> {
    const committed: Reading[] = []
    const began = performance.now()
    let alsoAt = 0
    let beside = Promise.resolve()
    let isBeside = false
    await until(
      'the rollout has ended',
      async () => {
        const { rows } = await this.pg.query<{ state: string; converted: number; atMs: number }>(
          `SELECT r.state::text, count(*) FILTER (WHERE h.state = 'succeeded')::int AS converted,
             extract(epoch FROM clock_timestamp())::float8 * 1000 AS "atMs"
           FROM "Rollout" r JOIN "RolloutHost" h ON h."rolloutId" = r.id WHERE r.id = $1 GROUP BY r.state`,
          [this.rolloutId],
        )
        const [row] = rows
        if (row === undefined) return false
        if (row.converted > (committed.at(-1)?.value ?? 0))
          committed.push({ atMs: row.atMs, value: row.converted })
        if (!isBeside && performance.now() > alsoAt) {
          isBeside = true
          beside = also().finally(() => {
            isBeside = false
            alsoAt = performance.now() + everyMs
          })
        }
        return ['finished', 'stopped', 'aborted'].includes(row.state)
      },
      LOOK_EVERY_MS,
    )
    await beside
    return { committed, seconds: (performance.now() - began) / 1000 }
  }

  /** What became of hosts by what the lab has wrong with them, and what should have ended otherwise. */
  async outcome(faults: ReadonlyMap<string, string>) {
    const { rows } = await this.pg.query<{ name: string; host: string; run: string | null; cause: string }>(
      `SELECT h.name, h.state::text AS host, r.state::text AS run,
         coalesce(r.cause, (SELECT i.cause FROM "RolloutItem" i WHERE i."rolloutId" = $1 AND i."hostId" = h.id
           AND i.cause IS NOT NULL ORDER BY i.position LIMIT 1), '') AS cause
       FROM "Host" h LEFT JOIN "RolloutHost" r ON r."hostId" = h.id AND r."rolloutId" = $1 AND r.wave IS NOT NULL
       ORDER BY h.name`,
      [this.rolloutId],
    )
    const unended = await this.pg.query(`SELECT 1 FROM "Job" WHERE "endedAt" IS NULL`)
    const counts = new Map<string, number>()
    const unsettled: string[] = []
    for (const { name, host, run, cause } of rows) {
      const fault = faults.get(name) ?? 'none'
      const came = run === null ? `not in it (${host})` : [run, cause].filter(Boolean).join(': ')
      const key = `${fault}\t${came}`
      counts.set(key, (counts.get(key) ?? 0) + 1)
      const isOpen = run === 'pending' || run === 'running' || run === 'unstarted'
      const isWrong = fault === 'none' && (run === null ? host !== 'ready' : run !== 'succeeded')
      if (isOpen || isWrong) unsettled.push(`${name} (${fault}) is ${came}`)
    }
    if (unended.rowCount !== 0) unsettled.push(`${unended.rowCount} jobs have not ended`)
    const byFault = [...counts].toSorted().map(([key, count]) => [...key.split('\t'), String(count)])
    return { state: await this.state(), byFault, unsettled }
  }

  private async state(): Promise<string> {
    const { rows } = await this.pg.query<{ state: string }>(
      'SELECT state::text FROM "Rollout" WHERE id = $1',
      [this.rolloutId],
    )
    return rows[0]?.state ?? ''
  }
}

async function until(what: string, holds: () => Promise<boolean>, everyMs = 200): Promise<void> {
  const met = await waitFor(async () => ((await holds()) ? true : undefined), { withinMs: AN_HOUR, everyMs })
  if (met === undefined) throw new Error(`Waited an hour in vain until ${what}.`)
}
