import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BlockRun } from '@/agents/protocol'
import { countBlocks } from '@/server/hosts/blocks'
import { deviceState } from '@/server/hosts/device-state'

function run(first: number, last: number, state: BlockRun['state'] = 'online', zones = 'Movable'): BlockRun {
  return { first, last, state, zones, node: 1 }
}

const ids = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i)

const bound = { driver: 'kmem', stranded: false, refusals: [], prediction: { blockCount: 7 } }

describe('counting memory blocks', () => {
  it('counts what is online and what is there', () => {
    expect(countBlocks([run(34, 40), run(41, 42, 'offline', 'Normal Movable')])).toEqual({
      total: 9,
      online: 7,
      movable: true,
    })
  })

  it('is movable only when every online block is', () => {
    expect(countBlocks([run(34, 36), run(37, 40, 'online', 'Normal')]).movable).toBe(false)
    expect(countBlocks([run(34, 36, 'offline', 'Normal Movable')]).movable).toBeNull()
  })

  it('never counts a block twice, however runs overlap', () => {
    const runs = fc.array(
      fc
        .tuple(fc.nat(60), fc.nat(20), fc.boolean())
        .map(([first, length, online]) => run(first, first + length, online ? 'online' : 'offline')),
    )
    fc.assert(
      fc.property(runs, (each) => {
        const distinct = new Set(each.flatMap(({ first, last }) => ids(first, last)))
        const { total, online } = countBlocks(each)
        return total === distinct.size && online <= total
      }),
    )
  })
})

describe('the state of a device', () => {
  it('is system-ram when every predicted block is online', () => {
    expect(deviceState({ ...bound, blocks: [run(34, 40)] })).toBe('system_ram')
  })

  it('is partial when bound to kmem with blocks missing, offline or none at all', () => {
    expect(deviceState({ ...bound, blocks: [run(34, 39)] })).toBe('partial')
    expect(deviceState({ ...bound, blocks: [run(34, 39), run(40, 40, 'offline')] })).toBe('partial')
    expect(deviceState({ ...bound, blocks: [], prediction: { blockCount: 0 } })).toBe('partial')
  })

  it('is stranded when memory is online without a driver', () => {
    expect(deviceState({ ...bound, driver: null, stranded: true, blocks: [run(34, 40)] })).toBe('stranded')
  })

  it('is unbound without a driver', () => {
    expect(deviceState({ ...bound, driver: null, blocks: [] })).toBe('unbound')
  })

  it('is convertible on device_dax when nothing stands in the way', () => {
    expect(deviceState({ ...bound, driver: 'device_dax', blocks: [] })).toBe('convertible')
  })

  it('is incompatible when something does, or when no whole block fits', () => {
    const refusals = [{ code: 'in_use' as const, message: 'qemu has it open', next: 'stop qemu' }]
    expect(deviceState({ ...bound, driver: 'device_dax', blocks: [], refusals })).toBe('incompatible')
    expect(deviceState({ ...bound, driver: 'device_dax', blocks: [], prediction: { blockCount: 0 } })).toBe(
      'incompatible',
    )
    expect(deviceState({ ...bound, driver: 'fsdev_dax', blocks: [] })).toBe('incompatible')
  })

  it('leaves to the plan what hangs on the zone asked', () => {
    const refusals = [{ code: 'auto_online_conflict' as const, message: '', next: '' }]
    expect(deviceState({ ...bound, driver: 'device_dax', blocks: [], refusals })).toBe('convertible')
  })
})
