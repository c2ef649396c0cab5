import { afterAll, beforeAll, expect, it } from 'vitest'
import { newInstallation } from '@/server/hosts/new-installation'
import { getHost } from '@/server/hosts/service'
import { getJob } from '@/server/jobs/views'
import { probeHost } from '@/server/worker/probe-host'
import { runJob } from '@/server/worker/run-job'
import { addJob, addReadyHost, createJobStage, type JobStage } from '../../support/jobs'
import { ScriptedAgent } from '../../support/scripted-agent'
import { workerContext } from '../../support/test-worker'

let stage: JobStage
beforeAll(async () => {
  stage = await createJobStage()
})
afterAll(() => stage.close())

it('gives a restored database an identity of its own: its hosts are another installation’s until adopted', async () => {
  const agent = new ScriptedAgent()
  const host = await addReadyHost(stage, 'restored')
  const jobId = await addJob(stage, host)
  agent.script.afterGo = async () => {
    await expect(newInstallation(stage)).rejects.toThrow('A job is under way on restored.')
  }
  await runJob(workerContext(stage, agent), jobId)
  expect((await getJob(stage, jobId)).state).toBe('converted')

  const { id, before, hosts } = await newInstallation(stage)
  expect(id).not.toBe(before)
  expect(hosts).toBe(1)
  expect((await stage.db.installation.findFirstOrThrow()).id).toBe(id)
  expect(await getHost(stage, host.hostId)).toMatchObject({ probing: true })
  await probeHost(workerContext(stage, agent), host.hostId)
  const seen = await getHost(stage, host.hostId)
  expect(seen).toMatchObject({ state: 'foreign', installationId: id })
  expect(seen.foreignToken).toMatchObject({ installationId: before })
})
