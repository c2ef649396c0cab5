import { storableJson } from '@/server/hosts/untrusted'
import { createPostgresStore } from '@/server/jobs/postgres-store'
import { lockRollout } from '@/server/rollouts/rows/load'
import { advanceRollout } from '@/server/rollouts/turn/advance'
import { controlRollout } from '@/server/rollouts/turn/control-rollout'
import { createPostgresRecords } from '@/server/worker/postgres-records'
import type { JobStage } from '../../support/jobs'
import type { RolloutControls } from './rollout-operations'
import { controlsOver, inspectionOfHost, type RolloutSeed, wavesOf } from './rollout-subjects'
import { wakeOf } from './simulated-rollout'

export type PostgresRollout = RolloutControls & {
  /** Takes back that `ms` went by: what is still to come is as far away as it was before them. */
  holdStill(ms: number): Promise<void>
}

/** The rollout as rows of a real database, turned and steered by what a worker and a page call. */
export async function postgresRollout(stage: JobStage, seed: RolloutSeed): Promise<PostgresRollout> {
  const { db, pg } = stage
  await pg.query('TRUNCATE "Host", "Rollout" CASCADE')
  await setStop(stage, false)
  const records = createPostgresRecords(stage)
  const store = createPostgresStore(pg)
  const rolloutId = await addRollout(stage, seed)

  const jobOf = async ({ planId }: { planId: string }) => {
    const job = await db.job.findFirst({ where: { planId }, orderBy: { createdAt: 'desc' } })
    return job?.id ?? null
  }
  return {
    ...controlsOver(seed, { store, records, jobOf }),
    async turn() {
      const { cancels, wakeAfterMs } = await advanceRollout(stage, rolloutId)
      for (const { jobId } of cancels) await store.requestCancel(jobId, { kind: 'worker', id: 'worker' })
      const jobs = await db.job.findMany({ where: { id: { in: cancels.map(({ jobId }) => jobId) } } })
      return { cancels: jobs.map(({ planId }) => planId).toSorted(), wake: wakeOf(wakeAfterMs) }
    },
    async obey(command) {
      const answer = await controlRollout(stage, rolloutId, command)
      return answer.type === 'done' ? null : answer.message
    },
    setStop: (pulled) => setStop(stage, pulled),
    elapse: (ms) => moveTimes(stage, (time) => `${time} - ${milliseconds}`, ms),
    // What has come stays come: a time that lay behind is never put before now.
    holdStill: (ms) =>
      moveTimes(
        stage,
        (time) =>
          `CASE WHEN ${time} <= clock_timestamp() THEN least(${time} + ${milliseconds}, clock_timestamp())
                ELSE ${time} + ${milliseconds} END`,
        ms,
      ),
    async read() {
      const locked = await db.$transaction((tx) => lockRollout(tx, rolloutId, 'whole'))
      if (locked === null) throw new Error('The rollout is gone.')
      return locked.rollout
    },
    async nowMs() {
      const { rows } = await pg.query<{ now: Date }>('SELECT clock_timestamp() AS now')
      return rows[0]?.now.getTime() ?? 0
    },
  }
}

const milliseconds = `$1::float8 * interval '1 millisecond'`

/** The database's clock cannot be turned; every time it wrote down can. */
async function moveTimes({ pg }: JobStage, moved: (time: string) => string, ms: number): Promise<void> {
  const timesOf = {
    HostLease: ['expiresAt'],
    Host: ['stateSince'],
    Job: ['runAfter', 'unknownSince'],
    Rollout: ['soakSince', 'checkSince'],
    RolloutHost: ['startedAt'],
    RolloutItem: ['retryAt'],
  }
  for (const [table, times] of Object.entries(timesOf)) {
    const set = times.map((time) => `"${time}" = ${moved(`"${time}"`)}`)
    await pg.query(`UPDATE "${table}" SET ${set.join(', ')}`, [ms])
  }
}

async function setStop({ pg }: JobStage, pulled: boolean | null): Promise<void> {
  await pg.query('DELETE FROM "FleetStop"')
  if (pulled !== null)
    await pg.query('INSERT INTO "FleetStop" (singleton, pulled) VALUES (true, $1)', [pulled])
}

/** Approved, and begun: hosts, devices and plans as probes and answers would have left them. */
async function addRollout(stage: JobStage, seed: RolloutSeed): Promise<string> {
  const { db } = stage
  const records = createPostgresRecords(stage)
  for (const id of seed.hosts) {
    await db.host.create({ data: { id, name: id, address: id, username: 'root', state: 'ready' } })
    await records.recordInspection(id, inspectionOfHost(seed, id, false), { fenced: false })
  }
  const { id: rolloutId } = await db.rollout.create({
    data: {
      ...{ name: 'twin', selector: 'host:*', zone: 'movable', state: 'running', createdBy: 'ada' },
      ...{ digest: '0'.repeat(64), approvedBy: 'ada', approvedAt: new Date(), policy: seed.policy },
    },
  })
  const waves = wavesOf(seed)
  await db.rolloutHost.createMany({
    data: seed.hosts.map((hostId, position) => ({
      ...{ rolloutId, hostId, position, wave: waves.get(hostId) ?? 0 },
    })),
  })
  for (const [position, { planId, hostId, identity, digest, result }] of seed.devices.entries()) {
    const { id: deviceId } = await db.device.findUniqueOrThrow({
      where: { hostId_identity: { hostId, identity } },
    })
    const asked = { id: planId, hostId, deviceId, zone: 'movable', state: 'ready' as const }
    await db.plan.create({ data: { ...asked, digest, result: storableJson(result) } })
    const predicted = { gainBytes: 1n, lostBytes: 0n, memmapBytes: 0n }
    const item = { id: planId, rolloutId, hostId, deviceId, planId, digest, position, ...predicted }
    await db.rolloutItem.create({ data: { ...item, state: 'pending' } })
  }
  return rolloutId
}
