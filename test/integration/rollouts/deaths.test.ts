import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { PrismaClient } from '@/prisma/generated/client'
import { advanceRollout } from '@/server/rollouts/turn/advance'
import { runTurn } from '@/server/rollouts/turn/run-turn'
import type { WorkerContext } from '@/server/worker/context'
import { planDevice } from '@/server/worker/plan-device'
import { probeHost } from '@/server/worker/probe-host'
import { runJob } from '@/server/worker/run-job'
import { createTestStage, type TestStage } from '../../support/caller'
import { addReadyHost } from '../../support/jobs'
import { Random } from '../../support/random'
import { approve, makeRollout, planningAgent } from '../../support/rollouts'
import type { ScriptedAgent } from '../../support/scripted-agent'
import { workerContext } from '../../support/test-worker'

let stage: TestStage
let agent: ScriptedAgent
let count = 0

beforeAll(async () => {
  stage = await createTestStage()
})
afterAll(() => stage.close())
beforeEach(async () => {
  await stage.pg.query('TRUNCATE "Host", "Rollout" CASCADE')
  agent = planningAgent()
})

/** A database whose `nth` call inside a transaction never comes back: the process that made it is gone. */
function mortalDb(nth: number): { db: PrismaClient; calls: () => number } {
  let calls = 0
  const counted = (target: object): object =>
    new Proxy(target, {
      get(from, name) {
        const value: unknown = Reflect.get(from, name)
        if (typeof value === 'object' && value !== null) return counted(value)
        if (typeof value !== 'function') return value
        return (...args: unknown[]) => {
          calls += 1
          if (calls === nth) throw new Error('killed')
          return value.apply(from, args)
        }
      },
    })
  const db = new Proxy(stage.db, {
    get(from, name) {
      if (name !== '$transaction') return Reflect.get(from, name)
      return (work: (tx: object) => Promise<unknown>) => from.$transaction((tx) => work(counted(tx)))
    },
  })
  return { db, calls: () => calls }
}

async function addHosts(number: number): Promise<void> {
  for (let i = 0; i < number; i++) await addReadyHost(stage, `mortal-${++count}`)
}

/** What waits for a worker, done by this one; whatever it was woken by. */
async function work(ctx: WorkerContext): Promise<void> {
  const plans = await stage.db.plan.findMany({ where: { state: 'requested' }, select: { id: true } })
  for (const { id } of plans) await planDevice(ctx, id)
  const jobs = await stage.db.job.findMany({ where: { endedAt: null }, select: { id: true } })
  for (const { id } of jobs) await runJob(ctx, id)
  const probes = await stage.db.host.findMany({ where: { NOT: { probeRequestedAt: null } } })
  for (const { id } of probes) await probeHost(ctx, id)
}

async function readyRollout(policy: Parameters<typeof makeRollout>[2]): Promise<string> {
  const rolloutId = await makeRollout(stage, 'host:*', policy)
  const ctx = workerContext(stage, agent)
  await runTurn(ctx, rolloutId)
  await work(ctx)
  await runTurn(ctx, rolloutId)
  return rolloutId
}

const stateOf = async (rolloutId: string) =>
  (await stage.db.rollout.findUniqueOrThrow({ where: { id: rolloutId } })).state
const whole = async (rolloutId: string) => ({
  hosts: await stage.db.rolloutHost.findMany({ where: { rolloutId }, orderBy: { position: 'asc' } }),
  items: await stage.db.rolloutItem.findMany({ where: { rolloutId }, orderBy: { id: 'asc' } }),
  jobs: await stage.db.job.count(),
  audits: await stage.db.auditEntry.count(),
  events: await stage.db.event.count(),
})

describe('a worker that dies in the turn of a rollout', () => {
  it('leaves nothing of it, at whichever call: the next begins where it began', async () => {
    await addHosts(2)
    const rolloutId = await readyRollout({ canaryHosts: 0 })
    expect(await stateOf(rolloutId)).toBe('ready')
    await approve(stage, rolloutId)
    const before = await whole(rolloutId)
    let deaths = 0
    for (let nth = 1; ; nth++) {
      const { db, calls } = mortalDb(nth)
      const ended = await advanceRollout({ ...workerContext(stage, agent), db }, rolloutId).then(
        () => true,
        (error: Error) => {
          expect(error.message).toBe('killed')
          return false
        },
      )
      if (ended) {
        expect(calls()).toBeLessThan(nth)
        break
      }
      deaths += 1
      expect(await whole(rolloutId)).toEqual(before)
    }
    expect(deaths).toBeGreaterThan(20)
    expect(await stage.db.job.count()).toBe(2)
  })

  it.each([1, 2, 3])('among others that take turns too: each device is done once (seed %i)', async (seed) => {
    const random = new Random(seed)
    await addHosts(6)
    const rolloutId = await readyRollout({ canaryHosts: 1, waves: [{ hosts: 2 }], maxInFlightHosts: 2 })
    await approve(stage, rolloutId)
    for (let round = 0; (await stateOf(rolloutId)) !== 'finished'; round++) {
      if (round > 60) throw new Error(`It never ends: ${JSON.stringify(await whole(rolloutId))}`)
      const workers = [workerContext(stage, agent), workerContext(stage, agent)]
      const { db } = mortalDb(random.whole(1, 40))
      const mortal = { ...workerContext(stage, agent), db }
      const settled = await Promise.allSettled([
        ...workers.map((ctx) => runTurn(ctx, rolloutId)),
        advanceRollout(mortal, rolloutId),
        ...workers.map(work),
      ])
      for (const each of settled) if (each.status === 'rejected') expect(each.reason.message).toBe('killed')
      const inFlight = await stage.db.rolloutHost.count({ where: { rolloutId, state: 'running' } })
      expect(inFlight).toBeLessThanOrEqual(2)
    }
    expect([...agent.acted.values()]).toEqual([1, 1, 1, 1, 1, 1])
    expect(agent.mostActingOnOneHost).toBe(1)
    expect(await stage.db.job.count()).toBe(6)
  })
})
