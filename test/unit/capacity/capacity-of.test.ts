import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BlockRun, Inspection, Sample } from '@/agents/protocol'
import { type Capacity, capacityOf } from '@/server/capacity/capacity-of'
import { layoutOf } from '@/server/capacity/layout'
import type { CapacityReading } from '@/server/capacity/reading'
import { sampleOf } from '@/server/capacity/sample-of'
import { convertedDevice, daxDevice, inspectionOf, onlineBlocks } from '@/test/support/inspection'

const mib = 1024n * 1024n
const host = { hostId: 'host', at: new Date(0) }

const of = (seen: Inspection, sample: Sample) => capacityOf(host, layoutOf(seen), sample)
function readingOf(capacity: Capacity): CapacityReading {
  if ('refused' in capacity) throw new Error(capacity.refused)
  return capacity.reading
}

const plain = inspectionOf('one')
const converted = inspectionOf('one', { devices: [convertedDevice()] })
const pmem = { identity: 'pmem:0f3c', tier: 'pmem' }

describe('what a host’s memory is', () => {
  it('is DRAM alone before a conversion; what the device would yield is told, and what fills no block', () => {
    expect(of(plain, sampleOf(plain))).toMatchObject({
      isWhole: true,
      reading: {
        bootId: 'boot-one',
        totalBytes: 2048n * mib,
        freeBytes: 1024n * mib,
        availableBytes: 1500n * mib,
        tiers: { dram: 2048n * mib, pmem: 0n, cxl: 0n, hbm: 0n },
        devices: [{ ...pmem, movableBytes: 0n, otherZoneBytes: 0n }],
        convertibleBytes: 896n * mib,
        lostBytes: 110n * mib,
      },
    })
  })

  it('has after it the blocks that are online in the device’s tier, by zone, and DRAM is the rest', () => {
    const blocks: BlockRun[] = [
      { ...onlineBlocks(0, 34), zones: 'Normal', node: 0 },
      onlineBlocks(35, 38),
      { ...onlineBlocks(39, 40), zones: 'Normal' },
      { ...onlineBlocks(41, 41), state: 'offline' },
      onlineBlocks(42, 50),
    ]
    expect(readingOf(of(converted, { ...sampleOf(converted), blocks }))).toMatchObject({
      tiers: { dram: (2048n - 768n) * mib, pmem: 768n * mib, cxl: 0n, hbm: 0n },
      devices: [{ ...pmem, movableBytes: 512n * mib, otherZoneBytes: 256n * mib }],
      convertibleBytes: 0n,
      lostBytes: 110n * mib,
    })
  })

  it('counts a conversion that the last inspection knows nothing of: its addresses are the device’s', () => {
    expect(of(plain, sampleOf(converted))).toMatchObject({
      isWhole: true,
      reading: { tiers: { dram: 1152n * mib, pmem: 896n * mib }, convertibleBytes: 0n },
    })
  })

  it('leaves out of a block what describes it, where blocks hold their own page structures', () => {
    const prediction = { ...daxDevice().prediction, memmapFrom: 'device' as const }
    const seen = inspectionOf('one', { devices: [{ ...convertedDevice(), prediction }] })
    // Two MiB of each 128 are struct pages: 7 × 126.
    expect(readingOf(of(seen, sampleOf(seen)))).toMatchObject({
      tiers: { dram: (2048n - 882n) * mib, pmem: 882n * mib },
      devices: [{ movableBytes: 882n * mib }],
    })
    const before = inspectionOf('one', { devices: [daxDevice({ prediction })] })
    expect(readingOf(of(before, sampleOf(before))).convertibleBytes).toBe(882n * mib)
  })

  it.each([
    ['cxl', 'cxl'],
    ['hmem', 'hbm'],
    ['unknown', 'hbm'],
  ] as const)('calls what a device of kind %s brought %s', (kind, tier) => {
    const seen = inspectionOf('one', { devices: [{ ...convertedDevice(), kind }] })
    expect(readingOf(of(seen, sampleOf(seen))).tiers[tier]).toBe(896n * mib)
  })

  it('does not take for convertible what something stands in the way of', () => {
    const refusals = [{ code: 'in_use' as const, message: '', next: '' }]
    const seen = inspectionOf('one', { devices: [daxDevice({ refusals })] })
    expect(readingOf(of(seen, sampleOf(seen))).convertibleBytes).toBe(0n)
  })
})

describe('a sample that shows other devices than were inspected', () => {
  const whole = sampleOf(converted)
  it.each([
    ['another boot', { ...whole, bootId: 'later' }],
    ['another block size', { ...whole, blockSizeBytes: String(256n * mib) }],
    ['a device renamed', { ...whole, devices: whole.devices.map((each) => ({ ...each, name: 'dax1.0' })) }],
    ['a device made anew', { ...whole, devices: whole.devices.map((each) => ({ ...each, sizeBytes: '1' })) }],
  ])('has its totals and nothing that might be another’s: %s', (_what, sample) => {
    expect(of(converted, sample)).toMatchObject({
      isWhole: false,
      reading: { totalBytes: 2048n * mib, tiers: { dram: 2048n * mib, pmem: 0n }, devices: [] },
    })
  })

  it('keeps what is beyond doubt beside a device that is new', () => {
    const [first] = whole.devices
    const devices = [...whole.devices, { name: 'dax1.0', driver: null, sizeBytes: '1', targetNode: 2 }]
    expect(first?.name).toBe('dax0.0')
    expect(of(converted, { ...whole, devices })).toMatchObject({
      isWhole: false,
      reading: { tiers: { pmem: 896n * mib } },
    })
  })

  it('has its totals where nothing was inspected, or without root', () => {
    expect(capacityOf(host, null, whole)).toMatchObject({ isWhole: false, reading: { devices: [] } })
    const unprivileged = { ...converted, privileged: false }
    expect(of(unprivileged, whole)).toMatchObject({ isWhole: false, reading: { devices: [] } })
  })
})

describe('figures that cannot be', () => {
  const memory = (changes: Partial<Sample['memory']>) => ({ memory: { ...converted.memory, ...changes } })
  const node = (id: number, total: bigint, free = 0n) => ({
    id,
    memTotalBytes: String(total),
    memFreeBytes: String(free),
  })
  const [device] = sampleOf(converted).devices
  it.each<[string, Partial<Sample>]>([
    ['no_total', memory({ totalBytes: '0' })],
    ['beyond_address_space', memory({ totalBytes: String(2n ** 52n + 1n) })],
    ['free_exceeds_total', memory({ freeBytes: String(2049n * mib) })],
    ['free_exceeds_total', memory({ availableBytes: String(2049n * mib) })],
    ['node_told_twice', { nodes: [node(0, mib), node(0, mib)] }],
    ['nodes_exceed_total', { nodes: [node(0, 2048n * mib), node(1, 1n)] }],
    ['nodes_exceed_total', { nodes: [node(0, mib, 2n * mib)] }],
    ['device_told_twice', { devices: device === undefined ? [] : [device, device] }],
    ['blocks_told_twice', { blocks: [onlineBlocks(35, 41), onlineBlocks(41, 42)] }],
    ['devices_exceed_total', memory({ totalBytes: String(895n * mib), freeBytes: '0', availableBytes: '0' })],
  ])('are refused as %s', (refused, changes) => {
    expect(of(converted, { ...sampleOf(converted), ...changes })).toEqual({ refused })
  })

  it('are refused when two devices were read at one address', () => {
    const twin = convertedDevice()
    const seen = inspectionOf('one', {
      devices: [twin, { ...twin, name: 'dax1.0', identity: { id: 'pmem:twin', detail: [] } }],
    })
    expect(of(seen, { ...sampleOf(seen), blocks: [] })).toEqual({ refused: 'devices_overlap' })
  })
})

/** Devices one after the other with gaps between, of any alignment, and any blocks over them. */
const machine = fc
  .record({
    gapsMib: fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 6 }),
    lengthsMib: fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 6, maxLength: 6 }),
    onMemory: fc.boolean(),
    states: fc.array(fc.constantFrom('online', 'offline', 'absent'), { minLength: 150, maxLength: 150 }),
    zones: fc.array(fc.constantFrom('Movable', 'Normal', 'Normal Movable'), {
      minLength: 150,
      maxLength: 150,
    }),
    dramMib: fc.integer({ min: 1, max: 4000 }),
  })
  .map(({ gapsMib, lengthsMib, onMemory, states, zones, dramMib }) => {
    let end = 1024
    const devices = gapsMib.map((gap, at) => {
      const start = end + gap
      end = start + (lengthsMib[at] ?? 1)
      return daxDevice({
        name: `dax${at}.0`,
        identity: { id: `device-${at}`, detail: [] },
        kind: (['pmem', 'cxl', 'hmem'] as const)[at % 3] ?? 'pmem',
        ranges: [{ start: String(BigInt(start) * mib), end: String(BigInt(end) * mib - 1n) }],
        prediction: { ...daxDevice().prediction, memmapFrom: onMemory ? 'device' : 'normal' },
      })
    })
    const blocks = states.flatMap((state, id): BlockRun[] =>
      state === 'absent' ? [] : [{ first: id, last: id, state, zones: zones[id] ?? '', node: 1 }],
    )
    const yieldMib = onMemory ? 126n : 128n
    // By the plainest way there is: each block of each device on its own.
    const expected = devices.map(({ ranges }) => {
      const [range] = ranges
      const inside = blocks.filter(({ first, state }) => {
        const from = BigInt(first) * 128n * mib
        const isWithin =
          from >= BigInt(range?.start ?? 0) && from + 128n * mib - 1n <= BigInt(range?.end ?? 0)
        return isWithin && state === 'online'
      })
      const isMovable = ({ zones: told }: BlockRun) => told === 'Movable'
      return {
        movableBytes: BigInt(inside.filter(isMovable).length) * yieldMib * mib,
        otherZoneBytes: BigInt(inside.filter((run) => !isMovable(run)).length) * yieldMib * mib,
      }
    })
    const ofDevices = expected.reduce((sum, each) => sum + each.movableBytes + each.otherZoneBytes, 0n)
    const totalBytes = ofDevices + BigInt(dramMib) * mib
    const seen = inspectionOf('one', {
      devices,
      memory: { totalBytes: String(totalBytes), freeBytes: '0', availableBytes: '0', movableBytes: '0' },
    })
    return {
      seen,
      sample: { ...sampleOf(seen), blocks },
      expected,
      dramBytes: BigInt(dramMib) * mib,
      totalBytes,
    }
  })

describe('on any machine', () => {
  it('tiers add up to MemTotal, DRAM is what no device brought, and a block is counted once', () => {
    fc.assert(
      fc.property(machine, ({ seen, sample, expected, dramBytes, totalBytes }) => {
        const { tiers, devices } = readingOf(of(seen, sample))
        expect(tiers.dram + tiers.pmem + tiers.cxl + tiers.hbm).toBe(totalBytes)
        expect(tiers.dram).toBe(dramBytes)
        expect(devices.map(({ movableBytes, otherZoneBytes }) => ({ movableBytes, otherZoneBytes }))).toEqual(
          expected,
        )
      }),
    )
  })

  it('nothing that a host tells breaks it: a reading adds up and is never negative, or is refused by name', () => {
    const decimal = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String)
    const near = fc.oneof(decimal, fc.bigInt({ min: 0n, max: 4096n * mib }).map(String))
    const id = fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 2 ** 25 }))
    const any = fc.record({
      memory: fc.record({
        totalBytes: near,
        freeBytes: near,
        availableBytes: near,
        movableBytes: near,
      }),
      nodes: fc.array(fc.record({ id, memTotalBytes: near, memFreeBytes: near }), { maxLength: 4 }),
      blockSizeBytes: fc.oneof(fc.constant(String(128n * mib)), decimal),
      blocks: fc.array(
        fc.tuple(id, id, fc.constantFrom('online', 'offline', 'unknown'), fc.string({ maxLength: 9 })).map(
          ([a, b, state, zones]): BlockRun => ({
            first: Math.min(a, b),
            last: Math.max(a, b),
            state,
            zones,
            node: null,
          }),
        ),
        { maxLength: 5 },
      ),
      ranges: fc.array(fc.record({ start: near, end: near }), { maxLength: 3 }),
      memmapBytes: near,
      blockCount: id,
    })
    fc.assert(
      fc.property(any, ({ ranges, memmapBytes, blockCount, ...told }) => {
        const prediction = {
          ...daxDevice().prediction,
          memmapFrom: 'device' as const,
          memmapBytes,
          blockCount,
        }
        const device = daxDevice({ ranges, prediction })
        const seen = inspectionOf('one', { devices: [device], blockSizeBytes: told.blockSizeBytes })
        const capacity = of(seen, { ...sampleOf(seen), ...told })
        if ('refused' in capacity) return
        const { tiers, totalBytes, freeBytes, nodes, devices, convertibleBytes, lostBytes } = capacity.reading
        expect(tiers.dram + tiers.pmem + tiers.cxl + tiers.hbm).toBe(totalBytes)
        const sizes = [
          ...Object.values(tiers),
          ...nodes.flatMap((node) => [node.totalBytes, node.freeBytes]),
          ...devices.flatMap((each) => [each.movableBytes, each.otherZoneBytes]),
          freeBytes,
          convertibleBytes,
          lostBytes,
        ]
        for (const size of sizes) expect(size >= 0n && size <= 2n ** 52n).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})
