import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordInspection } from '@/server/hosts/record-probe'
import { createTestStage, type TestStage } from '@/test/support/caller'
import { addCredentialRow, addHost } from '@/test/support/fleet'
import { convertedDevice, daxDevice, inspectionOf } from '@/test/support/inspection'

const MiB = 1024n * 1024n

let stage: TestStage
let credentialId: string
beforeAll(async () => {
  stage = await createTestStage()
  credentialId = await addCredentialRow(stage)
  const host = (name: string, address: string, labels: Record<string, string>) => ({
    name,
    address,
    port: 22,
    username: 'root',
    labels,
  })
  const added = await stage.caller.hosts.add({
    credentialId,
    hosts: [
      host('db-01', '10.0.0.1', { rack: 'r12', site: 'eu' }),
      host('db-02', '10.0.0.2', { rack: 'r13' }),
      host('web_1.example', 'WEB.example', {}),
    ],
  })
  if (added.type !== 'added') throw new Error('the hosts were not added')
  const [first = '', second = ''] = added.hostIds
  await recordInspection(stage, first, inspectionOf('db-01'))
  const cxl = daxDevice({ kind: 'cxl', identity: { id: 'cxl:1', detail: [] } })
  const devices = [convertedDevice(), cxl]
  await recordInspection(stage, second, inspectionOf('db-02', { devices }))
})
afterAll(() => stage.close())

async function names(query: string): Promise<string[]> {
  const answer = await stage.caller.hosts.list({ query })
  if (answer.queryError !== null) throw new Error(answer.queryError)
  return answer.hosts.map((host) => host.name)
}

describe('the list of hosts', () => {
  it.each([
    ['', ['db-01', 'db-02', 'web_1.example']],
    ['DB', ['db-01', 'db-02']],
    ['db 10.0.0.2', ['db-02']],
    ['_', ['web_1.example']],
    ['%', []],
    ['label:rack=r12', ['db-01']],
    ['label:rack', ['db-01', 'db-02']],
    ['label:rack!=r12', ['db-02', 'web_1.example']],
    ['state:ready', ['db-01', 'db-02']],
    ['state!=ready', ['web_1.example']],
    ['state:new,ready', ['db-01', 'db-02', 'web_1.example']],
    ['kind:cxl', ['db-02']],
    ['kind!=cxl', ['db-01', 'web_1.example']],
    ['device:system_ram', ['db-02']],
    ['state:converted', ['db-02']],
    // One of its two devices is not: that is what a rollout over this would find there.
    ['state!=converted', ['db-01', 'db-02']],
    ['kernel:6.12 label:site=eu', ['db-01']],
    [`name:"'; DROP TABLE"`, []],
  ])('filtered by %s', async (query, expected) => expect(await names(query)).toEqual(expected))

  it('tells how many match and how many there are', async () => {
    const answer = await stage.caller.hosts.list({ query: 'state:ready', limit: 1 })
    expect(answer).toMatchObject({ total: 3, matching: 2, queryError: null })
    expect(answer.hosts).toHaveLength(1)
  })

  it('says what is wrong with a filter instead of showing something else', async () => {
    expect(await stage.caller.hosts.list({ query: 'rack:r12' })).toMatchObject({
      hosts: [],
      total: 3,
      queryError: expect.stringContaining('There is no filter rack:'),
    })
  })

  it('sums what is online and what could be, by kind', async () => {
    const { hosts } = await stage.caller.hosts.list({ sort: 'convertible', direction: 'desc' })
    const second = hosts.find((host) => host.name === 'db-02')
    expect(second).toMatchObject({
      pmemOnlineBytes: 896n * MiB,
      convertibleBytes: 896n * MiB,
      convertibleDevices: 1,
    })
    expect(hosts.at(-1)?.name).toBe('web_1.example')
  })

  it('calls nothing convertible on a host about which nothing may be decided', async () => {
    const before = await stage.caller.hosts.summary()
    await stage.db.host.update({ where: { name: 'db-02' }, data: { state: 'quarantined' } })
    const { hosts } = await stage.caller.hosts.list({ query: 'db-02' })
    expect(hosts[0]).toMatchObject({
      convertibleBytes: 0n,
      convertibleDevices: 0,
      pmemOnlineBytes: 896n * MiB,
    })
    const after = await stage.caller.hosts.summary()
    expect(after.convertibleBytes).toBe(before.convertibleBytes - 896n * MiB)
    expect(after.pmemOnlineBytes).toBe(before.pmemOnlineBytes)
    await stage.db.host.update({ where: { name: 'db-02' }, data: { state: 'ready' } })
  })

  it('agrees with the summary', async () => {
    const { hosts } = await stage.caller.hosts.list({})
    const summary = await stage.caller.hosts.summary()
    const sum = (of: (host: (typeof hosts)[number]) => bigint) =>
      hosts.reduce((all, host) => all + of(host), 0n)
    expect(summary).toMatchObject({
      hosts: 3,
      hostsByStanding: { ready: 2, new: 1 },
      pmemOnlineBytes: sum((host) => host.pmemOnlineBytes),
      convertibleBytes: sum((host) => host.convertibleBytes),
      memTotalBytes: sum((host) => host.memTotalBytes ?? 0n),
      lostBytes: 330n * MiB,
      runningJobs: 0,
    })
  })
})

describe('adding hosts', () => {
  const entry = (name: string, address: string) => ({ name, address, port: 22, username: 'root', labels: {} })

  it('saves none when one collides, and says which', async () => {
    const hosts = [entry('new-01', '10.0.1.1'), entry('DB-01', '10.0.9.9'), entry('new-02', '10.0.0.2')]
    expect(await stage.caller.hosts.add({ credentialId, hosts })).toEqual({
      type: 'conflicts',
      conflicts: [
        { row: 2, name: 'DB-01', message: 'The name DB-01 already stands for 10.0.0.1:22 in the fleet.' },
        { row: 3, name: 'new-02', message: '10.0.0.2:22 is already called db-02 in the fleet.' },
      ],
    })
    expect(await names('new-01')).toEqual([])
  })

  it('takes the same host once when two people enter it at the same moment', async () => {
    const hosts = [entry('race-01', '10.0.2.1')]
    const answers = await Promise.all([1, 2, 3].map(() => stage.caller.hosts.add({ credentialId, hosts })))
    expect(answers.map((answer) => answer.type).toSorted()).toEqual(['added', 'conflicts', 'conflicts'])
  })

  it('asks for a probe of each', async () => {
    const hostId = await addHost(stage, 'probed-01')
    expect((await stage.caller.hosts.get({ hostId })).probing).toBe(true)
    const { rows } = await stage.pg.query(`SELECT key FROM graphile_worker.jobs WHERE key = $1`, [
      `probe-host:${hostId}`,
    ])
    expect(rows).toHaveLength(1)
  })

  it('asks for a key that exists', async () => {
    const input = { credentialId: randomUUID(), hosts: [entry('x', 'x')] }
    await expect(stage.caller.hosts.add(input)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'This SSH key does not exist (any more).',
    })
  })
})

describe('changing and removing hosts', () => {
  it('labels at any time; a new address is probed', async () => {
    const hostId = await addHost(stage, 'moved-01')
    const { probeRequestedAt: answers } = await stage.db.host.findUniqueOrThrow({ where: { id: hostId } })
    await recordInspection(stage, hostId, inspectionOf('moved-01'), { answers })
    await stage.caller.hosts.update({ hostId, labels: { rack: 'r1' } })
    expect(await stage.caller.hosts.get({ hostId })).toMatchObject({ labels: { rack: 'r1' }, probing: false })
    await stage.caller.hosts.update({ hostId, address: '10.5.5.5' })
    expect(await stage.caller.hosts.get({ hostId })).toMatchObject({ address: '10.5.5.5', probing: true })
  })

  it('refuses an address another host has', async () => {
    const hostId = await addHost(stage, 'moved-02')
    expect(await stage.caller.hosts.update({ hostId, address: '10.0.0.1' })).toMatchObject({
      type: 'refused',
      message: '10.0.0.1:22 is already called db-01.',
    })
  })

  it('refuses to remove a host while a job is under way, and forgets its ended jobs with it', async () => {
    const hostId = await addHost(stage, 'busy-01')
    await recordInspection(stage, hostId, inspectionOf('busy-01'))
    const job = await queueJob(hostId)
    expect((await stage.caller.hosts.get({ hostId })).activeJobId).toBe(job)
    expect(await stage.caller.hosts.remove({ hostId })).toMatchObject({ type: 'refused' })
    await stage.db.job.update({ where: { id: job }, data: { state: 'cancelled', endedAt: new Date() } })
    expect(await stage.caller.hosts.remove({ hostId })).toEqual({ type: 'done' })
    await expect(stage.caller.hosts.get({ hostId })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

async function queueJob(hostId: string): Promise<string> {
  const device = await stage.db.device.findFirstOrThrow({ where: { hostId } })
  const digest = 'a'.repeat(64)
  const shared = { hostId, deviceId: device.id, zone: 'movable' }
  const plan = await stage.db.plan.create({ data: shared })
  const job = await stage.db.job.create({
    data: { ...shared, planId: plan.id, digest, approvedBy: 'ada@example.test', predictedBytes: 1n },
  })
  return job.id
}
