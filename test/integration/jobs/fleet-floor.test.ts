import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { recordReadings } from '@/server/capacity/ingest'
import { telling } from '@/server/events/outbox'
import { getFloors, setFloors } from '@/server/floors/service'
import { recordInspection } from '@/server/hosts/record-probe'
import { queueJob } from '@/server/jobs/queue-job'
import { requestPlan } from '@/server/plans/request-plan'
import { getPlan } from '@/server/plans/view'
import { planDevice } from '@/server/worker/plan-device'
import { aReading } from '../../support/capacity'
import { convertedDevice, daxDevice, inspectionOf, onlineBlocks } from '../../support/inspection'
import { addConvertedHost, createJobStage, type JobStage, type ReadyHost } from '../../support/jobs'
import { planningAgent } from '../../support/rollouts'
import type { ScriptedAgent } from '../../support/scripted-agent'
import { workerContext } from '../../support/test-worker'

const MiB = 1024n ** 2n
const LOSS = 896n * MiB
let stage: JobStage
let agent: ScriptedAgent
let count = 0

beforeAll(async () => {
  stage = await createJobStage()
})
afterAll(() => stage.close())
beforeEach(async () => {
  await stage.pg.query('TRUNCATE "Host" CASCADE')
  // 3000 MiB are available on two hosts: either alone leaves 2104, both 1208.
  await setFloors(stage, { host: { percent: 10 }, fleet: { bytes: 1500n * MiB } })
  agent = planningAgent()
})

/** A host that gives back, and its plan for a device's turn in a rollout that was approved before. */
async function lender() {
  const host = await addConvertedHost(stage, `weighed-${++count}`)
  agent.plug(host.hostId)
  const asked = await requestPlan(stage, { deviceId: host.deviceId, kind: 'restore', onPartial: 'roll_back' })
  if (asked.type !== 'requested') throw new Error(asked.message)
  await planDevice(workerContext(stage, agent), asked.planId)
  return { host, plan: await getPlan(stage, asked.planId) }
}

const begin = ({ plan }: Awaited<ReturnType<typeof lender>>) =>
  stage.db.$transaction((tx) =>
    telling(tx, stage.actor, (outbox) =>
      queueJob(
        tx,
        stage.actor,
        { planId: plan.id, digest: plan.digest ?? '' },
        {
          type: 'rollout',
          rolloutId: '0f0f0f0f-0000-4000-8000-000000000000',
          approvedBy: 'ada',
          endsAt: null,
        },
        outbox,
      ),
    ),
  )

/** Two of them, of which the first has been told to go: its job, and the other. */
async function begun() {
  const [first, second] = [await lender(), await lender()]
  return { ...(await told(first)), second }
}

async function told(first: Awaited<ReturnType<typeof lender>>): Promise<{ host: ReadyHost; jobId: string }> {
  const queued = await begin(first)
  if (queued.type !== 'queued') throw new Error(queued.message)
  await stage.db.job.update({
    where: { id: queued.jobId },
    data: { state: 'acting', holder: 'w', epoch: 1n, goSentAt: new Date() },
  })
  return { host: first.host, jobId: queued.jobId }
}

const end = (jobId: string, state: 'restored' | 'failed' | 'lost', onlineBytesAfter: bigint | null) =>
  stage.db.job.update({
    where: { id: jobId },
    data: { state, holder: null, epoch: null, endedAt: new Date(), onlineBytesAfter },
  })

const taking = async () => (await getFloors(stage)).room.takingBytes
const memory = (totalMib: bigint, availableMib: bigint) => ({
  ...inspectionOf('any').memory,
  totalBytes: String(totalMib * MiB),
  availableBytes: String(availableMib * MiB),
})
const look = (host: ReadyHost, device: ReturnType<typeof daxDevice>, of: ReturnType<typeof memory>) =>
  recordInspection(stage, host.hostId, inspectionOf(host.name, { devices: [device], memory: of }))

describe('the fleet’s floor, as a device’s turn has come', () => {
  it('counts what a host was told to give back and has not told to be gone', async () => {
    const { host, second } = await begun()
    expect(await taking()).toBe(LOSS)
    expect(await begin(second)).toMatchObject({ type: 'refused', reason: 'fleet_floor' })
    // Three of its seven blocks are gone, and its memory tells it.
    await look(host, convertedDevice([onlineBlocks(35, 38)]), memory(2048n - 384n, 1500n - 384n))
    expect(await taking()).toBe(512n * MiB)
    const { room } = await getFloors(stage)
    expect(room.memAvailableBytes - room.takingBytes).toBe(3000n * MiB - LOSS)
  })

  it('takes of one look what is available and what is still to go, whatever readings say in between', async () => {
    const { host, jobId } = await begun()
    const read = (availableMib: bigint, secondsOn: number) => {
      const at = new Date(Date.now() + secondsOn * 1_000)
      return recordReadings(stage.pg, [
        aReading({ hostId: host.hostId, at, availableBytes: availableMib * MiB }),
      ])
    }
    await read(1500n - 256n, 1)
    expect(await taking()).toBe(LOSS)
    expect((await getFloors(stage)).room.memAvailableBytes).toBe(3000n * MiB)
    await end(jobId, 'restored', 0n)
    await look(host, daxDevice(), memory(2048n - 896n, 604n))
    await read(700n, 60)
    expect(await taking()).toBe(0n)
    expect((await getFloors(stage)).room.memAvailableBytes).toBe(2200n * MiB)
  })

  it('counts nothing of a host that cannot be asked, as its memory counts for nothing', async () => {
    const { host } = await begun()
    await stage.db.host.update({ where: { id: host.hostId }, data: { state: 'unreachable' } })
    const { room } = await getFloors(stage)
    expect([room.memAvailableBytes, room.takingBytes]).toEqual([1500n * MiB, 0n])
  })

  it('lets one of two that begin at one moment through', async () => {
    const [first, second] = [await lender(), await lender()]
    const both = await Promise.all([begin(first), begin(second)])
    expect(both.map(({ type }) => type).toSorted()).toEqual(['queued', 'refused'])
  })

  it('counts what ended until its host tells what is there now', async () => {
    const { host, jobId, second } = await begun()
    await end(jobId, 'restored', 0n)
    expect(await taking()).toBe(LOSS)
    expect(await begin(second)).toMatchObject({ type: 'refused', reason: 'fleet_floor' })
    await look(host, daxDevice(), memory(2048n - 896n, 604n))
    expect(await taking()).toBe(0n)
    expect((await begin(second)).type).toBe('refused')
    await setFloors(stage, { host: { percent: 10 }, fleet: { bytes: 1200n * MiB } })
    expect((await begin(second)).type).toBe('queued')
  })

  it('counts nothing of what came to nothing, and all of what nobody knows of', async () => {
    const { jobId, second } = await begun()
    await end(jobId, 'failed', LOSS)
    expect(await taking()).toBe(0n)
    const { jobId: lost } = await told(second)
    await end(lost, 'lost', null)
    expect(await taking()).toBe(LOSS)
  })
})
