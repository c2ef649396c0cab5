import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { getFloors, getHostFloor, setFloors, setHostFloor } from '@/server/floors/service'
import { startJob } from '@/server/jobs/start-job'
import { getJob } from '@/server/jobs/views'
import { requestPlan } from '@/server/plans/request-plan'
import { getPlan } from '@/server/plans/view'
import { planDevice } from '@/server/worker/plan-device'
import { runJob } from '@/server/worker/run-job'
import { onlineBlocks } from '../../support/inspection'
import { addConvertedHost, createJobStage, type JobStage, type ReadyHost } from '../../support/jobs'
import { planningAgent } from '../../support/rollouts'
import type { ScriptedAgent } from '../../support/scripted-agent'
import { workerContext } from '../../support/test-worker'

const MiB = 1024n ** 2n
let stage: JobStage
let agent: ScriptedAgent
let count = 0

beforeAll(async () => {
  stage = await createJobStage()
})
afterAll(() => stage.close())
beforeEach(async () => {
  await stage.pg.query('TRUNCATE "Host" CASCADE')
  await setFloors(stage, { host: { percent: 10 }, fleet: { percent: 10 } })
  agent = planningAgent()
})

async function givenHost(availableBytes?: bigint): Promise<ReadyHost> {
  const host = await addConvertedHost(stage, `lends-${++count}`, availableBytes)
  agent.plug(host.hostId)
  return host
}

/** The plan as its page shows it once the host has answered. */
async function planned({ deviceId }: ReadyHost, onPartial: 'roll_back' | 'leave' = 'roll_back') {
  const asked = await requestPlan(stage, { deviceId, kind: 'restore', onPartial })
  if (asked.type !== 'requested') throw new Error(asked.message)
  await planDevice(workerContext(stage, agent), asked.planId)
  return getPlan(stage, asked.planId)
}
const approve = (plan: Awaited<ReturnType<typeof planned>>, phrase = plan.phrase) =>
  startJob(stage, { planId: plan.id, digest: plan.digest ?? '', phrase })

async function ranJob(host: ReadyHost) {
  const started = await approve(await planned(host))
  if (started.type !== 'started') throw new Error(`${started.message} ${started.next}`)
  await runJob(workerContext(stage, agent), started.jobId)
  return getJob(stage, started.jobId)
}

describe('a plan of giving back', () => {
  it('tells loss, what stays available, the floor and who holds memory, and asks for another phrase', async () => {
    const host = await givenHost()
    const plan = await planned(host)
    expect(plan).toMatchObject({
      kind: 'restore',
      zone: null,
      verdict: 'restorable',
      gainBytes: -896n * MiB,
      onlineBlocks: 7,
      phrase: `give back dax0.0 on ${host.name}`,
      restore: {
        lossBytes: 896n * MiB,
        availableBytes: 1500n * MiB,
        availableAfterBytes: 604n * MiB,
        // A tenth of 2048 MiB, no part of a byte short.
        floorBytes: (2048n * MiB + 9n) / 10n,
        onPartial: 'roll_back',
        offlineSeconds: 60,
        holders: [{ pid: 4711, name: 'redis-server' }],
      },
    })
    expect(agent.asked).toMatchObject([
      {
        kind: 'restore',
        onPartial: 'roll_back',
        floorBytes: String((2048n * MiB + 9n) / 10n),
        offlineSeconds: 60,
      },
    ])
  })

  it('asks with the floor the host has of its own, and with what is to become of a part', async () => {
    const host = await givenHost()
    await setHostFloor(stage, { hostId: host.hostId, floor: { bytes: 700n * MiB } })
    const plan = await planned(host, 'leave')
    expect(plan.restore).toMatchObject({ floorBytes: 700n * MiB, onPartial: 'leave' })
    expect(await getHostFloor(stage, host.hostId)).toMatchObject({ own: { bytes: 700n * MiB } })
    const audits = await stage.db.auditEntry.findMany({
      where: { subjectId: host.hostId, action: 'host.floor_changed' },
    })
    expect(audits.map(({ detail }) => detail)).toEqual([
      { name: host.name, floor: `that of every host → ${700n * MiB} bytes` },
    ])
  })

  it('tells whoever reads it again of the run it was approved for, so that nobody approves it twice', async () => {
    const host = await givenHost()
    const plan = await planned(host)
    expect(plan.jobId).toBeNull()
    const started = await approve(plan)
    if (started.type !== 'started') throw new Error(`${started.message} ${started.next}`)
    expect(await getPlan(stage, plan.id)).toMatchObject({ jobId: started.jobId })
    await runJob(workerContext(stage, agent), started.jobId)
    expect(await getJob(stage, started.jobId)).toMatchObject({ state: 'restored' })
    expect(await getPlan(stage, plan.id)).toMatchObject({ jobId: started.jobId })
    const told = await stage.pg.query('SELECT 1 FROM "Event" WHERE topic = $1 AND "subjectId" = $2', [
      'plan',
      plan.id,
    ])
    expect(told.rows.length).toBeGreaterThan(1)
  })

  it('may be approved again after a run that wrote nothing', async () => {
    const plan = await planned(await givenHost())
    const started = await approve(plan)
    if (started.type !== 'started') throw new Error(`${started.message} ${started.next}`)
    await stage.pg.query(
      `UPDATE "Job" SET state = 'cancelled', "endedAt" = clock_timestamp() WHERE id = $1`,
      [started.jobId],
    )
    expect(await getPlan(stage, plan.id)).toMatchObject({ jobId: null })
  })

  it('is failed when the host answers with another floor than was asked', async () => {
    const host = await givenHost()
    const { plan } = agent
    agent.plan = (target, params) =>
      plan(target, params.kind === 'restore' ? { ...params, floorBytes: '0' } : params)
    expect(await planned(host)).toMatchObject({
      state: 'failed',
      errorMessage: 'The host answered for another floor or policy than was asked.',
    })
  })

  it('is refused below the fleet’s floor, with the figures, at plan and at approval', async () => {
    const host = await givenHost()
    const open = await planned(host)
    expect(open.verdict).toBe('restorable')
    await setFloors(stage, { host: { percent: 10 }, fleet: { bytes: 1000n * MiB } })
    const refused = await getPlan(stage, open.id)
    expect(refused.verdict).toBe('refused')
    expect(refused.refusals).toMatchObject([{ code: 'fleet_floor' }])
    expect(refused.refusals[0]?.message).toContain('would leave 0.58 GiB, and the floor is 0.97 GiB')
    expect(await approve(open)).toMatchObject({ type: 'refused', message: refused.refusals[0]?.message })
    expect(await stage.db.job.count()).toBe(0)
  })

  it('counts what is promised to other restores', async () => {
    const [first, second] = [await givenHost(), await givenHost()]
    // 3000 MiB are available; either alone leaves 2104, both 1208.
    await setFloors(stage, { host: { percent: 10 }, fleet: { bytes: 1500n * MiB } })
    const plans = [await planned(first), await planned(second)] as const
    expect((await approve(plans[0])).type).toBe('started')
    expect(await approve(plans[1])).toMatchObject({ type: 'refused' })
    expect((await getFloors(stage)).room).toMatchObject({
      memAvailableBytes: 3000n * MiB,
      promisedBytes: 896n * MiB,
      floorBytes: 1500n * MiB,
    })
  })

  it('lets one of two approvals at one moment through where both would break the floor', async () => {
    const hosts = [await givenHost(), await givenHost()]
    await setFloors(stage, { host: { percent: 10 }, fleet: { bytes: 1500n * MiB } })
    const plans = await Promise.all(hosts.map((host) => planned(host)))
    const answers = await Promise.all(plans.map((plan) => approve(plan)))
    expect(answers.map(({ type }) => type).toSorted()).toEqual(['refused', 'started'])
  })
})

describe('a device that is given back', () => {
  it('ends restored by what was read back, and is convertible again', async () => {
    const host = await givenHost()
    const job = await ranJob(host)
    expect(job).toMatchObject({
      kind: 'restore',
      zone: null,
      state: 'restored',
      causeCode: null,
      predictedBytes: 896n * MiB,
      onlineBytesBefore: 896n * MiB,
      onlineBytesAfter: 0n,
    })
    expect(await stage.db.device.findUnique({ where: { id: host.deviceId } })).toMatchObject({
      state: 'convertible',
      onlineBytes: 0n,
    })
    const actions = await stage.db.auditEntry.findMany({
      where: { subjectId: job.id },
      orderBy: { id: 'asc' },
    })
    expect(actions.map(({ action }) => action)).toEqual(['job.approved', 'job.acting', 'job.restored'])
  })

  it('is failed where all of it came back online, and partial where some stayed offline', async () => {
    const whole = await givenHost()
    agent.givenBack = { driver: 'kmem', blocks: [onlineBlocks(35, 41)] }
    agent.restoreOutcome = 'failed'
    expect(await ranJob(whole)).toMatchObject({ state: 'failed', onlineBytesAfter: 896n * MiB })
    const half = await givenHost()
    agent.givenBack = {
      driver: 'kmem',
      blocks: [onlineBlocks(35, 38), { ...onlineBlocks(39, 41), state: 'offline', zones: 'Movable' }],
    }
    agent.restoreOutcome = 'partial'
    expect(await ranJob(half)).toMatchObject({ state: 'partial', onlineBytesAfter: 512n * MiB })
    expect(await stage.db.device.findUnique({ where: { id: half.deviceId } })).toMatchObject({
      state: 'partial',
    })
  })

  it('is stranded where a block is online without kmem, whatever the agent says', async () => {
    const host = await givenHost()
    agent.givenBack = { driver: null, blocks: [onlineBlocks(41, 41)] }
    const job = await ranJob(host)
    expect(job).toMatchObject({ state: 'stranded', causeCode: 'stranded' })
    expect(job.message).toContain('The agent called it restored')
  })
})
