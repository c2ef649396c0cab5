import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { cancelJob } from '@/server/jobs/cancel-job'
import { startJob } from '@/server/jobs/start-job'
import { getJob, listJobs } from '@/server/jobs/views'
import { recordPlan } from '@/server/plans/record-plan'
import { requestPlan } from '@/server/plans/request-plan'
import { getPlan } from '@/server/plans/view'
import {
  addJob,
  addReadyHost,
  addReadyPlan,
  createJobStage,
  type JobStage,
  planResult,
  type ReadyHost,
} from '../../support/jobs'

let stage: JobStage
let host: ReadyHost
let count = 0

beforeAll(async () => {
  stage = await createJobStage()
})
afterAll(() => stage.close())
beforeEach(async () => {
  host = await addReadyHost(stage, `asked-${++count}`)
  await stage.db.fleetStop.update({ where: { singleton: true }, data: { pulled: false } })
})

/** The plan as a person sees it, and what they send to approve it. */
async function seen() {
  const plan = await getPlan(stage, await addReadyPlan(stage, host))
  return { planId: plan.id, digest: plan.digest ?? '', phrase: plan.phrase }
}

describe('an approval', () => {
  it('queues one job, audited with who and what, and a message that wakes a worker', async () => {
    const approval = await seen()
    expect(approval.phrase).toBe(`convert dax0.0 on ${host.name}`)
    const started = await startJob(stage, approval)
    if (started.type !== 'started') throw new Error(started.message)
    expect(await getJob(stage, started.jobId)).toMatchObject({
      state: 'queued',
      approvedBy: 'ada@example.test',
      predictedBytes: 939_524_096n,
      digest: approval.digest,
    })
    const audit = await stage.db.auditEntry.findFirst({
      where: { action: 'job.approved', subjectId: started.jobId },
    })
    expect(audit).toMatchObject({ actorId: 'ada@example.test', detail: { phrase: approval.phrase } })
    const { rows } = await stage.pg.query('SELECT 1 FROM graphile_worker.jobs WHERE key = $1', [
      `run-job:${started.jobId}`,
    ])
    expect(rows).toHaveLength(1)
    expect((await listJobs(stage, { hostId: host.hostId, limit: 5 })).jobs).toHaveLength(1)
  })

  it('is good for one conversion: a plan that was carried out is refused', async () => {
    const approval = await seen()
    const started = await startJob(stage, approval)
    if (started.type !== 'started') throw new Error(started.message)
    await stage.pg.query(`UPDATE "Job" SET state = 'converted', "endedAt" = now() WHERE id = $1`, [
      started.jobId,
    ])
    expect(await startJob(stage, approval)).toMatchObject({
      type: 'refused',
      message: 'This plan was carried out already.',
    })
  })

  it.each<[string, (approval: Awaited<ReturnType<typeof seen>>) => object, RegExp]>([
    ['of another digest', () => ({ digest: '0'.repeat(64) }), /not this plan any more/],
    ['with another phrase', () => ({ phrase: 'convert dax0.0 on another' }), /phrase does not match/],
  ])('%s is refused', async (_what, changes, says) => {
    const approval = await seen()
    const answer = await startJob(stage, { ...approval, ...changes(approval) })
    expect(answer).toMatchObject({ type: 'refused', message: expect.stringMatching(says) })
    expect(await stage.db.job.count({ where: { hostId: host.hostId } })).toBe(0)
  })

  it('is refused while the fleet-wide stop is pulled, or the host is not ready', async () => {
    const approval = await seen()
    await stage.db.fleetStop.update({ where: { singleton: true }, data: { pulled: true } })
    expect(await startJob(stage, approval)).toMatchObject({
      type: 'refused',
      message: expect.stringMatching(/stop is pulled/),
    })
    await stage.db.fleetStop.update({ where: { singleton: true }, data: { pulled: false } })
    await stage.db.host.update({ where: { id: host.hostId }, data: { state: 'quarantined' } })
    expect(await startJob(stage, approval)).toMatchObject({
      type: 'refused',
      message: expect.stringMatching(/is not ready/),
    })
  })

  it('of one plan by two people at one moment starts one job', async () => {
    const approval = await seen()
    const answers = await Promise.all([1, 2, 3, 4].map(() => startJob(stage, approval)))
    expect(answers.filter((answer) => answer.type === 'started')).toHaveLength(1)
    expect(await stage.db.job.count({ where: { hostId: host.hostId } })).toBe(1)
  })

  it('of a plan the host refuses is refused with the host’s own reason', async () => {
    const asked = await requestPlan(stage, { deviceId: host.deviceId, zone: 'movable' })
    if (asked.type !== 'requested') throw new Error(asked.message)
    const refusals = [{ code: 'in_use' as const, message: 'In use by pid 7.', next: 'Stop it.' }]
    await recordPlan(stage, asked.planId, { ...planResult(host.name), verdict: 'refused', refusals })
    const plan = await getPlan(stage, asked.planId)
    expect(plan).toMatchObject({ verdict: 'refused', refusals })
    const approval = { planId: plan.id, digest: plan.digest ?? '', phrase: plan.phrase }
    expect(await startJob(stage, approval)).toEqual({
      type: 'refused',
      message: 'In use by pid 7.',
      next: 'Stop it.',
    })
  })
})

describe('a cancel', () => {
  it('of a queued job ends it at once', async () => {
    const jobId = await addJob(stage, host)
    expect(await cancelJob(stage, jobId)).toEqual({
      type: 'requested',
      message: 'Cancelled. Nothing was written on the host.',
    })
    expect((await getJob(stage, jobId)).state).toBe('cancelled')
    expect(await cancelJob(stage, jobId)).toMatchObject({ type: 'refused' })
  })

  it('after go is noted, and said honestly', async () => {
    const jobId = await addJob(stage, host)
    await stage.pg.query(
      `UPDATE "Job" SET state = 'acting', holder = 'w', epoch = 1, "goSentAt" = now() WHERE id = $1`,
      [jobId],
    )
    expect(await cancelJob(stage, jobId)).toMatchObject({
      type: 'requested',
      message: expect.stringMatching(/rests at the next safe point/),
    })
    expect(await getJob(stage, jobId)).toMatchObject({ state: 'acting', cancelRequestedAt: expect.any(Date) })
  })
})
