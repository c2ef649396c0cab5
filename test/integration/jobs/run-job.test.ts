import { describe, expect, it } from 'vitest'
import { recordInspection } from '@/server/hosts/record-probe'
import { cancelJob } from '@/server/jobs/cancel-job'
import { getJob } from '@/server/jobs/views'
import { ContactError } from '@/server/ssh/target'
import { runJob } from '@/server/worker/run-job'
import { sweep } from '@/server/worker/sweep'
import { inspectionOf } from '../../support/inspection'
import { givenJobWorld, type JobWorld } from '../../support/job-world'
import { workerContext } from '../../support/test-worker'

let stage: JobWorld['stage']
let agent: JobWorld['agent']
let newJob: JobWorld['newJob']
givenJobWorld((world) => {
  ;({ stage, agent, newJob } = world)
})

const cut = () => new ContactError('lost_contact', 'The line was cut.', 'Wait.')
const stateOf = async (jobId: string) => (await getJob(stage, jobId)).state
/** The database's clock cannot be turned; the lease it wrote can. */
const expireLease = (hostId: string) =>
  stage.pg.query(`UPDATE "HostLease" SET "expiresAt" = now() - interval '1 second' WHERE "hostId" = $1`, [
    hostId,
  ])
const actions = async (jobId: string) =>
  (await stage.db.auditEntry.findMany({ where: { subjectId: jobId }, orderBy: { id: 'asc' } })).map(
    (row) => row.action,
  )

describe('a job that goes well', () => {
  it('ends converted, with what was read back, every move audited', async () => {
    const { jobId, hostId, deviceId } = await newJob()
    await runJob(workerContext(stage, agent), jobId)

    const job = await getJob(stage, jobId)
    expect(job).toMatchObject({
      state: 'converted',
      onlineBytesBefore: 0n,
      onlineBytesAfter: 939_524_096n,
      predictedBytes: 939_524_096n,
      memTotalBytesBefore: 1000n,
      memTotalBytesAfter: 2000n,
      zoneRead: 'Movable',
      causeCode: null,
    })
    expect(job.steps.map(({ name, state }) => [name, state])).toEqual([
      ['contact', 'done'],
      ['preflight', 'done'],
      ['bind', 'done'],
      ['verify', 'done'],
    ])
    expect(job.writes).toEqual([
      {
        step: 'bind',
        path: '/sys/bus/dax/drivers/kmem/bind',
        value: 'dax0.0',
        errno: 0,
        errnoName: '',
        durationMs: 3,
      },
    ])
    expect(await actions(jobId)).toEqual(['job.approved', 'job.acting', 'job.converted'])
    // The host was looked at once more: pages show what the kernel reads now.
    expect(await stage.db.device.findUnique({ where: { id: deviceId } })).toMatchObject({
      state: 'system_ram',
    })
    expect(await stage.db.hostLease.findUnique({ where: { hostId } })).toBeNull()
  })

  it('is none the worse for lines that come twice', async () => {
    const { jobId } = await newJob()
    agent.stutters = true
    await runJob(workerContext(stage, agent), jobId)
    expect(await stateOf(jobId)).toBe('converted')
    const numbers = (await stage.db.jobLine.findMany({ where: { jobId }, orderBy: { number: 'asc' } })).map(
      (l) => l.number,
    )
    expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  it('is done once, though two workers are woken for it again and again', async () => {
    const { jobId } = await newJob()
    const workers = [workerContext(stage, agent), workerContext(stage, agent)]
    await Promise.all([...workers, ...workers, ...workers].map((worker) => runJob(worker, jobId)))
    expect(await stateOf(jobId)).toBe('converted')
    expect(agent.acted.get(jobId)).toBe(1)
    expect(agent.mostActingOnOneHost).toBe(1)
  })
})

describe('go is not sent', () => {
  it('when the fleet-wide stop is pulled while the agent makes ready', async () => {
    const { jobId } = await newJob()
    agent.script.beforeReady = async () => {
      await stage.db.fleetStop.update({ where: { singleton: true }, data: { pulled: true } })
    }
    await runJob(workerContext(stage, agent), jobId)
    expect(await getJob(stage, jobId)).toMatchObject({ state: 'refused', causeCode: 'fleet_stop' })
    expect(agent.acted.size).toBe(0)
  })

  it('when the lease went while the agent made ready: the job waits for another worker', async () => {
    const { jobId, hostId } = await newJob()
    agent.script.beforeReady = async () => void (await expireLease(hostId))
    await runJob(workerContext(stage, agent), jobId)
    expect(await stateOf(jobId)).toBe('queued')
    expect(agent.acted.size).toBe(0)

    agent.script.beforeReady = async () => {}
    await runJob(workerContext(stage, agent), jobId)
    expect(await stateOf(jobId)).toBe('converted')
  })

  it('when somebody cancelled in between', async () => {
    const { jobId } = await newJob()
    agent.script.beforeReady = async () => {
      expect(await cancelJob(stage, jobId)).toMatchObject({ type: 'requested' })
    }
    await runJob(workerContext(stage, agent), jobId)
    expect(await getJob(stage, jobId)).toMatchObject({
      state: 'cancelled',
      message: 'Cancelled before anything was written.',
    })
    expect(agent.acted.size).toBe(0)
  })

  it('when the host computes another digest than was approved', async () => {
    const { jobId } = await newJob()
    agent.digestShown = '0'.repeat(64)
    await runJob(workerContext(stage, agent), jobId)
    expect(await getJob(stage, jobId)).toMatchObject({ state: 'refused', causeCode: 'digest_differs' })
    expect(agent.acted.size).toBe(0)
  })
})

describe('contact that is lost', () => {
  it('before go is tried three times and then failed, with nothing written', async () => {
    const { jobId } = await newJob()
    let contacts = 0
    agent.script.onContact = async () => {
      contacts += 1
      throw new ContactError('unreachable', 'No route to host.', 'Look at the network.')
    }
    const worker = workerContext(stage, agent, { backOffMs: 0 })
    for (let attempt = 0; attempt < 5; attempt++) await runJob(worker, jobId)
    expect(contacts).toBe(3)
    expect(await getJob(stage, jobId)).toMatchObject({
      state: 'failed',
      causeCode: 'unreachable',
      message: 'No route to host. Tried 3 times.',
      next: 'Look at the network.',
    })
  })

  it('to a host that shows another key is refused at once, and said of the host', async () => {
    const { jobId, hostId } = await newJob()
    agent.script.onContact = async () => {
      throw new ContactError('key_changed', 'The host shows another key.', 'Compare the fingerprints.')
    }
    await runJob(workerContext(stage, agent), jobId)
    expect(await getJob(stage, jobId)).toMatchObject({ state: 'refused', causeCode: 'key_changed' })
    expect(await stage.db.host.findUnique({ where: { id: hostId } })).toMatchObject({ state: 'key_changed' })
  })

  it('after go makes the job unknown and its host quarantined, until the journal tells', async () => {
    const { jobId, hostId, name } = await newJob()
    agent.script.afterGo = async () => {
      throw cut()
    }
    await runJob(workerContext(stage, agent), jobId)
    expect(await stateOf(jobId)).toBe('unknown')
    expect(await stage.db.host.findUnique({ where: { id: hostId } })).toMatchObject({ state: 'quarantined' })

    // A probe that gets through says how the host looks, not what the job did.
    await recordInspection(stage, hostId, inspectionOf(name))
    expect(await stage.db.host.findUnique({ where: { id: hostId } })).toMatchObject({ state: 'quarantined' })

    // The first try to ask meets a host that is still away; nothing is claimed.
    agent.script.onAttach = async () => {
      throw cut()
    }
    await runJob(workerContext(stage, agent), jobId)
    expect(await stateOf(jobId)).toBe('unknown')

    agent.script.onAttach = async () => {}
    await runJob(workerContext(stage, agent), jobId)
    expect(await stateOf(jobId)).toBe('converted')
    expect(agent.acted.get(jobId)).toBe(1)
    expect(await stage.db.host.findUnique({ where: { id: hostId } })).toMatchObject({ state: 'ready' })
    expect((await actions(jobId)).filter((action) => action === 'job.unknown')).toHaveLength(1)
  })

  it('by a worker that dies after go is taken up by the next: the sweep finds it', async () => {
    const { jobId, hostId } = await newJob()
    const dead = workerContext(stage, agent)
    let resume = () => {}
    const hung = new Promise<void>((resolve) => {
      resume = resolve
    })
    let reached = () => {}
    const afterGo = new Promise<void>((resolve) => {
      reached = resolve
    })
    agent.script.afterGo = async () => {
      reached()
      await hung
      throw cut()
    }
    const stuck = runJob(dead, jobId)
    await afterGo
    await expireLease(hostId)
    const next = workerContext(stage, agent)
    expect(await sweep(next)).toBe(true)
    expect(await stateOf(jobId)).toBe('unknown')
    await runJob(next, jobId)
    expect(await stateOf(jobId)).toBe('converted')

    // The one that was thought dead comes back: its old token ends and spoils nothing.
    resume()
    await stuck
    expect(await stateOf(jobId)).toBe('converted')
    expect(agent.acted.get(jobId)).toBe(1)
  })

  it('for longer than the deadline ends lost, and the host stays in quarantine', async () => {
    const { jobId, hostId } = await newJob()
    agent.script.afterGo = async () => {
      throw cut()
    }
    await runJob(workerContext(stage, agent), jobId)
    await sweep(workerContext(stage, agent, { unknownDeadlineMs: 3_600_000 }))
    expect(await stateOf(jobId)).toBe('unknown')
    await sweep(workerContext(stage, agent, { unknownDeadlineMs: 0 }))
    expect(await getJob(stage, jobId)).toMatchObject({ state: 'lost', causeCode: 'lost_contact' })
    expect(await stage.db.host.findUnique({ where: { id: hostId } })).toMatchObject({ state: 'quarantined' })
  })
})

describe('a host in quarantine', () => {
  it('is not acted on by a job that waited behind the lost one', async () => {
    const { jobId, hostId } = await newJob()
    await stage.db.host.update({ where: { id: hostId }, data: { state: 'quarantined' } })
    await runJob(workerContext(stage, agent), jobId)
    expect(await getJob(stage, jobId)).toMatchObject({ state: 'refused', causeCode: 'quarantined' })
    expect(agent.acted.size).toBe(0)
  })
})

describe('the verdict is the server’s', () => {
  it('when the agent calls converted what reads back partly online', async () => {
    const { jobId } = await newJob()
    agent.blocksAfter = [
      { first: 35, last: 39, state: 'online', zones: 'Movable', node: 1 },
      { first: 40, last: 41, state: 'offline', zones: 'Movable Normal', node: 1 },
    ]
    await runJob(workerContext(stage, agent), jobId)
    const job = await getJob(stage, jobId)
    expect(job).toMatchObject({
      state: 'partial',
      onlineBytesAfter: 671_088_640n,
      causeCode: 'blocks_offline',
    })
    expect(job.message).toContain('The agent called it converted')
  })

  it('when the agent calls failed what reads back whole', async () => {
    const { jobId } = await newJob()
    agent.outcome = 'failed'
    await runJob(workerContext(stage, agent), jobId)
    const job = await getJob(stage, jobId)
    expect(job).toMatchObject({ state: 'converted', causeCode: 'agent_disagrees' })
    expect(job.message).toContain('The agent called it failed')
  })

  it('when it converted and the host cannot be looked at again: the journal counts, and a probe is due', async () => {
    const { jobId, hostId } = await newJob()
    agent.script.onInspect = async () => {
      throw cut()
    }
    await runJob(workerContext(stage, agent), jobId)
    expect(await stateOf(jobId)).toBe('converted')
    const host = await stage.db.host.findUniqueOrThrow({ where: { id: hostId } })
    expect(host.probeRequestedAt).not.toBeNull()
  })
})

describe('a worker that is told to end', () => {
  it('gives back a job that has not got its go', async () => {
    const { jobId } = await newJob()
    const worker = workerContext(stage, agent)
    agent.script.beforeReady = async () => worker.drain.abort()
    await runJob(worker, jobId)
    expect(await stateOf(jobId)).toBe('queued')
    expect(agent.acted.size).toBe(0)
  })

  it('leaves a job that acts to the next worker when its time is over', async () => {
    const { jobId } = await newJob()
    const worker = workerContext(stage, agent)
    agent.script.afterGo = async () => {
      worker.drain.abort()
      worker.halt.abort()
    }
    await runJob(worker, jobId)
    expect(await stateOf(jobId)).toBe('unknown')
    await runJob(workerContext(stage, agent), jobId)
    expect(await stateOf(jobId)).toBe('converted')
  })
})
