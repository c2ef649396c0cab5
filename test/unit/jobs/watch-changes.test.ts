import { describe, expect, it } from 'vitest'
import { sampleOf } from '@/server/capacity/sample-of'
import { differsFrom, fingerprintOf } from '@/server/worker/watch-changes'
import { convertedDevice, daxDevice, inspectionOf, onlineBlocks } from '../../support/inspection'

const plain = inspectionOf('host')
const converted = inspectionOf('host', { devices: [convertedDevice()] })
const others = [{ ...onlineBlocks(0, 34), zones: 'Normal', node: 0 }]

describe('a sample against the last inspection', () => {
  it('is nothing new while boot, drivers and blocks are as they were, whatever runs they are told in', () => {
    expect(differsFrom(plain, sampleOf(plain))).toBe(false)
    const blocks = [...others, onlineBlocks(35, 38), onlineBlocks(39, 41)]
    expect(differsFrom(converted, { ...sampleOf(converted), blocks })).toBe(false)
  })

  it.each([
    ['another boot', { ...sampleOf(converted), bootId: 'later' }],
    ['another driver', sampleOf(inspectionOf('host', { devices: [daxDevice({ driver: null })] }))],
    ['no device', sampleOf(inspectionOf('host', { devices: [] }))],
    ['a block that went offline', { ...sampleOf(converted), blocks: [onlineBlocks(35, 40)] }],
    [
      'a total that was read before a block went',
      { ...sampleOf(converted), memory: { ...converted.memory, totalBytes: '1' } },
    ],
  ])('tells of %s', (_what, sample) => {
    expect(differsFrom(converted, sample)).toBe(true)
  })
})

describe('a sample against the one before', () => {
  it('is nothing new when only figures moved', () => {
    const before = sampleOf(converted)
    const after = { ...before, uptimeMs: '99', memory: { ...before.memory, freeBytes: '1' } }
    expect(fingerprintOf(after)).toBe(fingerprintOf(before))
  })

  it('tells of memory that came or went', () => {
    const before = sampleOf(converted)
    const after = { ...before, memory: { ...before.memory, totalBytes: '1' } }
    expect(fingerprintOf(after)).not.toBe(fingerprintOf(before))
  })

  it('tells of a block that changed zone', () => {
    const blocks = [{ ...onlineBlocks(35, 41), zones: 'Normal' }]
    expect(fingerprintOf({ ...sampleOf(converted), blocks })).not.toBe(fingerprintOf(sampleOf(converted)))
  })
})
