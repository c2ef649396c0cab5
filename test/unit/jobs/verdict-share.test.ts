import { describe, expect, it } from 'vitest'
import type { BlockRun, PlannedBlocks } from '@/agents/protocol'
import type { OfflineEvidence, OnlineEvidence } from '@/server/jobs/evidence'
import { judge } from '@/server/jobs/verdict'

const run = (
  first: number,
  last: number,
  state: BlockRun['state'] = 'online',
  zones = 'Movable',
): BlockRun => ({ first, last, state, zones: state === 'online' ? zones : 'Movable Normal', node: 1 })
const shared = {
  blockSizeBytes: 128n * 1024n ** 2n,
  wrote: true,
  agent: { outcome: 'failed' as const, message: 'So says the agent.', next: 'Do this.', refusals: [] },
  failedErrno: null,
  hookFailed: false,
}
const before: PlannedBlocks[] = [{ first: 33, last: 39, state: 'online', zones: 'Movable' }]

describe('the verdict on a share given back', () => {
  const gone = (blocks: BlockRun[], driver: string | null = 'kmem', more: Partial<OfflineEvidence> = {}) =>
    judge({ ...shared, kind: 'offline', before, share: [[37, 39]], readBack: { driver, blocks }, ...more })

  it('is restored when all of it reads offline, whatever the agent calls it', () => {
    expect(gone([run(33, 36), run(37, 39, 'offline')])).toMatchObject({
      state: 'restored',
      causeCode: 'agent_disagrees',
      onlineBytes: 4n * 128n * 1024n ** 2n,
    })
  })

  it('is already where nothing was written', () => {
    expect(gone([run(33, 36), run(37, 39, 'offline')], 'kmem', { wrote: false }).state).toBe('already')
  })

  it('is partial when a block of it is online, or another one went as well', () => {
    expect(gone([run(33, 37), run(38, 39, 'offline')]).state).toBe('partial')
    const strays = gone([run(33, 35), run(36, 39, 'offline')])
    expect(strays).toMatchObject({ state: 'partial' })
    expect(strays.message).toContain('1 other blocks')
    expect(gone([run(33, 36, 'online', 'Normal'), run(37, 39, 'offline')]).state).toBe('partial')
  })

  it('is failed when everything is as it was', () => {
    expect(gone([run(33, 39)])).toMatchObject({ state: 'failed', causeCode: 'not_offline' })
  })

  it('is stranded, or failed, when kmem does not hold the device', () => {
    expect(gone([run(33, 36), run(37, 39, 'offline')], null).state).toBe('stranded')
    expect(gone([], 'device_dax').state).toBe('failed')
  })

  it('claims nothing where nothing was read', () => {
    expect(gone([], 'kmem', { readBack: null })).toMatchObject({ state: 'failed', causeCode: 'no_read_back' })
  })
})

describe('the verdict on a share brought online', () => {
  const part: PlannedBlocks[] = [
    { first: 33, last: 36, state: 'online', zones: 'Movable' },
    { first: 37, last: 39, state: 'offline', zones: '' },
  ]
  const come = (blocks: BlockRun[], more: Partial<OnlineEvidence> = {}) =>
    judge({
      ...shared,
      kind: 'online',
      before: part,
      share: [[37, 39]],
      zone: 'movable',
      readBack: { driver: 'kmem', blocks },
      ...more,
    })

  it('is converted when all of it is online in the zone asked', () => {
    expect(come([run(33, 39)]).state).toBe('converted')
  })

  it('is partial in another zone, or with some missing', () => {
    expect(come([run(33, 36), run(37, 39, 'online', 'Normal')])).toMatchObject({
      state: 'partial',
      causeCode: 'other_zone',
    })
    expect(come([run(33, 37), run(38, 39, 'offline')])).toMatchObject({
      state: 'partial',
      causeCode: 'blocks_offline',
    })
  })

  it('is failed when none came', () => {
    expect(come([run(33, 36), run(37, 39, 'offline')]).state).toBe('failed')
  })

  it('is partial when another block was lost on the way', () => {
    expect(come([run(33, 35), run(36, 36, 'offline'), run(37, 39)]).state).toBe('partial')
  })
})
