import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  addJob,
  addReadyHost,
  addReadyPlan,
  createJobStage,
  type JobStage,
  type ReadyHost,
} from '../support/jobs'

const rollout = `INSERT INTO "Rollout" (id, name, policy, "createdBy", selector, zone, state, digest, "endedAt")
  VALUES (gen_random_uuid(), 'x', '{}', 'x',`
const planned = `gen_random_uuid(), repeat('a', 64), 1, 1, 1`
const rolloutItem = (plan: string) => `
  INSERT INTO "RolloutItem" (id, "rolloutId", "hostId", "deviceId", position, "planId", digest,
    "gainBytes", "lostBytes", "memmapBytes", state, "retriesUsed")
  VALUES (gen_random_uuid(), gen_random_uuid(), $1, gen_random_uuid(), 0, ${plan},`

const violations: [name: string, what: string, sql: string][] = [
  [
    'Job_running_has_holder',
    'a running job without owner',
    `UPDATE "Job" SET state = 'preflight', holder = NULL WHERE id = $1`,
  ],
  [
    'Job_resting_has_no_holder',
    'an owner of a queued job',
    `UPDATE "Job" SET state = 'queued', holder = 'w', epoch = 1 WHERE id = $1`,
  ],
  [
    'Job_end_has_time',
    'an end without its time',
    `UPDATE "Job" SET state = 'failed', holder = NULL, epoch = NULL WHERE id = $1`,
  ],
  ['Job_unknown_has_time', 'unknown since never', `UPDATE "Job" SET state = 'unknown' WHERE id = $1`],
  [
    'Job_acting_has_go',
    'acting without go',
    `UPDATE "Job" SET state = 'acting', holder = 'w', epoch = 1 WHERE id = $1`,
  ],
  [
    'Job_stuck_acts',
    'a stuck write of a job that does not act',
    `UPDATE "Job" SET "stuckSince" = now(), "stuckWrite" = '{}' WHERE id = $1`,
  ],
  ['Job_journalOffset', 'a negative offset', `UPDATE "Job" SET "journalOffset" = -1 WHERE id = $1`],
  ['Job_zone', 'a zone that does not exist', `UPDATE "Job" SET zone = 'device' WHERE id = $1`],
  ['Job_digest', 'a digest that is none', `UPDATE "Job" SET digest = 'abc' WHERE id = $1`],
  ['Job_bytes', 'negative bytes', `UPDATE "Job" SET "onlineBytesAfter" = -1 WHERE id = $1`],
  [
    'JobStep_state',
    'a step in no known state',
    `INSERT INTO "JobStep" ("jobId", name, position, state) SELECT id, 'x', 0, 'odd' FROM "Job" LIMIT 1`,
  ],
  [
    'JobStep_durationMs',
    'a step that took less than nothing',
    `INSERT INTO "JobStep" ("jobId", name, position, state, "durationMs") SELECT id, 'x', 0, 'done', -1 FROM "Job" LIMIT 1`,
  ],
  [
    'JobLine_number',
    'a line zero',
    `INSERT INTO "JobLine" ("jobId", number, line) SELECT id, 0, '{}' FROM "Job" LIMIT 1`,
  ],
  ['HostLease_epoch', 'an epoch of zero', `INSERT INTO "HostLease" VALUES ($1, 'w', 0, now())`],
  ['Plan_zone', 'a plan for no zone', `UPDATE "Plan" SET zone = 'device'`],
  [
    'Plan_kind',
    'a giving back with a zone',
    `UPDATE "Plan" SET kind = 'restore', "onPartial" = 'leave', "floorBytes" = 0`,
  ],
  [
    'Plan_kind',
    'a giving back with no word on what is left',
    `UPDATE "Plan" SET kind = 'restore', zone = NULL, "floorBytes" = 0`,
  ],
  [
    'Plan_kind',
    'a giving back without a floor',
    `UPDATE "Plan" SET kind = 'restore', zone = NULL, "onPartial" = 'leave'`,
  ],
  ['Job_kind', 'a giving back with a zone', `UPDATE "Job" SET kind = 'restore' WHERE id = $1`],
  [
    'Job_restored_is_a_restore',
    'a conversion that was given back',
    `UPDATE "Job" SET state = 'restored', "endedAt" = now(), holder = NULL, epoch = NULL WHERE id = $1`,
  ],
  [
    'Job_end_is_of_its_kind',
    'a giving back that was converted',
    `UPDATE "Job" SET state = 'converted', kind = 'restore', zone = NULL, "endedAt" = now() WHERE id = $1`,
  ],
  [
    'CapacityFloor_singleton',
    'a second row of floors',
    `INSERT INTO "CapacityFloor" (singleton, "hostPercent", "fleetPercent") VALUES (false, 1, 1)`,
  ],
  ['CapacityFloor_one_each', 'a floor in bytes and in percent', `UPDATE "CapacityFloor" SET "hostBytes" = 1`],
  ['CapacityFloor_one_each', 'no floor for the fleet', `UPDATE "CapacityFloor" SET "fleetPercent" = NULL`],
  ['CapacityFloor_range', 'a floor that leaves nothing', `UPDATE "CapacityFloor" SET "hostPercent" = 91`],
  [
    'HealthPolicy_singleton',
    'a second health policy',
    `INSERT INTO "HealthPolicy" (singleton, rules) VALUES (false, '{}')`,
  ],
  ['HealthPolicy_rules', 'a health policy that is a list', `UPDATE "HealthPolicy" SET rules = '[]'`],
  [
    'Plan_only_online_judged',
    'a giving back with a health policy',
    `UPDATE "Plan" SET kind = 'restore', zone = NULL, "onPartial" = 'leave', "floorBytes" = 1, "healthPolicy" = '{}'`,
  ],
  ['Device_health', 'a health nobody knows', `UPDATE "Device" SET "healthState" = 'fine'`],
  [
    'Host_floor',
    'two floors of one host',
    `UPDATE "Host" SET "floorBytes" = 1, "floorPercent" = 1 WHERE id = $1`,
  ],
  [
    'Host_available',
    'less memory available than none',
    `UPDATE "Host" SET "memAvailableBytes" = -1 WHERE id = $1`,
  ],
  ['Plan_digest', 'a plan whose digest is none', `UPDATE "Plan" SET digest = 'abc'`],
  [
    'Plan_ready_has_result',
    'a ready plan without answer',
    `UPDATE "Plan" SET result = NULL WHERE state = 'ready'`,
  ],
  ['Host_labels', 'a label that is a number', `UPDATE "Host" SET labels = '{"rack": 12}' WHERE id = $1`],
  ['Host_labels', 'labels that are a list', `UPDATE "Host" SET labels = '["rack"]' WHERE id = $1`],
  ['Host_port', 'port 0', `UPDATE "Host" SET port = 0 WHERE id = $1`],
  ['Host_bytes', 'negative memory', `UPDATE "Host" SET "memTotalBytes" = -1 WHERE id = $1`],
  ['Device_bytes', 'a negative loss', `UPDATE "Device" SET "lostBytes" = -1`],
  [
    'Device_blocks',
    'more blocks online than there are',
    `UPDATE "Device" SET "onlineBlocks" = "totalBlocks" + 1`,
  ],
  ['Event_topic', 'an event of no topic', `INSERT INTO "Event" (topic, "subjectId") VALUES ('odd', 'x')`],
  [
    'AuditEntry_actorKind',
    'an actor of no kind',
    `INSERT INTO "AuditEntry" ("actorKind", "actorId", action, "subjectKind", "subjectId") VALUES ('ghost', 'x', 'x', 'x', 'x')`,
  ],
  [
    'Installation_singleton',
    'a second installation',
    `INSERT INTO "Installation" (singleton, id) VALUES (false, gen_random_uuid())`,
  ],
  ['FleetStop_singleton', 'a second stop', `INSERT INTO "FleetStop" (singleton) VALUES (false)`],
  [
    'Rollout_running_is_approved',
    'a running rollout nobody approved',
    `${rollout} 'host:*', 'movable', 'running', NULL, NULL)`,
  ],
  [
    'Rollout_end_has_time',
    'an end of a rollout without its time',
    `${rollout} 'host:*', 'movable', 'discarded', NULL, NULL)`,
  ],
  [
    'Rollout_kind',
    'a rollout that neither converts nor gives back',
    `${rollout} 'host:*', NULL, 'planning', NULL, NULL)`,
  ],
  [
    'Rollout_share',
    'a rollout of a share that says of nothing',
    `INSERT INTO "Rollout" (id, name, policy, "createdBy", selector, kind, zone, "shareBytes")
      VALUES (gen_random_uuid(), 'x', '{}', 'x', 'host:*', 'online', 'movable', 1)`,
  ],
  [
    'RolloutItem_share',
    'a device that is asked for nothing',
    `INSERT INTO "RolloutItem" (id, "rolloutId", "hostId", "deviceId", position, "shareBytes")
      VALUES (gen_random_uuid(), gen_random_uuid(), $1, gen_random_uuid(), 0, 0)`,
  ],
  ['Rollout_zone', 'a rollout for no zone', `${rollout} 'host:*', 'device', 'planning', NULL, NULL)`],
  [
    'Rollout_digest',
    'a rollout whose digest is none',
    `${rollout} 'host:*', 'movable', 'ready', 'abc', NULL)`,
  ],
  [
    'Rollout_selector',
    'a rollout of an empty selector',
    `${rollout} ' ', 'movable', 'planning', NULL, NULL)`,
  ],
  [
    'RolloutHost_running_has_time',
    'a host that runs since never',
    `INSERT INTO "RolloutHost" ("rolloutId", "hostId", position, state) VALUES (gen_random_uuid(), $1, 0, 'running')`,
  ],
  [
    'RolloutItem_open_is_planned',
    'a device that waits without a plan',
    `${rolloutItem('NULL, NULL, NULL, NULL, NULL')} 'pending', 0)`,
  ],
  [
    'RolloutItem_running_has_job',
    'a device that runs without a job',
    `${rolloutItem(planned)} 'running', 0)`,
  ],
  [
    'RolloutItem_planned_is_predicted',
    'an approved device without its prediction',
    `${rolloutItem(`gen_random_uuid(), repeat('a', 64), NULL, 1, 1`)} 'planned', 0)`,
  ],
  ['RolloutItem_retries', 'fewer retries than none', `${rolloutItem(planned)} 'planning', -1)`],
]

let stage: JobStage
let host: ReadyHost
let jobId: string

beforeAll(async () => {
  stage = await createJobStage()
  host = await addReadyHost(stage, 'guarded')
  jobId = await addJob(stage, host)
})
afterAll(() => stage.close())

/** The name of the constraint that refuses the statement, or what else came of it. */
async function refusedBy(sql: string, values: unknown[] = []): Promise<string> {
  const client = await stage.pg.connect()
  try {
    await client.query('BEGIN')
    await client.query(sql, values)
    return 'nothing'
  } catch (error) {
    return error instanceof Error && 'constraint' in error && typeof error.constraint === 'string'
      ? error.constraint
      : String(error)
  } finally {
    await client.query('ROLLBACK')
    client.release()
  }
}

describe('the guards that the schema language cannot say', () => {
  it('stand in the catalog after a deploy', async () => {
    const indexes = await stage.pg.query<{ indexdef: string }>(
      `SELECT indexdef FROM pg_indexes WHERE indexname IN ('Job_one_active_per_host', 'Job_one_open_per_device')
       ORDER BY indexname`,
    )
    const [host, device] = indexes.rows.map((row) => row.indexdef)
    expect(host).toMatch(
      /UNIQUE INDEX .*\("hostId"\) WHERE .*dispatching.*preflight.*acting.*verifying.*unknown/,
    )
    expect(host).not.toContain('queued')
    expect(device).toMatch(/UNIQUE INDEX .*\("deviceId"\) WHERE .*queued.*dispatching.*unknown/)
    const sequence = await stage.pg.query(
      `SELECT increment_by, cycle FROM pg_sequences WHERE sequencename = 'fencing_epoch'`,
    )
    expect(sequence.rows).toEqual([{ increment_by: '1', cycle: false }])
    const checks = await stage.pg.query<{ name: string }>(
      `SELECT conname AS name FROM pg_constraint WHERE contype = 'c' AND convalidated ORDER BY conname`,
    )
    expect(checks.rows.map((row) => row.name)).toEqual(
      expect.arrayContaining(violations.map(([name]) => name).filter((name) => !name.startsWith('Job_one'))),
    )
  })

  it('let one job hold a host, and one wait for a device', async () => {
    const other = await addReadyPlan(stage, host)
    const copy = (state: string) =>
      `INSERT INTO "Job" (id, "hostId", "deviceId", "planId", digest, zone, "approvedBy", "predictedBytes", state,
         holder, epoch, "goSentAt", "unknownSince")
       SELECT $1, "hostId", "deviceId", $2, digest, zone, 'x', 1, '${state}', 'w', 1, now(), now() FROM "Job" WHERE id = $3`
    await stage.pg.query(`UPDATE "Job" SET state = 'dispatching', holder = 'w', epoch = 1 WHERE id = $1`, [
      jobId,
    ])
    for (const state of ['dispatching', 'preflight', 'acting', 'verifying', 'unknown']) {
      expect(await refusedBy(copy(state), [randomUUID(), other, jobId]), state).toMatch(/^Job_one_/)
    }
    const queued = `INSERT INTO "Job" (id, "hostId", "deviceId", "planId", digest, zone, "approvedBy", "predictedBytes")
      SELECT $1, "hostId", "deviceId", $2, digest, zone, 'x', 1 FROM "Job" WHERE id = $3`
    expect(await refusedBy(queued, [randomUUID(), other, jobId])).toBe('Job_one_open_per_device')
  })

  it('let a device wait for or run in one approved rollout, and one device run on a host of it', async () => {
    const { rows } = await stage.pg.query<{ indexdef: string }>(
      `SELECT indexdef FROM pg_indexes WHERE indexname LIKE 'RolloutItem_one_%' ORDER BY indexname`,
    )
    const [open, running] = rows.map((row) => row.indexdef)
    expect(open).toMatch(/UNIQUE INDEX .*\("deviceId"\) WHERE .*pending.*running/)
    expect(running).toMatch(/UNIQUE INDEX .*\("rolloutId", "hostId"\) WHERE .*running/)
  })

  it('draw epochs that only grow', async () => {
    const draw = async () =>
      BigInt((await stage.pg.query<{ n: string }>(`SELECT nextval('fencing_epoch') AS n`)).rows[0]?.n ?? 0)
    const first = await draw()
    expect(await draw()).toBeGreaterThan(first)
  })

  it('hold one installation and one stop, there from the start', async () => {
    expect(await stage.db.installation.count()).toBe(1)
    expect(await stage.db.fleetStop.findFirst()).toMatchObject({ pulled: false })
  })

  it('keep the audit log as it was written', async () => {
    expect(await refusedBy(`UPDATE "AuditEntry" SET action = 'nothing happened'`)).toMatch(/append-only/)
    expect(await refusedBy(`DELETE FROM "AuditEntry"`)).toMatch(/append-only/)
  })

  it.each(violations)('%s refuses %s', async (name, _what, sql) => {
    const values = [...sql.matchAll(/\$1/g)].length > 0 ? [sql.includes('"Job"') ? jobId : host.hostId] : []
    expect(await refusedBy(sql, values)).toBe(name)
  })
})
