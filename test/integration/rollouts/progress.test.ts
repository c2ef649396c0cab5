import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { STEPS } from '@/agents/protocol'
import type { RunningWorker } from '@/server/worker/worker'
import { createTestStage, type TestStage } from '../../support/caller'
import { addReadyHost, type ReadyHost } from '../../support/jobs'
import { approve, makeRollout, planningAgent, reaches } from '../../support/rollouts'
import type { ScriptedAgent } from '../../support/scripted-agent'
import { startTestWorker } from '../../support/test-worker'

const gained = 939_524_096n
let stage: TestStage
let agent: ScriptedAgent
let worker: RunningWorker

beforeAll(async () => {
  stage = await createTestStage()
})
afterAll(() => stage.close())
beforeEach(async () => {
  await stage.pg.query('TRUNCATE "Host", "Rollout" CASCADE')
  await stage.pg.query('TRUNCATE graphile_worker._private_jobs')
  await stage.db.fleetStop.update({ where: { singleton: true }, data: { pulled: false } })
  agent = planningAgent()
  worker = await startTestWorker(stage, agent)
})
afterEach(() => worker.stop(5_000))

async function addHosts(...names: string[]): Promise<ReadyHost[]> {
  const hosts: ReadyHost[] = []
  for (const name of names) hosts.push(await addReadyHost(stage, name))
  return hosts
}
async function runOver(policy: Parameters<typeof makeRollout>[2] = {}): Promise<string> {
  const rolloutId = await makeRollout(stage, 'host:*', policy)
  await reaches(stage, rolloutId, 'ready')
  await approve(stage, rolloutId)
  return rolloutId
}
function failAllWrites(): void {
  agent.driverAfter = 'device_dax'
  agent.blocksAfter = []
  agent.outcome = 'failed'
}
const progressOf = (rolloutId: string) => stage.caller.rollouts.progress({ rolloutId })

describe('the progress of a rollout', () => {
  it('is what its hosts and jobs came to, wave by wave', async () => {
    await addHosts('a-1', 'a-2', 'b-3')
    const rolloutId = await runOver()
    await reaches(stage, rolloutId, 'finished')
    expect(await progressOf(rolloutId)).toMatchObject({
      state: 'finished',
      hosts: 3,
      hostsByOutcome: { converted: 3 },
      devices: 3,
      devicesByState: { converted: 3 },
      waves: [
        { wave: 0, hosts: 1, hostsByOutcome: { converted: 1 }, checked: 1 },
        { wave: 1, hosts: 2, hostsByOutcome: { converted: 2 }, checked: 2 },
      ],
      holds: [],
      inFlight: 0,
      gainedBytes: 3n * gained,
      causes: [],
      retryableHosts: 0,
    })
  })

  it('tells the pulled stop, and how many hosts may be in flight by the limits', async () => {
    await addHosts('a-1', 'a-2', 'a-3')
    const none = { count: 0, percent: null }
    const off = { count: null, percent: null }
    const rolloutId = await makeRollout(stage, 'host:*', {
      failures: { perWave: { hosts: none, devices: off }, inAll: { hosts: off, devices: off } },
    })
    await reaches(stage, rolloutId, 'ready')
    await stage.db.fleetStop.update({ where: { singleton: true }, data: { pulled: true } })
    await approve(stage, rolloutId)
    expect(await progressOf(rolloutId)).toMatchObject({
      state: 'running',
      holds: [{ type: 'fleet_stop', unreadable: false }],
      hostsByOutcome: { pending: 3 },
      inFlightBudget: 1,
      maxInFlightHosts: 16,
      limits: [{ reason: 'wave_hosts_failed', failed: 0, allowed: 0 }, {}, {}, {}],
    })
  })

  it('gathers what failed by its cause, and says how much of it can be tried again', async () => {
    await addHosts('a-1', 'a-2')
    failAllWrites()
    const rolloutId = await runOver({ canaryHosts: 0 })
    await reaches(stage, rolloutId, 'stopped')
    const progress = await progressOf(rolloutId)
    expect(progress).toMatchObject({
      reason: 'nothing_converted',
      hostsByOutcome: { failed: 2 },
      retryableHosts: 2,
      gainedBytes: 0n,
      causes: [{ state: 'failed', hosts: 2, devices: 2, retryableHosts: 2 }],
    })
    const [cause] = progress.causes
    expect(cause?.message).not.toBe('')
    const rows = await stage.caller.rollouts.rows({ rolloutId, cause: cause?.cause ?? '' })
    expect(rows.rows.map(({ hostName }) => hostName)).toEqual(['a-1', 'a-2'])
    const { hostIds } = await stage.caller.rollouts.hostIds({ rolloutId, cause: cause?.cause ?? '' })
    expect(await stage.caller.rollouts.skip({ rolloutId, hostIds })).toMatchObject({ type: 'done' })
    expect(await progressOf(rolloutId)).toMatchObject({ hostsByOutcome: { skipped: 2 }, causes: [] })
  })

  it('says of a host that was not the same after the soak that it is the host that failed', async () => {
    await addHosts('a-1')
    const rolloutId = await runOver()
    await reaches(stage, rolloutId, 'finished')
    await stage.db.rolloutHost.updateMany({
      where: { rolloutId },
      data: { state: 'failed', cause: 'not_as_converted' },
    })
    expect((await progressOf(rolloutId)).causes).toMatchObject([
      { cause: 'not_as_converted', state: 'failed', hosts: 1, devices: 0, retryableHosts: 0 },
    ])
  })

  it('names a hook that failed after the conversion, which no retry can mend', async () => {
    await addHosts('a-1')
    const rolloutId = await runOver()
    await reaches(stage, rolloutId, 'finished')
    await stage.db.rolloutHost.updateMany({ where: { rolloutId }, data: { state: 'failed' } })
    await stage.db.rolloutItem.updateMany({
      where: { rolloutId },
      data: { cause: 'hook_failed', message: 'post-convert ended with 3.' },
    })
    expect((await progressOf(rolloutId)).causes).toMatchObject([
      { cause: 'hook_failed', state: 'converted', hosts: 1, devices: 1, retryableHosts: 0 },
    ])
  })

  it('is nobody’s without a session, and none where there is no rollout', async () => {
    const rolloutId = '00000000-0000-4000-8000-000000000000'
    await expect(stage.stranger.rollouts.progress({ rolloutId })).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
    })
    await expect(progressOf(rolloutId)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('the rows of a rollout', () => {
  it('come in the order of its waves, page by page, with every step that was made', async () => {
    await addHosts('a-1', 'a-2', 'b-3')
    const rolloutId = await runOver()
    await reaches(stage, rolloutId, 'finished')
    const first = await stage.caller.rollouts.rows({ rolloutId, limit: 2 })
    const second = await stage.caller.rollouts.rows({ rolloutId, limit: 2, offset: 2 })
    expect(first).toMatchObject({ matching: 3, matchingHosts: 3 })
    expect([...first.rows, ...second.rows]).toMatchObject([
      { hostName: 'a-1', wave: 0, outcome: 'converted', state: 'converted', gainedBytes: gained },
      { hostName: 'a-2', wave: 1, predictedBytes: gained, retriesUsed: 0 },
      { hostName: 'b-3', wave: 1, daxName: 'dax0.0' },
    ])
    const letters = first.rows[0]?.steps ?? ''
    expect(STEPS.filter((_, at) => letters[at] === 'd')).toEqual(['contact', 'preflight', 'bind', 'verify'])
    expect(letters).toMatch(/^[d-]+$/)
    expect(first.rows[0]?.endedAt).toBeInstanceOf(Date)
  })

  it('are chosen by name, wave and outcome, and none matching is no fault', async () => {
    await addHosts('a-1', 'a-2', 'b-3')
    const rolloutId = await runOver()
    await reaches(stage, rolloutId, 'finished')
    const names = async (filter: object) =>
      (await stage.caller.rollouts.rows({ rolloutId, ...filter })).rows.map(({ hostName }) => hostName)
    expect(await names({ text: 'A-' })).toEqual(['a-1', 'a-2'])
    expect(await names({ wave: 1 })).toEqual(['a-2', 'b-3'])
    expect(await names({ wave: 1, text: 'b-3 dax0' })).toEqual(['b-3'])
    expect(await names({ outcomes: ['converted', 'failed'] })).toHaveLength(3)
    expect(await stage.caller.rollouts.rows({ rolloutId, outcomes: ['failed'] })).toEqual({
      rows: [],
      matching: 0,
      matchingHosts: 0,
    })
  })

  it('tell a host nobody hears of apart from those in flight', async () => {
    await addHosts('a-1')
    const rolloutId = await runOver()
    await reaches(stage, rolloutId, 'finished')
    await worker.stop(5_000)
    await stage.pg.query(`UPDATE "Job" SET state = 'unknown', "endedAt" = NULL, "unknownSince" = now()`)
    await stage.pg.query(`UPDATE "RolloutItem" SET state = 'running'`)
    await stage.pg.query(`UPDATE "RolloutHost" SET state = 'running'`)
    expect(await progressOf(rolloutId)).toMatchObject({ hostsByOutcome: { unknown: 1 }, inFlight: 1 })
    expect(await stage.caller.rollouts.rows({ rolloutId, outcomes: ['unknown'] })).toMatchObject({
      rows: [{ hostName: 'a-1', outcome: 'unknown', jobState: 'unknown' }],
    })
  })
})

describe('the run of one host', () => {
  it('holds every job there was of it, a further try included', async () => {
    const [host] = await addHosts('a-1')
    const hostId = host?.hostId ?? ''
    failAllWrites()
    const rolloutId = await runOver()
    await reaches(stage, rolloutId, 'stopped')
    agent.driverAfter = 'kmem'
    agent.blocksAfter = [{ first: 35, last: 41, state: 'online', zones: 'Movable', node: 1 }]
    agent.outcome = 'converted'
    expect(await stage.caller.rollouts.retryFailed({ rolloutId })).toMatchObject({ type: 'done' })
    await reaches(stage, rolloutId, 'finished')
    const run = await stage.caller.rollouts.hostRun({ rolloutId, hostId })
    expect(run).toMatchObject({
      hostName: 'a-1',
      wave: 0,
      outcome: 'converted',
      rows: [{ daxName: 'dax0.0', state: 'converted' }],
    })
    expect(run.jobs).toHaveLength(2)
    expect(run.jobs[1]).toMatchObject({ jobId: run.rows[0]?.jobId, daxName: 'dax0.0', kind: 'pmem' })
  })
})
