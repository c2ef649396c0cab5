import { afterAll, beforeAll, expect, it } from 'vitest'
import { listAudit } from '@/server/audit/service'
import { removeHost } from '@/server/hosts/remove-host'
import { cancelJob } from '@/server/jobs/cancel-job'
import { addJob, addReadyHost, createJobStage, type JobStage } from '../../support/jobs'

let stage: JobStage
beforeAll(async () => {
  stage = await createJobStage()
})
afterAll(() => stage.close())

it('names the host and the device of plans and jobs', async () => {
  const host = await addReadyHost(stage, 'db-1')
  const jobId = await addJob(stage, host)
  const { entries } = await listAudit(stage, { limit: 100 })
  const place = { host: { id: host.hostId, name: 'db-1' }, daxName: 'dax0.0', name: null }
  expect(entries.find(({ action }) => action === 'job.approved')).toMatchObject({ subjectId: jobId, place })
  expect(entries.find(({ action }) => action === 'plan.requested')).toMatchObject({ place })
})

it('shows on a host all that is on it, and nothing of another', async () => {
  const [one, other] = [await addReadyHost(stage, 'db-2'), await addReadyHost(stage, 'db-3')]
  await addJob(stage, one)
  await addJob(stage, other)
  const { entries } = await listAudit(stage, { hostId: one.hostId, limit: 100 })
  expect(new Set(entries.map(({ place }) => place.host?.name))).toEqual(new Set(['db-2']))
  expect(entries.map(({ action }) => action)).toEqual(expect.arrayContaining(['job.approved', 'host.state']))
})

it('keeps the name of a host that was removed', async () => {
  const host = await addReadyHost(stage, 'db-4')
  await cancelJob(stage, await addJob(stage, host))
  await removeHost({ ...stage, user: { role: 'admin' } }, host.hostId)
  const { entries } = await listAudit(stage, { subjectId: host.hostId, limit: 100 })
  expect(entries[0]).toMatchObject({ action: 'host.removed', place: { host: null, name: 'db-4' } })
})
