import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BlockRun, Outcome } from '@/agents/protocol'
import type { ConvertEvidence } from '@/server/jobs/evidence'
import { judge } from '@/server/jobs/verdict'
import { daxDevice } from '../../support/inspection'

const MiB = 1024n * 1024n
const online = (first: number, last: number, zones = 'Movable'): BlockRun => ({
  first,
  last,
  state: 'online',
  zones,
  node: 1,
})
const offline = (first: number, last: number): BlockRun => ({ ...online(first, last), state: 'offline' })
const word = (outcome: Outcome) => ({
  outcome,
  message: 'So says the agent.',
  next: 'Do this.',
  refusals: [],
})

/** Seven blocks, 35 to 41, of 128 MiB; all online in Movable; the agent agrees. */
const evidence = (changes: Partial<ConvertEvidence> = {}): ConvertEvidence => ({
  kind: 'convert',
  prediction: daxDevice().prediction,
  blockSizeBytes: 128n * MiB,
  zone: 'movable',
  readBack: { driver: 'kmem', blocks: [online(35, 41)] },
  wrote: true,
  agent: word('converted'),
  failedErrno: null,
  hookFailed: false,
  ...changes,
})

describe('the verdict', () => {
  it('is converted when every predicted block reads online in the zone asked', () => {
    expect(judge(evidence())).toEqual({
      state: 'converted',
      message: '7 of 7 predicted blocks are online in Movable.',
      next: '',
      causeCode: null,
      onlineBytes: 896n * MiB,
      zoneRead: 'Movable',
    })
  })

  it('is already when nothing had to be written for it', () => {
    expect(judge(evidence({ wrote: false, agent: word('already') })).state).toBe('already')
  })

  it.each<[string, Partial<ConvertEvidence>, string]>([
    [
      'a block is offline',
      { readBack: { driver: 'kmem', blocks: [online(35, 40), offline(41, 41)] } },
      '6 of 7',
    ],
    ['a block is missing', { readBack: { driver: 'kmem', blocks: [online(36, 41)] } }, '6 of 7'],
    ['no block is online', { readBack: { driver: 'kmem', blocks: [offline(35, 41)] } }, '0 of 7'],
    [
      'blocks are in Normal',
      { readBack: { driver: 'kmem', blocks: [online(35, 39), online(40, 41, 'Normal')] } },
      '2 of them',
    ],
    ['kernel zone was asked', { zone: 'kernel' }, 'not in the zone asked'],
  ])('is partial on kmem when %s', (_when, changes, says) => {
    const verdict = judge(evidence(changes))
    expect(verdict.state).toBe('partial')
    expect(verdict.message).toContain(says)
    expect(verdict.message).toContain('The agent called it converted')
  })

  it('takes any zone where the host’s own policy was asked for, and shows which', () => {
    const readBack = { driver: 'kmem', blocks: [online(35, 37), online(38, 41, 'Normal')] }
    expect(judge(evidence({ zone: 'policy', readBack }))).toMatchObject({
      state: 'converted',
      zoneRead: 'mixed',
    })
  })

  it('is stranded when memory is online without kmem', () => {
    expect(judge(evidence({ readBack: { driver: null, blocks: [online(35, 41)] } })).state).toBe('stranded')
  })

  it('is failed when the device came to rest on no driver, or back on device_dax', () => {
    const agent = word('failed')
    const unbound = judge(evidence({ agent, readBack: { driver: null, blocks: [] }, failedErrno: 'EBUSY' }))
    expect(unbound).toMatchObject({ state: 'failed', causeCode: 'EBUSY' })
    expect(unbound.message).toContain('no driver')
    const back = judge(evidence({ agent, readBack: { driver: 'device_dax', blocks: [] } }))
    expect(back.message).toContain('on device_dax')
  })

  it('is refused with the host’s own reason when nothing was written', () => {
    const refusals = [{ code: 'in_use' as const, message: 'In use by pid 7.', next: 'Stop it.' }]
    const agent = { ...word('refused'), message: 'In use by pid 7.', next: 'Stop it.', refusals }
    const verdict = judge(evidence({ wrote: false, readBack: null, agent }))
    expect(verdict).toMatchObject({
      state: 'refused',
      causeCode: 'in_use',
      next: 'Stop it.',
      onlineBytes: null,
    })
  })

  it('never believes in a success that was not read back', () => {
    expect(judge(evidence({ readBack: null })).state).toBe('failed')
    expect(judge(evidence({ readBack: null, wrote: false })).state).toBe('failed')
  })

  it('tells of a write that failed on the way to a success', () => {
    const verdict = judge(evidence({ failedErrno: 'EIO' }))
    expect(verdict).toMatchObject({ state: 'converted', causeCode: 'EIO', next: 'Do this.' })
    expect(verdict.message).toContain('So says the agent.')
  })

  it('stays converted when the host’s hook failed after it, and says so', () => {
    const verdict = judge(evidence({ hookFailed: true, failedErrno: 'EIO' }))
    expect(verdict).toMatchObject({ state: 'converted', causeCode: 'hook_failed', next: 'Do this.' })
    expect(verdict.message).toContain('So says the agent.')
    expect(judge(evidence({ hookFailed: true, wrote: false, readBack: null, agent: null })).state).toBe(
      'failed',
    )
  })

  it('counts bytes from blocks that read online, however a host overlaps its runs or what it calls it', () => {
    const run = fc.record({
      first: fc.integer({ min: 30, max: 45 }),
      length: fc.integer({ min: 1, max: 8 }),
      state: fc.constantFrom('online' as const, 'offline' as const),
      zones: fc.constantFrom('Movable', 'Normal', 'none', ''),
    })
    const outcome = fc.constantFrom<Outcome>(
      'converted',
      'already',
      'partial',
      'failed',
      'refused',
      'stranded',
    )
    fc.assert(
      fc.property(
        fc.array(run, { maxLength: 6 }),
        outcome,
        fc.constantFrom('kmem', 'device_dax', null),
        (runs, says, driver) => {
          const blocks = runs.map(({ first, length, state, zones }) => ({
            first,
            last: first + length - 1,
            state,
            zones,
            node: 1,
          }))
          const verdict = judge(evidence({ readBack: { driver, blocks }, agent: word(says) }))
          const ids = new Set(
            blocks.filter((b) => b.state === 'online').flatMap((b) => range(b.first, b.last)),
          )
          expect(verdict.onlineBytes).toBeLessThanOrEqual(BigInt(ids.size) * 128n * MiB)
          if (verdict.state !== 'converted') return
          expect(driver).toBe('kmem')
          for (const id of range(35, 41)) expect(ids.has(id)).toBe(true)
        },
      ),
    )
  })
})

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
}
