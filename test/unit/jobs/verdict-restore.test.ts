import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BlockRun, Outcome, PlannedBlocks } from '@/agents/protocol'
import type { RestoreEvidence } from '@/server/jobs/evidence'
import { judge } from '@/server/jobs/verdict'

const MiB = 1024n * 1024n
const run = (
  first: number,
  last: number,
  state: BlockRun['state'] = 'online',
  zones = 'Movable',
): BlockRun => ({
  first,
  last,
  state,
  zones: state === 'online' ? zones : 'none',
  node: 1,
})
const before: PlannedBlocks[] = [{ first: 35, last: 41, state: 'online', zones: 'Movable' }]
const word = (outcome: Outcome, refusals: { code: 'not_offline'; message: string; next: string }[] = []) => ({
  outcome,
  message: 'So says the agent.',
  next: 'Do this.',
  refusals,
})

/** Seven blocks of 128 MiB, which were online in Movable; device_dax has the device again, and none is left. */
const evidence = (changes: Partial<RestoreEvidence> = {}): RestoreEvidence => ({
  kind: 'restore',
  before,
  blockSizeBytes: 128n * MiB,
  readBack: { driver: 'device_dax', blocks: [] },
  wrote: true,
  agent: word('restored'),
  failedErrno: null,
  hookFailed: false,
  ...changes,
})

describe('the verdict on a giving back', () => {
  it('is restored when device_dax has the device and no block of it is left', () => {
    expect(judge(evidence())).toEqual({
      state: 'restored',
      message: 'The device is on device_dax, and no block of it is left in the host’s memory.',
      next: '',
      causeCode: null,
      onlineBytes: 0n,
      zoneRead: null,
    })
  })

  it('is already when nothing had to be written for it', () => {
    expect(judge(evidence({ wrote: false, agent: word('already') })).state).toBe('already')
  })

  it('is failed when all of it came back online as it was, and names the reason', () => {
    const refusal = {
      code: 'not_offline' as const,
      message: 'memory41 did not go.',
      next: 'Look who holds it.',
    }
    const verdict = judge(
      evidence({
        readBack: { driver: 'kmem', blocks: [run(35, 41)] },
        agent: word('failed', [refusal]),
        failedErrno: 'EBUSY',
      }),
    )
    expect(verdict).toMatchObject({ state: 'failed', causeCode: 'not_offline', onlineBytes: 896n * MiB })
    expect(verdict.message).toBe(
      'Nothing was given back: all 7 blocks are online as they were. So says the agent.',
    )
  })

  it('is cancelled when somebody stopped it and all of it is back', () => {
    const readBack = { driver: 'kmem', blocks: [run(35, 41)] }
    expect(judge(evidence({ readBack, agent: word('cancelled') })).state).toBe('cancelled')
  })

  it.each<[string, BlockRun[], string, string | null]>([
    ['some are offline', [run(35, 38), run(39, 41, 'offline')], '3 of 7 blocks are offline', 'EBUSY'],
    [
      'all are offline, and kmem still has it',
      [run(35, 41, 'offline')],
      '7 of 7 blocks are offline',
      'EBUSY',
    ],
    [
      'they came back in another zone',
      [run(35, 40), run(41, 41, 'online', 'Normal')],
      '1 of them in another zone',
      'other_zone',
    ],
  ])('is partial when %s', (_what, blocks, says, causeCode) => {
    const verdict = judge(
      evidence({ readBack: { driver: 'kmem', blocks }, agent: word('partial'), failedErrno: 'EBUSY' }),
    )
    expect(verdict).toMatchObject({ state: 'partial', causeCode })
    expect(verdict.message).toContain(says)
  })

  it.each([null, 'device_dax'])('is stranded with a block online and the driver %s', (driver) => {
    const verdict = judge(evidence({ readBack: { driver, blocks: [run(41, 41)] } }))
    expect(verdict).toMatchObject({ state: 'stranded', causeCode: 'stranded', onlineBytes: 128n * MiB })
    expect(verdict.next).toContain('Reboot')
    expect(verdict.message).toContain('The agent called it restored')
  })

  it('is failed when no driver took the device', () => {
    expect(judge(evidence({ readBack: { driver: null, blocks: [] }, agent: word('failed') }))).toMatchObject({
      state: 'failed',
      causeCode: 'unbound',
    })
  })

  it('takes the agent’s refusal for one where nothing was written', () => {
    const readBack = { driver: 'kmem', blocks: [run(35, 41)] }
    expect(judge(evidence({ wrote: false, readBack, agent: word('refused') })).state).toBe('refused')
    expect(judge(evidence({ wrote: false, readBack: null, agent: null })).state).toBe('failed')
  })

  it('never calls it restored while a block is online or device_dax has it not, whatever the agent says', () => {
    const state = fc.constantFrom<BlockRun['state']>('online', 'offline', 'going-offline', 'unknown')
    const blocks = fc
      .array(state, { maxLength: 7 })
      .map((states) => states.map((each, at) => run(35 + at, 35 + at, each)))
    fc.assert(
      fc.property(
        fc.constantFrom(null, 'kmem', 'device_dax', 'fsdev_dax'),
        blocks,
        fc.constantFrom<Outcome>('restored', 'already', 'converted', 'partial', 'failed', 'cancelled'),
        fc.boolean(),
        (driver, read, outcome, wrote) => {
          const verdict = judge(evidence({ readBack: { driver, blocks: read }, agent: word(outcome), wrote }))
          const isBack = driver === 'device_dax' && read.length === 0
          expect(['restored', 'already'].includes(verdict.state)).toBe(isBack)
          expect(verdict.state).not.toBe('converted')
          if (driver !== 'kmem' && read.some((each) => each.state === 'online'))
            expect(verdict.state).toBe('stranded')
        },
      ),
    )
  })
})
