import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { ConvertQuestion, RequestParams } from '@/agents/protocol'
import { recordInspection } from '@/server/hosts/record-probe'
import { digestOf } from '@/server/plans/digest'
import type { RunningWorker } from '@/server/worker/worker'
import { createTestStage, type TestStage } from '../../support/caller'
import { convertedDevice, daxDevice, inspectionOf } from '../../support/inspection'
import { planResult } from '../../support/jobs'
import { approve, makeRollout, planningAgent, reaches } from '../../support/rollouts'
import type { ScriptedAgent } from '../../support/scripted-agent'
import { startTestWorker } from '../../support/test-worker'

const names = ['dax0.0', 'dax1.0', 'dax2.0']
const identityOf = (daxName: string) => ({ id: `pmem:${daxName}`, detail: [] })

let stage: TestStage
let agent: ScriptedAgent
let worker: RunningWorker
let converted: Set<string>
let count = 0

beforeAll(async () => {
  stage = await createTestStage()
})
afterAll(() => stage.close())
beforeEach(async () => {
  await stage.pg.query('TRUNCATE "Host", "Rollout" CASCADE')
  converted = new Set()
  agent = hostWithThree()
  const name = `wide-${++count}`
  const host = await stage.db.host.create({ data: { name, address: `${name}.test`, username: 'root' } })
  await recordInspection(stage, host.id, agent.look({ hostId: host.id, name }))
  worker = await startTestWorker(stage, agent)
})
afterEach(() => worker.stop(5_000))

/** An agent of one host with three devices, of which it knows which are converted. */
function hostWithThree(): ScriptedAgent {
  const made = planningAgent()
  made.look = ({ name }) =>
    inspectionOf(name, {
      devices: names.map((daxName) => ({
        ...(converted.has(`pmem:${daxName}`) ? convertedDevice() : daxDevice()),
        name: daxName,
        identity: identityOf(daxName),
      })),
    })
  made.plan = async (target, params) => {
    made.asked.push(params)
    if (params.kind !== undefined && params.kind !== 'convert') throw new Error('Only conversions here.')
    const result = planResult(target.name, params.zone)
    const { deviceId } = params
    const item = { ...result.item, invariants: { ...result.item.invariants, deviceId } }
    return { ...result, item, digest: digestOf(item) }
  }
  const convert = made.act.bind(made)
  made.act = async (target, params, handlers) => {
    const end = await convert(target, params, handlers)
    if (made.driverAfter === 'kmem') converted.add(params.item.invariants.deviceId)
    return end
  }
  return made
}

const isConversion = (asked: RequestParams['plan']): asked is ConvertQuestion =>
  asked.kind === undefined || asked.kind === 'convert'

const itemsOf = async (rolloutId: string) => (await stage.caller.rollouts.items({ rolloutId })).items

it('plans the devices of a host in turn, each less what the ones before will take, and converts them so', async () => {
  const rolloutId = await makeRollout(stage, 'host:*')
  await reaches(stage, rolloutId, 'ready')
  const memmapBytes = BigInt(daxDevice().prediction.memmapBytes)
  expect(
    agent.asked.map((asked) => [asked.deviceId, isConversion(asked) ? asked.reservedBytes : '']),
  ).toEqual([
    ['pmem:dax0.0', '0'],
    ['pmem:dax1.0', String(memmapBytes)],
    ['pmem:dax2.0', String(2n * memmapBytes)],
  ])
  await approve(stage, rolloutId)
  expect(await reaches(stage, rolloutId, 'finished')).toMatchObject({
    hostsByState: { succeeded: 1 },
    devicesByState: { converted: 3 },
  })
  expect(agent.mostActingOnOneHost).toBe(1)
  const jobs = await stage.db.job.findMany({ orderBy: { createdAt: 'asc' }, include: { device: true } })
  expect(jobs.map(({ device }) => device.daxName)).toEqual(names)
  for (const [at, job] of jobs.entries()) {
    const before = jobs[at - 1]
    if (before !== undefined) expect(Number(job.createdAt)).toBeGreaterThanOrEqual(Number(before.endedAt))
  }
})

it('stops at the first device of a host that fails; the others are never begun', async () => {
  const rolloutId = await makeRollout(stage, 'host:*')
  await reaches(stage, rolloutId, 'ready')
  const convert = agent.act
  agent.act = async (target, params, handlers) => {
    if (params.item.invariants.deviceId === 'pmem:dax1.0') {
      Object.assign(agent, { driverAfter: 'device_dax', blocksAfter: [], outcome: 'failed' })
    }
    return convert(target, params, handlers)
  }
  await approve(stage, rolloutId)
  await reaches(stage, rolloutId, 'stopped')
  expect((await itemsOf(rolloutId)).map(({ daxName, state }) => [daxName, state])).toEqual([
    ['dax0.0', 'converted'],
    ['dax1.0', 'failed'],
    ['dax2.0', 'unstarted'],
  ])
  expect(agent.acted.size).toBe(2)
})
