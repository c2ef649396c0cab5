import { describe, expect, it } from 'vitest'
import type { JobStore } from '@/server/jobs/store'
import { isEnded } from '@/server/jobs/transitions'
import { getJob } from '@/server/jobs/views'
import type { WorkerContext } from '@/server/worker/context'
import { runJob } from '@/server/worker/run-job'
import { sweep } from '@/server/worker/sweep'
import { givenJobWorld, type JobWorld } from '../../support/job-world'
import { holdsLine } from '../../support/jobs'
import { ScriptedAgent } from '../../support/scripted-agent'
import { workerContext } from '../../support/test-worker'

let stage: JobWorld['stage']
let agent: JobWorld['agent']
let newJob: JobWorld['newJob']
givenJobWorld((world) => {
  ;({ stage, agent, newJob } = world)
})

/** A call of the store at which the worker is killed: before it reaches the database, or before its answer is read. */
type Death = { call: keyof JobStore; when: 'before' | 'after'; line?: number }

/**
 * A worker that is killed, not drained, at one of its calls: from there on nothing of it reaches anything, its lease
 * is renewed no more, and whatever it waits for never comes. `died` resolves at that moment.
 */
function mortal(death: Death): { ctx: WorkerContext; died: Promise<void> } {
  const ctx = workerContext(stage, agent)
  let isDead = false
  let calls = 0
  let tell = () => {}
  const died = new Promise<void>((resolve) => {
    tell = resolve
  })
  const never = () => new Promise<never>(() => {})
  const die = () => {
    isDead = true
    tell()
    return never()
  }
  const store = new Proxy(ctx.store, {
    get(living, name) {
      const call = Reflect.get(living, name) as (...given: unknown[]) => Promise<unknown>
      return async (...given: unknown[]) => {
        if (isDead) return never()
        const isHere =
          name === death.call && (death.line === undefined ? ++calls === 1 : holdsLine(given[2], death.line))
        if (isHere && death.when === 'before') return die()
        const answer = await call(...given)
        return isHere || isDead ? die() : answer
      }
    },
  })
  return { ctx: { ...ctx, store }, died }
}

const deaths: [name: string, death: Death][] = [
  ['before the lease', { call: 'takeLease', when: 'before' }],
  ['before the claim', { call: 'claimJob', when: 'before' }],
  ['after the claim', { call: 'claimJob', when: 'after' }],
  ['when the agent has answered', { call: 'advance', when: 'before' }],
  ['as the first line arrives', { call: 'appendLines', when: 'before' }],
  ['before the statement that permits go', { call: 'recheckForGo', when: 'before' }],
  ['after that statement, before the go line', { call: 'recheckForGo', when: 'after' }],
  // Two lines come before go: the third is the first of the acting process.
  ['while it follows the journal', { call: 'appendLines', when: 'before', line: 3 }],
  ['in the middle of the journal', { call: 'appendLines', when: 'after', line: 6 }],
  ['as the outcome is stored', { call: 'appendLines', when: 'after', line: 9 }],
  ['before the job is ended', { call: 'endJob', when: 'before' }],
  ['after the job is ended', { call: 'endJob', when: 'after' }],
  ['before the lease is given back', { call: 'releaseLease', when: 'before' }],
]

const unowned = `
  SELECT j.id FROM "Job" j WHERE j.state IN ('dispatching', 'preflight', 'acting', 'verifying') AND NOT EXISTS (
    SELECT 1 FROM "HostLease" l WHERE l."hostId" = j."hostId" AND l.holder = j.holder AND l.epoch = j.epoch
      AND l."expiresAt" > now())`

/** What happens when time passes: leases end, agents that wait for a go give up, back-off is over. */
async function timePasses(): Promise<void> {
  agent.giveUpWaiting()
  await stage.pg.query(`UPDATE "HostLease" SET "expiresAt" = now() - interval '1 second'`)
  await stage.pg.query(`UPDATE "Job" SET "runAfter" = now()`)
}

async function settle(jobId: string) {
  for (let turn = 0; turn < 5; turn++) {
    const next = workerContext(stage, agent)
    await timePasses()
    expect(await sweep(next)).toBe(true)
    expect((await stage.pg.query(unowned)).rows).toEqual([])
    await runJob(next, jobId)
    const job = await getJob(stage, jobId)
    if (isEnded(job.state)) return job
  }
  throw new Error(`Job ${jobId} never ended: ${(await getJob(stage, jobId)).state}.`)
}

describe('a worker that is killed', () => {
  it.each(deaths)('%s leaves a job that ends, was done once, and owns nothing', async (_name, death) => {
    const { jobId, hostId } = await newJob()
    const { ctx, died } = mortal(death)
    void runJob(ctx, jobId)
    await died
    const job = await settle(jobId)
    expect(job.state).toMatch(/^(converted|cancelled)$/)
    // Cancelled only where the agent waited for a go that never came.
    expect(agent.acted.get(jobId) ?? 0).toBe(job.state === 'converted' ? 1 : 0)
    expect(agent.mostActingOnOneHost).toBeLessThanOrEqual(1)
    expect((await stage.pg.query(unowned)).rows).toEqual([])
    const device = await stage.db.device.findFirstOrThrow({ where: { hostId } })
    expect(device.state).toBe(job.state === 'converted' ? 'system_ram' : 'convertible')
  })

  it('while it recovers leaves a job that ends: at every call it makes there', async () => {
    const calls: Death[] = [
      { call: 'takeOver', when: 'before' },
      { call: 'takeOver', when: 'after' },
      { call: 'recheckForRecovery', when: 'before' },
      { call: 'recheckForRecovery', when: 'after' },
      { call: 'appendLines', when: 'before' },
      { call: 'appendLines', when: 'after' },
      { call: 'endJob', when: 'before' },
    ]
    for (const death of calls) {
      agent = new ScriptedAgent()
      const { jobId } = await newJob()
      agent.dies = 'unbound'
      await runJob(workerContext(stage, agent), jobId)
      agent.dies = 'never'
      const { ctx, died } = mortal(death)
      void runJob(ctx, jobId)
      await died
      const job = await settle(jobId)
      expect(job.state, JSON.stringify(death)).toBe('converted')
      expect(agent.acted.get(jobId)).toBe(1)
    }
  })
})
