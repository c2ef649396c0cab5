import { afterAll, beforeAll, expect, it } from 'vitest'
import { readAttendance } from '@/server/jobs/attendance'
import { cancelJob } from '@/server/jobs/cancel-job'
import { createPostgresStore } from '@/server/jobs/postgres-store'
import { enqueue } from '@/server/lib/queue'
import { addJob, addReadyHost, createJobStage, type JobStage } from '../../support/jobs'

const leaseSeconds = 30
let stage: JobStage
let count = 0
beforeAll(async () => {
  stage = await createJobStage()
})
afterAll(() => stage.close())

/** A job a worker has claimed: its host's lease, and how to turn the clock on lease and job. */
async function claimedJob() {
  count += 1
  const host = await addReadyHost(stage, `host-${count}`)
  const jobId = await addJob(stage, host)
  const store = createPostgresStore(stage.pg)
  const epoch = (await store.takeLease(host.hostId, 'worker-1', leaseSeconds * 1000)) ?? 0n
  const token = { holder: 'worker-1', epoch }
  await store.claimJob(jobId, token)
  return { ...host, jobId, store, token }
}
const attendance = (jobId: string) => readAttendance(stage.pg, jobId, leaseSeconds)
const leaseRunsOutIn = (hostId: string, seconds: number) =>
  stage.pg.query(
    `UPDATE "HostLease" SET "expiresAt" = now() + $2::float8 * interval '1 second' WHERE "hostId" = $1`,
    [hostId, seconds],
  )
const hasBeenDueForLong = async (jobId: string) => {
  await stage.pg.query(`UPDATE "Job" SET "runAfter" = now() - interval '1 minute' WHERE id = $1`, [jobId])
  await stage.pg.query(
    `UPDATE graphile_worker._private_jobs SET run_at = now() - interval '1 minute' WHERE key = $1`,
    [`run-job:${jobId}`],
  )
}

it('is by the worker whose lease is renewed', async () => {
  const { jobId } = await claimedJob()
  expect(await attendance(jobId)).toEqual({ type: 'attended' })
})

it('is silent once a renewal is overdue, and says by when another takes over', async () => {
  const { jobId, hostId } = await claimedJob()
  await leaseRunsOutIn(hostId, 12)
  expect(await attendance(jobId)).toMatchObject({ type: 'silent', takeOverWithinSeconds: 22 })
})

it('is nobody’s when the lease ran out and no other worker came', async () => {
  const { jobId, hostId } = await claimedJob()
  await leaseRunsOutIn(hostId, -1)
  expect(await attendance(jobId)).toEqual({ type: 'nobody' })
})

it('of a job that waits is nobody’s only after it has been due for a while', async () => {
  const { jobId, hostId, store, token } = await claimedJob()
  await store.requeue(jobId, token, 0, 'Trying again.')
  await store.releaseLease(hostId, token)
  expect(await attendance(jobId)).toEqual({ type: 'attended' })
  await hasBeenDueForLong(jobId)
  expect(await attendance(jobId)).toEqual({ type: 'nobody' })
})

it('of an unknown job lasts between two tries to reach its host', async () => {
  const { jobId, hostId, store, token } = await claimedJob()
  await stage.pg.query(`UPDATE "Job" SET state = 'acting', "goSentAt" = now() WHERE id = $1`, [jobId])
  await store.markUnknown(jobId, token, 'Contact was lost.')
  await store.releaseLease(hostId, token)
  await hasBeenDueForLong(jobId)
  expect(await attendance(jobId)).toEqual({ type: 'nobody' })
  await enqueue(stage.pg, 'run-job', { jobId }, { jobKey: `run-job:${jobId}`, afterMs: 5_000 })
  expect(await attendance(jobId)).toEqual({ type: 'attended' })
})

it('is no question any more once the job has ended', async () => {
  const { jobId, store, token } = await claimedJob()
  await store.requeue(jobId, token, 0, '')
  await cancelJob(stage, jobId)
  expect(await attendance(jobId)).toBeNull()
})
