import { afterEach, beforeEach, expect, it } from 'vitest'
import { waitFor } from '@/scripts/launch/wait'
import { readAttendance } from '@/server/jobs/attendance'
import { parsePool } from '@/server/pools/selector'
import { registerPool } from '@/server/pools/served'
import type { RunningWorker } from '@/server/worker/worker'
import { givenJobWorld, type JobWorld } from '@/test/support/job-world'
import { addJob } from '@/test/support/jobs'
import { ScriptedAgent } from '@/test/support/scripted-agent'
import { startTestWorker } from '@/test/support/test-worker'

const pool = parsePool('label:site=berlin')
let stage: JobWorld['stage']
let newHost: JobWorld['newHost']
let running: RunningWorker[]
givenJobWorld(
  (world) => {
    ;({ stage, newHost } = world)
    running = []
  },
  ['"Host"', '"WorkerPool"', '"WorkerHeartbeat"'],
)
beforeEach(() => registerPool(stage.pg, pool))
afterEach(async () => {
  await Promise.all(running.map((worker) => worker.stop(5_000)))
})

async function start(agent: ScriptedAgent, selector: string): Promise<void> {
  running.push(await startTestWorker(stage, agent, {}, selector))
}

async function state(jobId: string): Promise<string> {
  return (await stage.db.job.findUniqueOrThrow({ where: { id: jobId } })).state
}
const ended = async (jobId: string) => {
  const end = await waitFor(async () => ((await state(jobId)) === 'converted' ? true : undefined), {
    withinMs: 60_000,
  })
  expect(end, await state(jobId)).toBe(true)
}

it('a job waits for a worker of its host’s pool, says so, and is done by it and no other', async () => {
  const host = await newHost()
  await stage.db.host.update({ where: { id: host.hostId }, data: { labels: { site: 'berlin' } } })
  const jobId = await addJob(stage, host)
  const others = new ScriptedAgent()
  await start(others, '')
  // One of everybody's hosts comes after it and is done: the queue has been gone through.
  await ended(await addJob(stage, await newHost()))
  expect(await state(jobId)).toBe('queued')
  expect(await readAttendance(stage.pg, jobId, 60)).toEqual({
    type: 'unserved',
    message: expect.stringContaining('label:site=berlin'),
    next: expect.stringContaining('WORKER_SELECTOR'),
  })
  const theirs = new ScriptedAgent()
  await start(theirs, pool.selector)
  await ended(jobId)
})

it('a message with the mark of a pool its host has left goes to whom it is for now', async () => {
  const host = await newHost()
  await stage.db.host.update({ where: { id: host.hostId }, data: { labels: { site: 'berlin' } } })
  await start(new ScriptedAgent(), '')
  const jobId = await addJob(stage, host)
  await stage.db.host.update({ where: { id: host.hostId }, data: { labels: {} } })
  await ended(jobId)
})
