import { describe, expect, it } from 'vitest'
import { parseShare, spreadFaults } from '@/scripts/lab/simulated/faults'
import { hardwareOf } from '@/scripts/lab/simulated/hardware'
import { ModelledHost } from '@/test/support/modelled-host'

/** What a host that has no fault may say of its device all the same. */
const REASONS = ['auto_online_conflict', 'kmem_missing', 'bound_elsewhere']

describe('simulated hardware', () => {
  it('is read by the agent, and each device converts, has done so, or is refused for what the host is', async () => {
    const ends = new Map<string, number>()
    for (let index = 0; index < 60; index++) {
      const host = new ModelledHost({ spec: hardwareOf('sixty', index, `sim-${index}`) })
      const { verdict, refusals, item, digest } = await host.plan()
      for (const { code } of refusals) expect(REASONS, `host ${index}`).toContain(code)
      let end: string = verdict
      if (verdict === 'convertible' && item !== null && digest !== null) {
        const before = host.machine.figures.total()
        await host.ask(host.convertRequest({ item, digest }))
        expect((await host.plan()).verdict, `host ${index}`).toBe('already')
        expect(host.machine.figures.total() - before).toBe(BigInt(item.prediction.usableBytes))
        end = `converted ${item.invariants.deviceKind}`
      }
      ends.set(end, (ends.get(end) ?? 0) + 1)
    }
    for (const kind of ['pmem', 'cxl', 'hmem']) expect([...ends.keys()]).toContain(`converted ${kind}`)
  })

  it('hangs on seed and number alone', () => {
    expect(hardwareOf('a', 7, 'x')).toEqual(hardwareOf('a', 7, 'x'))
    expect(hardwareOf('a', 7, 'x').machineId).not.toBe(hardwareOf('b', 7, 'x').machineId)
    expect(hardwareOf('a', 7, 'x').machineId).not.toBe(hardwareOf('a', 8, 'x').machineId)
  })
})

describe('faults', () => {
  it('are exactly the share asked, every kind as often as any other, the same for the same seed', () => {
    const faults = spreadFaults(1_400, 0.05, 'seed')
    expect(faults.size).toBe(70)
    const counts = new Map<string, number>()
    for (const fault of faults.values()) counts.set(fault, (counts.get(fault) ?? 0) + 1)
    expect([...counts.values()]).toEqual([10, 10, 10, 10, 10, 10, 10])
    expect(spreadFaults(1_400, 0.05, 'seed')).toEqual(faults)
    expect(spreadFaults(1_400, 0.05, 'other')).not.toEqual(faults)
  })

  it.each([
    ['5%', 0.05],
    ['0.05', 0.05],
    ['0', 0],
    ['100%', 1],
    ['101%', null],
    ['five', null],
  ])('a share of %s', (text, share) => {
    expect(parseShare(text)).toBe(share)
  })
})
