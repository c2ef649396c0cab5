import { describe, expect, it } from 'vitest'
import { getHost } from '@/server/hosts/service'
import { cancelJob } from '@/server/jobs/cancel-job'
import { markLost, requestRecovery } from '@/server/jobs/settle-job'
import { getJob } from '@/server/jobs/views'
import { ContactError } from '@/server/ssh/target'
import { runJob } from '@/server/worker/run-job'
import { givenJobWorld, type JobWorld } from '../../support/job-world'
import { workerContext } from '../../support/test-worker'

let stage: JobWorld['stage']
let agent: JobWorld['agent']
let newJob: JobWorld['newJob']
givenJobWorld((world) => {
  ;({ stage, agent, newJob } = world)
})

/** A job whose acting process died there. */
async function halfDone(dies: 'unbound' | 'before_outcome') {
  const job = await newJob()
  agent.dies = dies
  await runJob(workerContext(stage, agent), job.jobId)
  agent.dies = 'never'
  return job
}
const again = (jobId: string) => runJob(workerContext(stage, agent), jobId)
const stateOf = async (jobId: string) => (await getJob(stage, jobId)).state
const hostOf = (id: string) => stage.db.host.findUniqueOrThrow({ where: { id } })
const actions = async (subjectId: string) =>
  (await stage.db.auditEntry.findMany({ where: { subjectId }, orderBy: { id: 'asc' } })).map(
    (row) => row.action,
  )
const cut = () => new ContactError('lost_contact', 'The line was cut.', 'Wait.')

describe('an unknown job whose host stays away', () => {
  it('tells when the host was last asked, how that ended, and that it is away', async () => {
    const { jobId, hostId } = await halfDone('unbound')
    expect(await getJob(stage, jobId)).toMatchObject({ state: 'unknown', askedAt: null })
    agent.script.onAttach = async () => {
      throw new ContactError('unreachable', 'No answer from the host.', 'Check that it is up.')
    }
    await again(jobId)
    const asked = await getJob(stage, jobId)
    expect(asked).toMatchObject({ state: 'unknown', message: expect.stringContaining('No answer') })
    expect(asked.askedAt).toBeInstanceOf(Date)
    const away = { message: 'No answer from the host.', next: 'Check that it is up.' }
    expect(await getHost(stage, hostId)).toMatchObject({
      state: 'quarantined',
      away,
      stateNext: expect.not.stringContaining('Check that it is up.'),
    })
    await again(jobId)
    const later = await getJob(stage, jobId)
    expect(later.askedAt?.getTime()).toBeGreaterThan(asked.askedAt?.getTime() ?? 0)
    agent.script.onAttach = async () => {}
    await again(jobId)
    expect(await getHost(stage, hostId)).toMatchObject({ state: 'ready', away: null })
  })

  it('is told in the audit once to have been taken over, however often its host is tried', async () => {
    const { jobId } = await halfDone('unbound')
    agent.script.onAttach = async () => {
      throw cut()
    }
    const takenOver = async () =>
      (
        await stage.db.auditEntry.findMany({
          where: { subjectId: jobId, action: 'job.taken_over' },
          orderBy: { id: 'asc' },
        })
      ).map(({ actorId }) => actorId)
    const first = workerContext(stage, agent)
    for (let turn = 0; turn < 3; turn += 1) await runJob(first, jobId)
    expect(await takenOver()).toEqual([first.holder])
    const second = { ...workerContext(stage, agent), holder: 'another-worker' }
    for (const worker of [second, first, second, first]) await runJob(worker, jobId)
    expect(await takenOver()).toEqual([first.holder, second.holder])
    // Somebody asked: that it was tried then is told again.
    await requestRecovery(stage, jobId)
    await runJob(first, jobId)
    expect(await takenOver()).toEqual([first.holder, second.holder, first.holder])
  })
})

describe('a conversion whose process died half-way', () => {
  it('is unknown, its host in quarantine, until another takes it up and goes on to the end', async () => {
    const { jobId, hostId } = await halfDone('unbound')
    expect(await stateOf(jobId)).toBe('unknown')
    expect(await hostOf(hostId)).toMatchObject({ state: 'quarantined', fenceDue: true })

    await again(jobId)
    expect(await getJob(stage, jobId)).toMatchObject({
      state: 'converted',
      onlineBytesAfter: 939_524_096n,
      unknownSince: null,
    })
    expect(agent.recovered).toEqual(['forward'])
    expect(agent.acted.get(jobId)).toBe(1)
    // The last look took the lock and recorded our token: nothing older can act, so the host is free again.
    expect(await hostOf(hostId)).toMatchObject({ state: 'ready', fenceDue: false })
  })

  it('tells of it in the timeline: what was open was cut short, who took it up, and which way', async () => {
    const { jobId } = await halfDone('unbound')
    await again(jobId)
    const { steps } = await getJob(stage, jobId)
    expect(steps.map(({ name, state }) => [name, state])).toEqual([
      ['contact', 'done'],
      ['preflight', 'done'],
      ['bind', 'cut_short'],
      ['recover', 'done'],
      ['verify', 'done'],
    ])
    expect(steps.find((step) => step.name === 'recover')?.detail).toMatch(/without a driver.*on to the end/)
  })

  it.each(['a cancel', 'the stop', 'a stop that cannot be read'])('goes back on %s', async (wish) => {
    const { jobId, hostId, deviceId } = await halfDone('unbound')
    if (wish === 'a cancel') await cancelJob(stage, jobId)
    if (wish === 'the stop') await stage.db.fleetStop.updateMany({ data: { pulled: true } })
    if (wish === 'a stop that cannot be read') await stage.pg.query('DELETE FROM "FleetStop"')
    await again(jobId)
    await stage.pg.query('INSERT INTO "FleetStop" (singleton) VALUES (true) ON CONFLICT DO NOTHING')
    expect(agent.recovered).toEqual(['back'])
    expect(await getJob(stage, jobId)).toMatchObject({ state: 'cancelled', onlineBytesAfter: 0n })
    expect(await stage.db.device.findUnique({ where: { id: deviceId } })).toMatchObject({
      driver: 'device_dax',
      state: 'convertible',
    })
    expect(await hostOf(hostId)).toMatchObject({ state: 'ready' })
  })

  it('stays unknown while somebody else has the lock, and is asked about again', async () => {
    const { jobId, hostId } = await halfDone('before_outcome')
    agent.lockHeldBy = jobId
    await again(jobId)
    const job = await getJob(stage, jobId)
    expect(job.state).toBe('unknown')
    expect(job.message).toContain('still holds its lock')
    expect(await hostOf(hostId)).toMatchObject({ state: 'quarantined' })
    agent.lockHeldBy = null
    await again(jobId)
    expect(await stateOf(jobId)).toBe('converted')
  })

  it('is taken up once more when the one that took it up died too', async () => {
    const { jobId } = await halfDone('unbound')
    const since = (await getJob(stage, jobId)).unknownSince
    agent.dies = 'unbound'
    await again(jobId)
    const job = await getJob(stage, jobId)
    expect(job).toMatchObject({ state: 'unknown' })
    expect(job.unknownSince?.getTime()).toBeGreaterThanOrEqual(since?.getTime() ?? Number.NaN)
    agent.dies = 'never'
    await again(jobId)
    expect(await stateOf(jobId)).toBe('converted')
    expect(agent.recovered).toEqual(['forward', 'forward'])
  })

  it('fails with the restart of its host', async () => {
    const { jobId, hostId } = await halfDone('unbound')
    agent.restarted = true
    await again(jobId)
    expect(await getJob(stage, jobId)).toMatchObject({
      state: 'failed',
      causeCode: 'host_restarted',
      onlineBytesAfter: 0n,
    })
    expect(await hostOf(hostId)).toMatchObject({ state: 'ready' })
  })

  it('goes on when the host has lost its journal: the lines there were are kept', async () => {
    const { jobId } = await halfDone('unbound')
    agent.loseJournal(jobId)
    await again(jobId)
    expect(await getJob(stage, jobId)).toMatchObject({ state: 'converted', memTotalBytesBefore: 1000n })
    const lines = await stage.db.jobLine.findMany({ where: { jobId }, orderBy: { number: 'asc' } })
    expect(lines.map(({ number }) => number)).toEqual(lines.map((_, index) => index + 1))
    expect(lines.filter(({ line }) => (line as { kind: string }).kind === 'recover')).toHaveLength(1)
  })

  it('is left alone by a worker whose token the host finds too old', async () => {
    const { jobId, hostId } = await halfDone('unbound')
    const { installationId } = { installationId: (await stage.db.installation.findFirstOrThrow()).id }
    agent.tokens.set(hostId, { installationId, epoch: '1000000' })
    await again(jobId)
    expect(await getJob(stage, jobId)).toMatchObject({
      state: 'unknown',
      message: expect.stringContaining('has seen epoch 1000000'),
    })
    expect(agent.recovered).toEqual([])
  })

  it('is not touched when the lease went while the agent made ready', async () => {
    const { jobId, hostId } = await halfDone('unbound')
    agent.script.onRecover = async () => {
      await stage.pg.query(`UPDATE "HostLease" SET "expiresAt" = now() WHERE "hostId" = $1`, [hostId])
    }
    await again(jobId)
    expect(agent.recovered).toEqual([])
    expect(await stateOf(jobId)).toBe('unknown')
  })
})

describe('the answer that permits go is lost', () => {
  /** A worker to whom the database does not answer, after or before it has done what it was asked. */
  function deaf(when: 'after' | 'before') {
    const ctx = workerContext(stage, agent)
    const { recheckForGo } = ctx.store
    ctx.store.recheckForGo = async (...asked) => {
      if (when === 'after') await recheckForGo(...asked)
      throw new Error('Connection terminated unexpectedly')
    }
    return ctx
  }

  it('after it took place: no go was sent, and the journal says that nothing was written', async () => {
    const { jobId, hostId } = await newJob()
    await runJob(deaf('after'), jobId)
    expect(await stateOf(jobId)).toBe('unknown')
    expect(agent.acted.size).toBe(0)
    await again(jobId)
    expect(await stateOf(jobId)).toBe('cancelled')
    expect(agent.acted.size).toBe(0)
    expect(await hostOf(hostId)).toMatchObject({ state: 'ready' })
  })

  it('before it took place: the job is tried again, as after any fault before go', async () => {
    const { jobId } = await newJob()
    await runJob(deaf('before'), jobId)
    expect(await stateOf(jobId)).toBe('queued')
    await stage.pg.query('UPDATE "Job" SET "runAfter" = now()')
    await again(jobId)
    expect(await stateOf(jobId)).toBe('converted')
    expect(agent.acted.get(jobId)).toBe(1)
  })
})

describe('a write that stays in the kernel', () => {
  it('is told as stuck, with what and since when, until it comes back', async () => {
    const { jobId } = await halfDone('before_outcome')
    // Contact was lost as the write went in: the next worker finds an intent, and an agent that waits.
    await stage.pg.query(`DELETE FROM "JobLine" WHERE "jobId" = $1 AND number > 4`, [jobId])
    let seen: Awaited<ReturnType<typeof getJob>> | undefined
    agent.script.onAttach = async ({ onWaiting }) => {
      onWaiting?.(4, 2_000)
      onWaiting?.(4, 40_000)
      await expect
        .poll(async () => {
          // The agent says it again every second.
          onWaiting?.(4, 41_000)
          seen = await getJob(stage, jobId)
          return seen.stuck
        })
        .not.toBeNull()
    }
    await again(jobId)
    expect(seen).toMatchObject({
      state: 'acting',
      stuck: { write: { step: 'bind', path: '/sys/bus/dax/drivers/kmem/bind', value: 'dax0.0' } },
    })
    expect(await getJob(stage, jobId)).toMatchObject({ state: 'converted', stuck: null })
  })
})

describe('a cancel after go', () => {
  it('reaches the agent at once, over a session of its own', async () => {
    const { jobId } = await newJob()
    const ctx = workerContext(stage, agent)
    agent.script.afterGo = async () => {
      const answer = await cancelJob(stage, jobId)
      expect(answer.message).toContain('rests at the next safe point')
      ctx.watched.get(jobId)?.()
      await expect.poll(() => agent.aborted).toEqual([jobId])
    }
    await runJob(ctx, jobId)
    await expect.poll(() => actions(jobId)).toContain('job.abort_sent')
  })

  it('is given as the reason for blocks that stay offline', async () => {
    const { jobId } = await newJob()
    agent.blocksAfter = [{ first: 35, last: 41, state: 'offline', zones: 'Movable Normal', node: 1 }]
    agent.outcome = 'partial'
    agent.script.afterGo = async () => void (await cancelJob(stage, jobId))
    await runJob(workerContext(stage, agent), jobId)
    expect(await getJob(stage, jobId)).toMatchObject({
      state: 'partial',
      causeCode: 'stopped',
      message: expect.stringMatching(/^Stopped as asked\. 0 of 7/),
    })
  })

  it('is passed on first of all by the worker that takes the job over', async () => {
    const { jobId } = await newJob()
    agent.script.afterGo = async () => {
      throw cut()
    }
    await runJob(workerContext(stage, agent), jobId)
    expect((await cancelJob(stage, jobId)).message).toContain('the host is asked now')
    let abortedBefore: string[] = []
    agent.script.onAttach = async () => {
      abortedBefore = [...agent.aborted]
    }
    await again(jobId)
    expect(abortedBefore).toEqual([jobId])
  })
})

describe('an operator’s word on an unknown job', () => {
  it('asks the host now, and stands in the audit log', async () => {
    const { jobId } = await halfDone('unbound')
    expect(await requestRecovery(stage, jobId)).toMatchObject({ type: 'done' })
    expect(await actions(jobId)).toContain('job.recover_requested')
    await again(jobId)
    expect(await requestRecovery(stage, jobId)).toMatchObject({ type: 'refused' })
  })

  it('gives it up: lost, by name, and the host stays in quarantine', async () => {
    const { jobId, hostId } = await halfDone('unbound')
    expect(await markLost(stage, jobId)).toMatchObject({ type: 'done' })
    expect(await getJob(stage, jobId)).toMatchObject({
      state: 'lost',
      causeCode: 'marked_lost',
      message: expect.stringContaining('ada@example.test gave the job up'),
    })
    expect(await hostOf(hostId)).toMatchObject({ state: 'quarantined', fenceDue: true })
    expect(await markLost(stage, jobId)).toMatchObject({ type: 'refused' })
    // Nobody takes up what was given up.
    await again(jobId)
    expect(agent.recovered).toEqual([])
    expect(await stateOf(jobId)).toBe('lost')
  })

  it('is refused for a job that a worker has in hand', async () => {
    const { jobId } = await newJob()
    agent.script.afterGo = async () => {
      expect(await markLost(stage, jobId)).toMatchObject({ type: 'refused' })
    }
    await runJob(workerContext(stage, agent), jobId)
    expect(await stateOf(jobId)).toBe('converted')
  })
})
