import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordContactError } from '@/server/hosts/record-contact-error'
import { recordInspection } from '@/server/hosts/record-probe'
import { ContactError } from '@/server/ssh/target'
import { createTestStage, type TestStage } from '@/test/support/caller'
import { addHost, hostKey } from '@/test/support/fleet'
import { convertedDevice, daxDevice, inspectionOf, onlineBlocks } from '@/test/support/inspection'

const MiB = 1024n * 1024n

let stage: TestStage
beforeAll(async () => {
  stage = await createTestStage()
})
afterAll(() => stage.close())

const get = (hostId: string) => stage.caller.hosts.get({ hostId })

/** When a probe of the host was asked for that is not made yet. */
const mark = async (hostId: string) =>
  (await stage.db.host.findUniqueOrThrow({ where: { id: hostId } })).probeRequestedAt

async function onlyDevice(hostId: string) {
  const { devices } = await get(hostId)
  if (devices[0] === undefined || devices.length > 1) throw new Error('expected one device')
  return devices[0]
}

describe('what a probe read', () => {
  it('makes the host ready and shows its devices', async () => {
    const hostId = await addHost(stage, 'read')
    await recordInspection(stage, hostId, inspectionOf('read'), { answers: await mark(hostId) })
    const host = await get(hostId)
    expect(host).toMatchObject({ state: 'ready', probing: false, kernelRelease: '6.12.9-amd64' })
    expect(host.convertibleBytes).toBe(896n * MiB)
    expect(host.devices[0]).toMatchObject({ state: 'convertible', daxName: 'dax0.0', predictedBlockCount: 7 })
  })

  it('leaves standing what was asked for while it looked, and while a contact failed', async () => {
    const hostId = await addHost(stage, 'asked-twice')
    const unreachable = new ContactError('unreachable', 'No route.', 'Check the cable.')
    const answers = await mark(hostId)
    const again = new Date('2027-01-01T00:00:00Z')
    await stage.db.host.update({ where: { id: hostId }, data: { probeRequestedAt: again } })
    await recordInspection(stage, hostId, inspectionOf('asked-twice'), { answers })
    await recordContactError(stage, hostId, unreachable, answers)
    expect(await mark(hostId)).toEqual(again)
    await recordContactError(stage, hostId, unreachable, again)
    expect(await mark(hostId)).toBeNull()
  })

  it('counts bytes online from the blocks themselves', async () => {
    const hostId = await addHost(stage, 'counted')
    const overlapping = [onlineBlocks(35, 41), onlineBlocks(38, 41)]
    const devices = [convertedDevice(overlapping)]
    await recordInspection(stage, hostId, inspectionOf('counted', { devices }))
    expect(await onlyDevice(hostId)).toMatchObject({ onlineBytes: 896n * MiB, totalBlocks: 7, movable: true })
    expect((await get(hostId)).pmemOnlineBytes).toBe(896n * MiB)
  })

  it('follows a device by identity when the kernel names it anew', async () => {
    const hostId = await addHost(stage, 'renamed')
    await recordInspection(stage, hostId, inspectionOf('renamed'))
    const before = await onlyDevice(hostId)
    await recordInspection(
      stage,
      hostId,
      inspectionOf('renamed', { devices: [daxDevice({ name: 'dax1.0' })] }),
    )
    const after = await onlyDevice(hostId)
    expect([after.id, after.daxName]).toEqual([before.id, 'dax1.0'])
  })

  it('calls a device stranded whose memory no driver holds, until the host has restarted', async () => {
    const hostId = await addHost(stage, 'stranding')
    await recordInspection(stage, hostId, inspectionOf('stranding', { devices: [convertedDevice()] }))
    const stranded = { ...convertedDevice(), driver: null, mode: 'devdax' as const, stranded: true }
    await recordInspection(stage, hostId, inspectionOf('stranding', { devices: [stranded] }))
    expect(await onlyDevice(hostId)).toMatchObject({ state: 'stranded', onlineBytes: 896n * MiB })
    expect((await get(hostId)).trouble).toMatchObject({ state: 'stranded' })
    const seen = inspectionOf('stranding')
    const later = { ...seen, host: { ...seen.host, bootId: 'boot-later' } }
    await recordInspection(stage, hostId, later)
    expect(await onlyDevice(hostId)).toMatchObject({ state: 'convertible', onlineBytes: 0n })
    expect((await get(hostId)).trouble).toBeNull()
  })

  it('keeps a device that is no longer seen, as gone, with nothing online', async () => {
    const hostId = await addHost(stage, 'vanished')
    await recordInspection(stage, hostId, inspectionOf('vanished', { devices: [convertedDevice()] }))
    await recordInspection(stage, hostId, inspectionOf('vanished', { devices: [] }))
    expect(await onlyDevice(hostId)).toMatchObject({ state: 'gone', onlineBytes: 0n })
    expect((await get(hostId)).pmemOnlineBytes).toBe(0n)
  })

  it('writes an audit row for a change of state, and none for sameness', async () => {
    const hostId = await addHost(stage, 'audited')
    await recordInspection(stage, hostId, inspectionOf('audited'))
    await recordInspection(stage, hostId, inspectionOf('audited'))
    const { entries } = await stage.caller.audit.list({ subjectKind: 'host', subjectId: hostId })
    expect(entries.map((entry) => entry.action)).toEqual(['host.state', 'host.added'])
    expect(entries[0]).toMatchObject({ actorId: 'test-worker', detail: { from: 'new', to: 'ready' } })
  })

  it('is stored even when the host sends text that Postgres refuses', async () => {
    const hostId = await addHost(stage, 'hostile')
    const inspection = inspectionOf('hostile')
    inspection.host.osName = 'evil\0os \ud800'
    await recordInspection(stage, hostId, inspection)
    expect(await get(hostId)).toMatchObject({ state: 'ready', osName: 'evil\ufffdos \ufffd' })
  })

  it('is not believed when it tells of more memory than there can be', async () => {
    const hostId = await addHost(stage, 'boasting')
    const devices = [daxDevice({ sizeBytes: '18446744073709551615' })]
    await recordInspection(stage, hostId, inspectionOf('boasting', { devices }))
    expect(await get(hostId)).toMatchObject({ state: 'agent_failed', devices: [] })
  })

  it('of a host removed meanwhile is dropped', async () => {
    const hostId = await addHost(stage, 'removed')
    await stage.caller.hosts.remove({ hostId })
    await expect(recordInspection(stage, hostId, inspectionOf('removed'))).resolves.toBeUndefined()
  })
})

describe('the same machine under two names', () => {
  it('is told on the second and merged into neither', async () => {
    const first = await addHost(stage, 'twin-a')
    const second = await addHost(stage, 'twin-b')
    await recordInspection(stage, first, inspectionOf('twin'))
    await recordInspection(stage, second, inspectionOf('twin'))
    expect(await get(first)).toMatchObject({ state: 'ready' })
    const conflict = await get(second)
    expect(conflict).toMatchObject({ state: 'quarantined', devices: [], machineId: null })
    expect(conflict.stateMessage).toBe('This is the same machine as twin-a (machine-id machine-twin).')
  })

  it('is told also when both are probed at the same moment', async () => {
    const hosts = await Promise.all(['pair-a', 'pair-b', 'pair-c'].map((name) => addHost(stage, name)))
    await Promise.all(hosts.map((hostId) => recordInspection(stage, hostId, inspectionOf('pair'))))
    const states = await Promise.all(hosts.map(async (hostId) => (await get(hostId)).state))
    expect(states.toSorted()).toEqual(['quarantined', 'quarantined', 'ready'])
  })
})

describe('a contact that failed', () => {
  const reviewed = new ContactError('key_review', 'First contact.', 'Compare.', hostKey('one'))

  it('is told with what happened and what to do next', async () => {
    const hostId = await addHost(stage, 'silent')
    const timedOut = new ContactError('timed_out', 'No answer.', 'Check the network.')
    await recordContactError(stage, hostId, timedOut, await mark(hostId))
    expect(await get(hostId)).toMatchObject({
      state: 'unreachable',
      stateMessage: 'No answer.',
      stateNext: 'Check the network.',
      probing: false,
    })
  })

  it('on first contact shows the key that waits for review, once', async () => {
    const hostId = await addHost(stage, 'first')
    await recordContactError(stage, hostId, reviewed)
    await recordContactError(stage, hostId, reviewed)
    const host = await get(hostId)
    expect(host.state).toBe('key_review')
    expect(host.keys).toMatchObject([{ fingerprint: 'SHA256:one', status: 'pending' }])
  })

  it('leaves a quarantined host in quarantine', async () => {
    const hostId = await addHost(stage, 'quarantined')
    await stage.db.host.update({
      where: { id: hostId },
      data: { state: 'quarantined', stateMessage: 'A job was lost.' },
    })
    await recordContactError(stage, hostId, new ContactError('unreachable', 'No route.', 'Check the cable.'))
    expect(await get(hostId)).toMatchObject({ state: 'quarantined', stateMessage: 'A job was lost.' })
  })
})

describe('reviewing a key', () => {
  it('trusts the one that was looked at, replaces the old one and probes again', async () => {
    const hostId = await addHost(stage, 'reviewed')
    for (const name of ['old', 'new']) {
      const kind = name === 'old' ? 'key_review' : 'key_changed'
      await recordContactError(stage, hostId, new ContactError(kind, 'Key.', 'Compare.', hostKey(name)))
      const key = (await get(hostId)).keys.find((each) => each.status === 'pending')
      if (key === undefined) throw new Error('no key waits')
      const { id: keyId, fingerprint } = key
      const trust = { hostId, keyId, fingerprint, decision: 'trust' as const }
      expect(await stage.caller.hosts.reviewKey(trust)).toEqual({ type: 'done' })
    }
    const host = await get(hostId)
    expect(host).toMatchObject({ state: 'new', probing: true })
    expect(Object.fromEntries(host.keys.map((key) => [key.fingerprint, key.status]))).toEqual({
      'SHA256:old': 'superseded',
      'SHA256:new': 'trusted',
    })
    expect(host.keys[0]?.reviewedBy).toBe('ada@example.test')
  })

  it('is refused for a fingerprint that is not the one shown', async () => {
    const hostId = await addHost(stage, 'swapped')
    await recordContactError(stage, hostId, new ContactError('key_review', '', '', hostKey('real')))
    const keyId = (await get(hostId)).keys[0]?.id ?? ''
    const answer = await stage.caller.hosts.reviewKey({
      hostId,
      keyId,
      fingerprint: 'SHA256:other',
      decision: 'trust',
    })
    expect(answer).toMatchObject({ type: 'refused' })
    expect((await get(hostId)).keys[0]?.status).toBe('pending')
  })

  it('rejecting leaves the host without contact', async () => {
    const hostId = await addHost(stage, 'rejected')
    const bad = new ContactError('key_review', '', '', hostKey('bad'))
    await recordContactError(stage, hostId, bad, await mark(hostId))
    const key = (await get(hostId)).keys[0]
    if (key === undefined) throw new Error('no key waits')
    const input = { hostId, keyId: key.id, fingerprint: key.fingerprint, decision: 'reject' as const }
    expect(await stage.caller.hosts.reviewKey(input)).toEqual({ type: 'done' })
    const host = await get(hostId)
    expect([host.state, host.keys[0]?.status, host.probing]).toEqual(['key_review', 'rejected', false])

    // Shown again it is no first contact: the page says so, and it may still be trusted after all.
    await recordContactError(stage, hostId, new ContactError('key_review', 'First time.', '', hostKey('bad')))
    expect((await get(hostId)).stateMessage).toBe('rejected shows a key that was rejected: SHA256:bad.')
    expect(await stage.caller.hosts.reviewKey({ ...input, decision: 'trust' })).toEqual({ type: 'done' })
    expect((await get(hostId)).keys[0]?.status).toBe('trusted')
  })
})
