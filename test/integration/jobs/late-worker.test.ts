import { describe, expect, it } from 'vitest'
import { waitFor } from '@/scripts/launch/wait'
import type { JobStore } from '@/server/jobs/store'
import { isEnded } from '@/server/jobs/transitions'
import { getJob } from '@/server/jobs/views'
import { createPool } from '@/server/lib/pg'
import type { WorkerContext } from '@/server/worker/context'
import { runJob } from '@/server/worker/run-job'
import { sweep } from '@/server/worker/sweep'
import { givenJobWorld, type JobWorld } from '../../support/job-world'
import { holdsLine } from '../../support/jobs'
import { workerContext } from '../../support/test-worker'

let stage: JobWorld['stage']
let agent: JobWorld['agent']
let newJob: JobWorld['newJob']
givenJobWorld((world) => {
  ;({ stage, agent, newJob } = world)
})

/** A call of the store at which the worker stands still: before it reaches the database, or before its answer is read. */
type Stop = { call: keyof JobStore; when: 'before' | 'after'; line?: number }

/** A worker that stands still at one of its calls, as a machine does that is moved, and later goes on from there. */
function frozenAt(stop: Stop): { ctx: WorkerContext; frozen: Promise<void>; thaw: () => void } {
  const ctx = workerContext(stage, agent)
  let calls = 0
  let tell = () => {}
  let thaw = () => {}
  const frozen = new Promise<void>((resolve) => {
    tell = resolve
  })
  const thawed = new Promise<void>((resolve) => {
    thaw = resolve
  })
  const store = new Proxy(ctx.store, {
    get(living, name) {
      const call = Reflect.get(living, name) as (...given: unknown[]) => Promise<unknown>
      return async (...given: unknown[]) => {
        const isHere =
          name === stop.call && (stop.line === undefined ? ++calls === 1 : holdsLine(given[2], stop.line))
        if (!isHere) return call(...given)
        const answer = stop.when === 'after' ? await call(...given) : undefined
        tell()
        await thawed
        return stop.when === 'after' ? answer : call(...given)
      }
    },
  })
  return { ctx: { ...ctx, store }, frozen, thaw }
}

const stops: [name: string, stop: Stop][] = [
  ['before the claim', { call: 'claimJob', when: 'before' }],
  ['after the claim', { call: 'claimJob', when: 'after' }],
  ['when the agent has answered', { call: 'advance', when: 'before' }],
  ['as the first line arrives', { call: 'appendLines', when: 'before' }],
  ['before the statement that permits go', { call: 'recheckForGo', when: 'before' }],
  ['after that statement, before the go line', { call: 'recheckForGo', when: 'after' }],
  ['while it follows the journal', { call: 'appendLines', when: 'before', line: 3 }],
  ['as the outcome is stored', { call: 'appendLines', when: 'before', line: 9 }],
  ['before the job is ended', { call: 'endJob', when: 'before' }],
]

/** What happens when time passes: leases end, agents that wait for a go give up, back-off is over. */
async function timePasses(): Promise<void> {
  agent.giveUpWaiting()
  await stage.pg.query(`UPDATE "HostLease" SET "expiresAt" = now() - interval '1 second'`)
  await stage.pg.query(`UPDATE "Job" SET "runAfter" = now()`)
}

async function endedByAnother(jobId: string) {
  for (let turn = 0; turn < 5; turn++) {
    const other = workerContext(stage, agent)
    await timePasses()
    expect(await sweep(other)).toBe(true)
    await runJob(other, jobId)
    const job = await getJob(stage, jobId)
    if (isEnded(job.state)) return job
  }
  throw new Error(`Job ${jobId} never ended: ${(await getJob(stage, jobId)).state}.`)
}

const linesOf = (jobId: string) => stage.db.jobLine.findMany({ where: { jobId }, orderBy: { number: 'asc' } })

describe('a worker that stood still and goes on when another has done its job', () => {
  it.each(stops)('%s changes nothing of what is told of it', async (_name, stop) => {
    const { jobId } = await newJob()
    const { ctx, frozen, thaw } = frozenAt(stop)
    const late = runJob(ctx, jobId)
    await frozen
    const job = await endedByAnother(jobId)
    expect(job.state).toMatch(/^(converted|cancelled)$/)
    const lines = await linesOf(jobId)
    expect(lines).not.toEqual([])

    thaw()
    await late
    expect(await getJob(stage, jobId)).toEqual(job)
    expect(await linesOf(jobId)).toEqual(lines)
    expect(agent.acted.get(jobId) ?? 0).toBe(job.state === 'converted' ? 1 : 0)
    expect(agent.mostActingOnOneHost).toBeLessThanOrEqual(1)
  })

  it('and is refused by the host leaves the job to be done, when nobody has claimed it yet', async () => {
    const { jobId, hostId } = await newJob()
    agent.tokens.set(hostId, { installationId: await installation(), epoch: '8999999999' })
    agent.script.onContact = async () => void (await timePasses())
    await runJob(workerContext(stage, agent), jobId)
    expect(await getJob(stage, jobId)).toMatchObject({ state: 'queued' })
  })
})

describe('a worker that stands still for good', () => {
  it('keeps the others from sweeping for as long as a lease', async () => {
    const limits = { lease: { ttlMs: 500, renewEveryMs: 100 } }
    const { ctx, frozen } = frozenAt({ call: 'releaseOrphans', when: 'before' })
    void sweep({ ...ctx, pg: createPool(stage.url, 1), limits: { ...ctx.limits, ...limits } })
    await frozen
    const other = workerContext(stage, agent, limits)
    expect(await sweep(other)).toBe(false)
    const swept = await waitFor(async () => ((await sweep(other)) ? true : undefined), { withinMs: 30_000 })
    expect(swept).toBe(true)
  })

  it('keeps no row from them for longer than Postgres lets it', async () => {
    const shown = 'SHOW idle_in_transaction_session_timeout'
    const bound = [{ idle_in_transaction_session_timeout: '30s' }]
    expect((await stage.pg.query(shown)).rows).toEqual(bound)
    expect(await stage.db.$queryRawUnsafe(shown)).toEqual(bound)
  })
})

describe('a database that is an older copy', () => {
  it('is told so by the job that its host refuses, and by the host', async () => {
    const { jobId, hostId } = await newJob()
    agent.tokens.set(hostId, { installationId: await installation(), epoch: '8999999999' })
    await runJob(workerContext(stage, agent), jobId)
    const job = await getJob(stage, jobId)
    expect(job).toMatchObject({ state: 'refused', causeCode: 'stale_token', writes: [] })
    expect(job.message).toContain('an older copy')
    expect(job.next).toContain('npm run new-installation')
    const host = await stage.db.host.findUniqueOrThrow({ where: { id: hostId } })
    expect(host).toMatchObject({ state: 'foreign' })
    expect(host.stateNext).toBe(job.next)
  })
})

async function installation(): Promise<string> {
  return (await stage.db.installation.findFirstOrThrow()).id
}
