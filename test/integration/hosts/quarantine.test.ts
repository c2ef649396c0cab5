import { describe, expect, it } from 'vitest'
import { recordContactError } from '@/server/hosts/record-contact-error'
import { adoptHost, getHost, liftQuarantine, updateHost } from '@/server/hosts/service'
import { markLost } from '@/server/jobs/settle-job'
import { getJob } from '@/server/jobs/views'
import { requestPlan } from '@/server/plans/request-plan'
import { reservedBytes } from '@/server/plans/reserved-bytes'
import { ContactError } from '@/server/ssh/target'
import { planDevice } from '@/server/worker/plan-device'
import { probeHost } from '@/server/worker/probe-host'
import { runJob } from '@/server/worker/run-job'
import { sweep } from '@/server/worker/sweep'
import { firstHealthPolicy } from '../../support/health-policy'
import { givenJobWorld, type JobWorld } from '../../support/job-world'
import { addJob, planResult } from '../../support/jobs'
import { workerContext } from '../../support/test-worker'

let stage: JobWorld['stage']
let agent: JobWorld['agent']
let addHost: JobWorld['newHost']
givenJobWorld((world) => {
  ;({ stage, agent, newHost: addHost } = world)
})

/** Such a host with a key, so that it can be probed. */
async function newHost() {
  const host = await addHost()
  const { id } = await stage.db.credential.create({
    data: {
      name: `key of ${host.name}`,
      algorithm: 'ssh-ed25519',
      fingerprint: 'SHA256:x',
      publicKey: '',
      ciphertext: Buffer.alloc(8),
      iv: Buffer.alloc(12),
      tag: Buffer.alloc(16),
    },
  })
  await stage.db.host.update({ where: { id: host.hostId }, data: { credentialId: id } })
  return host
}
/** A host whose one job was given up, and with it nobody knows what was done there. */
async function quarantinedHost() {
  const host = await newHost()
  const jobId = await addJob(stage, host)
  agent.dies = 'unbound'
  await runJob(workerContext(stage, agent), jobId)
  expect(await liftQuarantine(stage, host.hostId)).toMatchObject({
    type: 'refused',
    next: 'Recover that job, or mark it lost; then lift the quarantine.',
  })
  await markLost(stage, jobId)
  return { ...host, jobId }
}
const probe = (hostId: string) => probeHost(workerContext(stage, agent), hostId)
const actions = async (subjectId: string) =>
  (await stage.db.auditEntry.findMany({ where: { subjectId }, orderBy: { id: 'asc' } })).map(
    (row) => row.action,
  )
const ours = async () => (await stage.db.installation.findFirstOrThrow()).id

describe('a quarantine', () => {
  it('is not lifted by an ordinary probe, which still writes down what it reads', async () => {
    const { hostId, deviceId } = await quarantinedHost()
    await probe(hostId)
    expect(await getHost(stage, hostId)).toMatchObject({ state: 'quarantined', fenceDue: true })
    expect(await stage.db.device.findUnique({ where: { id: deviceId } })).toMatchObject({ state: 'unbound' })
  })

  it('is lifted on request by a probe that records our token first', async () => {
    const { hostId } = await quarantinedHost()
    expect(await liftQuarantine(stage, hostId)).toMatchObject({ type: 'requested' })
    expect(await getHost(stage, hostId)).toMatchObject({ state: 'quarantined', fencing: true, probing: true })
    await probe(hostId)
    expect(await getHost(stage, hostId)).toMatchObject({ state: 'ready', fenceDue: false, fencing: false })
    const { last } = (await stage.pg.query<{ last: string }>('SELECT last_value AS last FROM fencing_epoch'))
      .rows[0] ?? { last: '' }
    expect(agent.tokens.get(hostId)).toEqual({ installationId: await ours(), epoch: last })
    expect(await actions(hostId)).toContain('host.lift_requested')
    expect(await liftQuarantine(stage, hostId)).toMatchObject({ type: 'refused' })
  })

  it('stays, and names the job, while a process there still holds the lock', async () => {
    const { hostId, jobId } = await quarantinedHost()
    agent.lockHeldBy = jobId
    await liftQuarantine(stage, hostId)
    await probe(hostId)
    const host = await getHost(stage, hostId)
    expect(host).toMatchObject({ state: 'quarantined', fencing: false })
    expect(host.stateMessage).toContain(jobId)
  })

  it('keeps its own next action beside that the host is away, and tells when it was tried', async () => {
    const { hostId } = await quarantinedHost()
    const before = await getHost(stage, hostId)
    const fault = new ContactError('unreachable', 'It did not answer.', 'Check that it is up.')
    await recordContactError(stage, hostId, fault)
    const host = await getHost(stage, hostId)
    expect(host).toMatchObject({
      state: 'quarantined',
      stateMessage: before.stateMessage,
      stateNext: before.stateNext,
      away: { at: expect.any(Date), message: 'It did not answer.', next: 'Check that it is up.' },
    })
    await liftQuarantine(stage, hostId)
    await probe(hostId)
    expect(await getHost(stage, hostId)).toMatchObject({ state: 'ready', away: null })
  })

  it('waits for whoever holds the host', async () => {
    const { hostId } = await quarantinedHost()
    await liftQuarantine(stage, hostId)
    const other = workerContext(stage, agent)
    const epoch = await other.store.takeLease(hostId, other.holder, 60_000)
    await probe(hostId)
    expect(await getHost(stage, hostId)).toMatchObject({ state: 'quarantined', fencing: true })
    await other.store.releaseLease(hostId, { holder: other.holder, epoch: epoch ?? 0n })
    await probe(hostId)
    expect(await getHost(stage, hostId)).toMatchObject({ state: 'ready' })
  })

  it('outlasts every other state the host goes through', async () => {
    const { hostId } = await quarantinedHost()
    await updateHost({ ...stage, user: { role: 'admin' } }, { hostId, address: 'elsewhere.test' })
    await stage.db.host.update({ where: { id: hostId }, data: { state: 'new' } })
    await probe(hostId)
    expect(await getHost(stage, hostId)).toMatchObject({ state: 'quarantined', fenceDue: true })
  })

  it('heals by itself: the sweep asks for a fencing probe at the probe interval', async () => {
    const { hostId } = await quarantinedHost()
    await stage.pg.query(`UPDATE "Host" SET "probeRequestedAt" = NULL, "fenceRequestedAt" = NULL`)
    await sweep(workerContext(stage, agent, { probeIntervalMs: 0 }))
    expect(await getHost(stage, hostId)).toMatchObject({ fencing: true })
    await probe(hostId)
    expect(await getHost(stage, hostId)).toMatchObject({ state: 'ready' })
  })

  it('is not asked for by the sweep while a job there is unknown', async () => {
    const host = await newHost()
    const jobId = await addJob(stage, host)
    agent.dies = 'unbound'
    await runJob(workerContext(stage, agent), jobId)
    await sweep(workerContext(stage, agent, { probeIntervalMs: 0 }))
    expect(await getHost(stage, host.hostId)).toMatchObject({ fencing: false, unknownJobId: jobId })
  })
})

describe('a host of another installation', () => {
  const other = { installationId: '11111111-1111-4111-8111-111111111111', epoch: '7' }

  it('is told as such, refuses jobs, and is adopted from what the operator saw', async () => {
    const host = await newHost()
    const jobId = await addJob(stage, host)
    agent.tokens.set(host.hostId, other)
    await probe(host.hostId)
    const seen = await getHost(stage, host.hostId)
    expect(seen).toMatchObject({ state: 'foreign', foreignToken: other, installationId: await ours() })
    expect(seen.stateMessage).toContain(other.installationId)
    await runJob(workerContext(stage, agent), jobId)
    expect(await getJob(stage, jobId)).toMatchObject({ state: 'refused', causeCode: 'other_installation' })
    expect(await liftQuarantine(stage, host.hostId)).toMatchObject({ type: 'refused' })

    const late = { hostId: host.hostId, from: { ...other, epoch: '6' } }
    expect(await adoptHost(stage, late)).toMatchObject({ type: 'refused' })
    expect(await adoptHost(stage, { hostId: host.hostId, from: other })).toMatchObject({ type: 'requested' })
    await probe(host.hostId)
    expect(await getHost(stage, host.hostId)).toMatchObject({
      state: 'ready',
      foreignToken: null,
      adopting: false,
    })
    expect(agent.tokens.get(host.hostId)).toMatchObject({ installationId: await ours() })
    expect(await actions(host.hostId)).toEqual(
      expect.arrayContaining(['host.adopt_requested', 'host.adopted']),
    )
  })

  it('is not adopted when the record changed after it was seen', async () => {
    const { hostId } = await newHost()
    agent.tokens.set(hostId, other)
    await probe(hostId)
    await adoptHost(stage, { hostId, from: other })
    agent.tokens.set(hostId, { ...other, epoch: '8' })
    await probe(hostId)
    const host = await getHost(stage, hostId)
    expect(host).toMatchObject({
      state: 'foreign',
      foreignToken: { ...other, epoch: '8' },
      adopting: false,
      fencing: false,
    })
    expect(host.stateMessage).toContain('It was not adopted')
  })

  it('is one too when its token cannot be read', async () => {
    const { hostId } = await newHost()
    agent.tokens.set(hostId, 'unreadable')
    await probe(hostId)
    expect(await getHost(stage, hostId)).toMatchObject({ state: 'foreign', foreignToken: 'unreadable' })
    await adoptHost(stage, { hostId, from: 'unreadable' })
    await probe(hostId)
    expect(await getHost(stage, hostId)).toMatchObject({ state: 'ready' })
  })

  it('is told by an epoch this database never handed out: it is an older copy', async () => {
    const { hostId } = await newHost()
    const newer = { installationId: await ours(), epoch: '999999999' }
    agent.tokens.set(hostId, newer)
    await probe(hostId)
    const host = await getHost(stage, hostId)
    expect(host).toMatchObject({ state: 'foreign', foreignToken: newer })
    expect(host.stateNext).toContain('npm run new-installation')
    await adoptHost(stage, { hostId, from: newer })
    await probe(hostId)
    expect(await getHost(stage, hostId)).toMatchObject({ state: 'ready' })
  })

  it('keeps its quarantine through the adoption only as long as a job there is unknown', async () => {
    const { hostId } = await quarantinedHost()
    agent.tokens.set(hostId, other)
    await probe(hostId)
    expect(await getHost(stage, hostId)).toMatchObject({ state: 'foreign', fenceDue: true })
    await adoptHost(stage, { hostId, from: other })
    await probe(hostId)
    expect(await getHost(stage, hostId)).toMatchObject({ state: 'ready', fenceDue: false })
  })
})

describe('headroom', () => {
  it('is asked for less what other conversions approved for the host will take', async () => {
    const host = await newHost()
    await addJob(stage, host)
    const second = await stage.db.device.create({
      data: {
        ...(await stage.db.device.findUniqueOrThrow({ where: { id: host.deviceId } })),
        id: '22222222-2222-4222-8222-222222222222',
        identity: 'pmem:second',
        blocks: [],
        detail: {},
      },
    })
    const memmapBytes = BigInt(planResult(host.name).item?.prediction.memmapBytes ?? 0)
    expect(
      await reservedBytes(stage, {
        id: second.id,
        hostId: host.hostId,
        deviceId: second.id,
        kind: 'convert',
      }),
    ).toBe(memmapBytes)
    expect(await reservedBytes(stage, { ...host, id: second.id, kind: 'convert' })).toBe(0n)
    agent.answer = planResult(host.name)
    const asked = await requestPlan(stage, { deviceId: second.id, zone: 'movable' })
    if (asked.type !== 'requested') throw new Error(asked.message)
    await planDevice(workerContext(stage, agent), asked.planId)
    expect(agent.asked).toEqual([
      {
        deviceId: 'pmem:second',
        zone: 'movable',
        reservedBytes: String(memmapBytes),
        hookSeconds: 600,
        health: firstHealthPolicy,
      },
    ])
  })
})
