import { describe, expect, it } from 'vitest'
import type { Inspection, JournalLine, Outcome } from '@/agents/protocol'
import { endingFrom } from '@/server/jobs/ending'
import { convertedDevice, daxDevice, inspectionOf, onlineBlocks } from '../../support/inspection'
import { planResult } from '../../support/jobs'

const bytes = 7n * 128n * 1024n * 1024n
const item = (() => {
  const planned = planResult('host').item
  if (planned === null) throw new Error('the plan has an item')
  return planned
})()
const { bootId } = item.invariants
const write = { step: 'bind' as const, path: '/sys/bus/dax/drivers/kmem/bind', value: 'dax0.0' }

const open: JournalLine = {
  n: 1,
  uptimeMs: '1',
  kind: 'open',
  jobId: 'j',
  token: { installationId: 'i', epoch: '1' },
  digest: 'd',
  bootId,
  agentVersion: '1',
  memTotalBytes: '1000',
}
const intent: JournalLine = { n: 2, uptimeMs: '1', kind: 'intent', step: 'bind', write }
const outcome = (word: Outcome, blocks = [onlineBlocks(35, 41)], driver = 'kmem'): JournalLine => ({
  n: 9,
  uptimeMs: '1',
  kind: 'outcome',
  outcome: word,
  bootId,
  readBack: { driver, blocks, memTotalBytes: '2000', nodeMemTotalBytes: null },
  refusals: [],
  message: 'So says the agent.',
  next: '',
})
const recover: JournalLine = {
  n: 3,
  uptimeMs: '1',
  kind: 'recover',
  token: { installationId: 'i', epoch: '2' },
  direction: 'back',
  driver: null,
  bootId,
  agentVersion: '1',
}
const later = (devices: Inspection['devices']): Inspection => {
  const seen = inspectionOf('host', { devices })
  return { ...seen, host: { ...seen.host, bootId: 'a later boot' } }
}

describe('the ending of a job whose host has restarted since', () => {
  it('is converted, and counts nothing, when its journal says so of an earlier boot', () => {
    const ending = endingFrom(item, [open, intent, outcome('converted')], later([daxDevice()]))
    expect(ending).toMatchObject({ state: 'converted', onlineBytesAfter: 0n, bootId })
    expect(ending?.message).toContain('Reverted at reboot')
  })

  it('counts what reads online now, where the host brought it back by itself', () => {
    const ending = endingFrom(item, [open, intent, outcome('converted')], later([convertedDevice()]))
    expect(ending).toMatchObject({ state: 'converted', onlineBytesAfter: bytes })
  })

  it('is failed without an outcome, by the restart', () => {
    expect(endingFrom(item, [open, intent], later([daxDevice()]))).toMatchObject({
      state: 'failed',
      causeCode: 'host_restarted',
      onlineBytesAfter: 0n,
    })
  })

  it('is already without an outcome, when every predicted block came back online in the zone asked', () => {
    expect(endingFrom(item, [open, intent], later([convertedDevice()]))).toMatchObject({
      state: 'already',
      causeCode: 'host_restarted',
      onlineBytesAfter: bytes,
    })
    const most = convertedDevice([onlineBlocks(35, 40)])
    expect(endingFrom(item, [open, intent], later([most]))?.state).toBe('failed')
  })
})

describe('the ending of a job that was taken up', () => {
  it('is cancelled when its device is back on device_dax', () => {
    const lines = [open, intent, recover, outcome('cancelled', [], 'device_dax')]
    expect(endingFrom(item, lines, null)).toMatchObject({ state: 'cancelled', onlineBytesAfter: 0n })
  })

  it('is converted, not already, though the lines of what was written first are lost', () => {
    expect(endingFrom(item, [recover, outcome('converted')], null)).toMatchObject({ state: 'converted' })
  })
})

describe('without an outcome and without a look', () => {
  it('nothing is claimed', () => {
    expect(endingFrom(item, [open, intent], null)).toBeNull()
  })
})
