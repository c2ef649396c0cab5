import { afterEach, describe, expect, it } from 'vitest'
import { waitFor } from '@/scripts/launch/wait'
import { recordEvent } from '@/server/events/record'
import { cancelJob } from '@/server/jobs/cancel-job'
import { isEnded } from '@/server/jobs/transitions'
import { getJob } from '@/server/jobs/views'
import { requestPlan } from '@/server/plans/request-plan'
import { getPlan } from '@/server/plans/view'
import { ContactError } from '@/server/ssh/target'
import type { RunningWorker } from '@/server/worker/worker'
import { givenJobWorld, type JobWorld } from '../../support/job-world'
import { addJob, planResult } from '../../support/jobs'
import { startTestWorker } from '../../support/test-worker'

let stage: JobWorld['stage']
let agent: JobWorld['agent']
let running: RunningWorker[]
let newHost: JobWorld['newHost']
givenJobWorld(
  (world) => {
    ;({ stage, agent, newHost } = world)
    running = []
  },
  ['"Host"', 'graphile_worker._private_jobs'],
)
afterEach(async () => {
  await Promise.all(running.map((worker) => worker.stop(5_000)))
})

const start = async () => running.push(await startTestWorker(stage, agent))

async function eventually<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const found = await waitFor(look, { withinMs: 30_000 })
  if (found === undefined) throw new Error(`Waited in vain until ${what}.`)
  return found
}
const ended = (jobId: string) =>
  eventually(`job ${jobId} ended`, async () => {
    const job = await getJob(stage, jobId)
    return isEnded(job.state) ? job : undefined
  })

describe('a worker', () => {
  it('answers a plan that was asked for, and does the job that was approved', async () => {
    await start()
    const host = await newHost()
    agent.answer = planResult(host.name)
    const asked = await requestPlan(stage, { deviceId: host.deviceId, zone: 'movable' })
    if (asked.type !== 'requested') throw new Error(asked.message)
    const plan = await eventually('the plan is ready', async () => {
      const view = await getPlan(stage, asked.planId)
      return view.state === 'requested' ? undefined : view
    })
    expect(plan).toMatchObject({
      state: 'ready',
      verdict: 'convertible',
      blockCount: 7,
      gainBytes: 939_524_096n,
    })
    expect((await ended(await addJob(stage, host))).state).toBe('converted')
  })

  it('fails a plan whose digest is not that of its item', async () => {
    await start()
    const host = await newHost()
    agent.answer = { ...planResult(host.name), digest: '0'.repeat(64) }
    const asked = await requestPlan(stage, { deviceId: host.deviceId, zone: 'movable' })
    if (asked.type !== 'requested') throw new Error(asked.message)
    const plan = await eventually('the plan has failed', async () => {
      const view = await getPlan(stage, asked.planId)
      return view.state === 'failed' ? view : undefined
    })
    expect(plan.errorMessage).toContain('digest')
  })

  it('finds what waits though no message was ever sent', async () => {
    const host = await newHost()
    const jobId = await addJob(stage, host)
    await stage.db.host.update({ where: { id: host.hostId }, data: { probeRequestedAt: new Date() } })
    await stage.pg.query('TRUNCATE graphile_worker._private_jobs')
    await start()
    expect((await ended(jobId)).state).toBe('converted')
    await eventually('the probe was done', async () => {
      const row = await stage.db.host.findUniqueOrThrow({ where: { id: host.hostId } })
      return row.probeRequestedAt === null ? row : undefined
    })
  })

  it('shares twelve jobs on twelve hosts with a second one, each done once', async () => {
    const jobs: string[] = []
    for (let i = 0; i < 12; i++) jobs.push(await addJob(stage, await newHost()))
    await Promise.all([start(), start()])
    for (const jobId of jobs) {
      expect((await ended(jobId)).state).toBe('converted')
      expect(agent.acted.get(jobId)).toBe(1)
    }
    expect(agent.mostActingOnOneHost).toBe(1)
  })

  it('asks again by itself until the host tells what became of the job', async () => {
    let away = 3
    agent.script.afterGo = async () => {
      throw new ContactError('lost_contact', 'The line was cut.', 'Wait.')
    }
    agent.script.onAttach = async () => {
      away -= 1
      if (away > 0) throw new ContactError('unreachable', 'No route to host.', 'Wait.')
    }
    await start()
    const jobId = await addJob(stage, await newHost())
    expect((await ended(jobId)).state).toBe('converted')
    expect(agent.acted.get(jobId)).toBe(1)
  })

  it('breaks off at once when a job is cancelled before its go', async () => {
    let contacted = () => {}
    const contact = new Promise<void>((resolve) => {
      contacted = resolve
    })
    agent.act = (_target, _params, { signal }) => {
      contacted()
      // A host that never answers: only the signal ends this.
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new ContactError('lost_contact', 'Stopped.', '')))
      })
    }
    await start()
    const jobId = await addJob(stage, await newHost())
    await contact
    expect(await cancelJob(stage, jobId)).toMatchObject({ type: 'requested' })
    expect(await ended(jobId)).toMatchObject({ state: 'cancelled' })
  })

  it('goes on after Postgres broke every connection', async () => {
    await start()
    const host = await newHost()
    await stage.pg.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    )
    const jobId = await eventually('the database answers again', () =>
      addJob(stage, host).catch(() => undefined),
    )
    expect((await ended(jobId)).state).toBe('converted')
  })

  it('prunes events older than a day', async () => {
    await recordEvent(stage.pg, 'fleet', 'old')
    await stage.pg.query(
      `UPDATE "Event" SET "createdAt" = now() - interval '25 hours' WHERE "subjectId" = 'old'`,
    )
    await start()
    await eventually('the old event is gone', async () =>
      (await stage.db.event.count({ where: { subjectId: 'old' } })) === 0 ? true : undefined,
    )
  })
})
