import { afterAll, beforeAll, expect, it } from 'vitest'
import { recordInspection } from '@/server/hosts/record-probe'
import { createTestStage, type TestStage } from '@/test/support/caller'
import { addHost } from '@/test/support/fleet'
import { convertedDevice, inspectionOf, onlineBlocks } from '@/test/support/inspection'

let stage: TestStage
beforeAll(async () => {
  stage = await createTestStage()
})
afterAll(() => stage.close())

const path = '/etc/daxfleet/persist.d/0123.json'

function readingAfterStart(name: string, bootId: string, isOver = true) {
  const device = convertedDevice([onlineBlocks(35, 41)])
  const deviceId = device.identity.id
  const inspection = inspectionOf(name, { devices: [device] })
  const message = 'All of it is online.'
  return {
    ...inspection,
    host: { ...inspection.host, bootId },
    persistence: {
      devices: [{ path, deviceId, sizeBytes: device.sizeBytes, zone: 'movable', fault: null }],
      fault: null,
      lastBoot: {
        bootId,
        isOver,
        results: [{ path, deviceId, jobId: 'boot-1', outcome: 'converted' as const, message, next: '' }],
      },
      daxctl: [],
    },
  }
}

const startsOf = (hostId: string) =>
  stage.db.auditEntry.count({ where: { subjectId: hostId, action: 'host.device_brought_back' } })

it('tells of each start of a host once, when it is over, and shows it with the device', async () => {
  const hostId = await addHost(stage, 'started')
  await recordInspection(stage, hostId, inspectionOf('started'))
  await recordInspection(stage, hostId, readingAfterStart('started', 'boot-a', false))
  expect(await startsOf(hostId)).toBe(0)
  for (const bootId of ['boot-a', 'boot-a', 'boot-b', 'boot-b'])
    await recordInspection(stage, hostId, readingAfterStart('started', bootId))
  expect(await startsOf(hostId)).toBe(2)
  const { devices, lostFiles } = await stage.caller.hosts.get({ hostId })
  expect(lostFiles).toEqual([])
  expect(devices[0]?.comesBack).toMatchObject({
    by: 'daxfleet',
    zone: 'movable',
    lastStart: { outcome: 'converted' },
  })
})

it('takes plans of both kinds for what they are: a zone to come back in, none to come back no more', async () => {
  const hostId = await addHost(stage, 'asked')
  await recordInspection(stage, hostId, readingAfterStart('asked', 'boot-a'))
  const deviceId = (await stage.caller.hosts.get({ hostId })).devices[0]?.id ?? ''
  const { caller } = stage
  const keep = await caller.plans.request({ deviceId, kind: 'persist', zone: 'movable' })
  const leave = await caller.plans.request({ deviceId, kind: 'unpersist' })
  if (keep.type !== 'requested' || leave.type !== 'requested') throw new Error('A plan was refused.')
  expect(await caller.plans.get({ planId: keep.planId })).toMatchObject({
    kind: 'persist',
    zone: 'movable',
    phrase: 'keep dax0.0 on asked',
  })
  expect(await caller.plans.get({ planId: leave.planId })).toMatchObject({
    kind: 'unpersist',
    zone: null,
    phrase: 'stop keeping dax0.0 on asked',
  })
  await expect(caller.plans.request({ deviceId, kind: 'persist' })).rejects.toThrow()
  await expect(caller.plans.request({ deviceId, kind: 'unpersist', zone: 'movable' })).rejects.toThrow()
  // What is gone can be struck off all the same.
  await recordInspection(stage, hostId, inspectionOf('asked', { devices: [] }))
  expect((await caller.plans.request({ deviceId, kind: 'unpersist' })).type).toBe('requested')
  expect((await caller.plans.request({ deviceId, kind: 'persist', zone: 'movable' })).type).toBe('refused')
})
