import { describe, expect, it } from 'vitest'
import { comesBackWords } from '@/app/_lib/comes-back-words'
import { comesBackOf, lostFilesOf } from '@/server/hosts/comes-back'
import { daxDevice, inspectionOf } from '../support/inspection'

type Persistence = NonNullable<ReturnType<typeof inspectionOf>['persistence']>
const device = daxDevice()
const deviceId = device.identity.id
const path = '/etc/daxfleet/persist.d/0123.json'
const kept = { path, deviceId, sizeBytes: device.sizeBytes, zone: 'movable', fault: null }
const result = {
  path,
  deviceId,
  jobId: 'boot-1',
  outcome: 'converted' as const,
  message: 'All online.',
  next: '',
}

function inspectionWith(changes: Partial<Persistence>) {
  const persistence = { devices: [kept], fault: null, lastBoot: null, daxctl: [], ...changes }
  return { ...inspectionOf('db-1', { devices: [device] }), persistence }
}
function words(changes: Partial<Persistence>, driver: string | null = 'kmem') {
  const { mark, detail, next } = comesBackWords({
    comesBack: comesBackOf(inspectionWith(changes), device),
    driver,
  })
  return [mark.word, detail, next]
}
const startOf = (changes: object, isOver = true) => ({
  lastBoot: { bootId: inspectionWith({}).host.bootId, isOver, results: [{ ...result, ...changes }] },
})

describe('after a reboot a device', () => {
  it('comes back by Daxfleet, and it is said whether that was tried', () => {
    expect(words({})).toEqual(['Yes (Daxfleet)', 'In zone Movable. No reboot has tried it yet.', ''])
    expect(words(startOf({}))).toEqual(['Yes (Daxfleet)', 'In zone Movable. It did at the last reboot.', ''])
  })

  it('comes back by daxctl where its configuration names the device, and something reads it', () => {
    const uuid = device.identity.detail.find(({ label }) => label.endsWith('uuid'))?.value ?? ''
    expect(uuid).not.toBe('')
    const section = { file: '/etc/daxctl.conf.d/a.conf', uuid, acts: true }
    expect(words({ devices: [], daxctl: [section] })[0]).toBe('Yes (daxctl)')
    expect(words({ devices: [], daxctl: [{ ...section, acts: false }] })[0]).toBe('No')
  })

  it('did not, and why', () => {
    const failed = { outcome: 'refused' as const, message: 'It has 5 bytes now.', next: 'Turn it off.' }
    expect(words(startOf(failed))).toEqual(['Did not', 'It has 5 bytes now.', 'Turn it off.'])
    expect(words({ lastBoot: { ...startOf({}).lastBoot, isOver: false, results: [] } })[0]).toBe('Did not')
  })

  it('is not judged by an earlier start', () => {
    const { lastBoot } = startOf({ outcome: 'failed' })
    expect(words({ lastBoot: { ...lastBoot, bootId: 'an-earlier-one' } })[0]).toBe('Yes (Daxfleet)')
  })

  it('would not, where the unit is broken', () => {
    expect(words({ fault: 'the unit is not as Daxfleet wrote it' })[0]).toBe('Would not')
  })

  it('comes back by another agent than the one used now, and the next action is to keep it again', () => {
    const program = '/usr/local/libexec/daxfleet/agent'
    const files = [{ path: program, is: 'program' as const, sha256: 'a'.repeat(64) }]
    expect(words({ files, agentSha256: 'a'.repeat(64) })[0]).toBe('Yes (Daxfleet)')
    const other = { files, agentSha256: 'b'.repeat(64) }
    expect(words(other)).toEqual([
      'Yes (another agent)',
      'In zone Movable. No reboot has tried it yet. A reboot runs another build of the agent than the one used now.',
      'Keep it again: that replaces it.',
    ])
    expect(words(other, 'device_dax')[2]).toBe('Convert it, then keep it again.')
    // What did not come back, or would not, is said first.
    expect(words({ ...other, ...startOf({ outcome: 'failed' }) })[0]).toBe('Did not')
    expect(words({ ...other, fault: 'the unit is not as Daxfleet wrote it' })[0]).toBe('Would not')
    expect(words({ ...other, devices: [] })[0]).toBe('No')
  })

  it('is not spoken of where nobody looked', () => {
    expect(
      comesBackWords({ comesBack: comesBackOf(inspectionOf('db-1', {}), device), driver: 'kmem' }).mark.word,
    ).toBe('Not known')
  })
})

it('names files that no device answers to', () => {
  expect(lostFilesOf(inspectionWith({}))).toEqual([])
  const torn = { ...kept, deviceId: null, fault: 'It is torn' }
  expect(lostFilesOf(inspectionWith({ devices: [torn, { ...kept, deviceId: 'pmem:other' }] }))).toEqual([
    { path, why: 'It is torn.' },
    { path, why: 'No device of this host is pmem:other.' },
  ])
})
