import { expect, it } from 'vitest'
import { cxlGuest, standingFleet } from '@/scripts/lab/fleet'
import { softReservedArgs, softReservedTotalMib } from '@/scripts/lab/soft-reserved'
import { resolveSpec } from '@/scripts/lab/spec'

it('gives a guest that asks for nothing one devdax NVDIMM of its kind’s usual size', () => {
  expect(resolveSpec({ name: 'a' })).toMatchObject({
    kind: 'small',
    memoryMib: 768,
    nvdimms: [{ sizeMib: 1024, namespace: 'devdax' }],
  })
  expect(resolveSpec({ name: 'b', kind: 'production' }).memoryMib).toBeGreaterThan(64 * 1024)
})

it.each([1026, 0, -16, 15.5])(
  'refuses an NVDIMM of %s MiB, which the kernel would call misaligned',
  (sizeMib) => {
    expect(() => resolveSpec({ name: 'a', nvdimms: [{ sizeMib, namespace: 'devdax' }] })).toThrow(
      'multiple of 16 MiB',
    )
  },
)

it.each(['', 'A', '1a', 'a/b', 'a b', '../a', 'a'.repeat(32)])(
  'refuses the name "%s", which becomes a folder',
  (name) => {
    expect(() => resolveSpec({ name })).toThrow('no guest name')
  },
)

it('names every guest of a fleet once, and puts production’s geometry second', () => {
  const fleet = standingFleet(60)
  expect(new Set(fleet.map((spec) => spec.name)).size).toBe(60)
  expect(fleet[1]?.kind).toBe('production')
  for (const spec of fleet) expect(resolveSpec(spec).nvdimms[0]?.namespace).toBe('devdax')
})

it('takes the release that has CXL by itself, and gives a guest of other memory no NVDIMM', () => {
  const memdevs = [{ sizeMib: 512, serial: '0xa1' }]
  const cxl = { memdevs, windows: [0], regions: [{ window: 0, serials: ['0xa1'] }] }
  expect(resolveSpec({ name: 'a', cxl })).toMatchObject({ release: 'next', nvdimms: [] })
  expect(resolveSpec({ name: 'a', softReservedMib: [128] })).toMatchObject({ release: 'own', nvdimms: [] })
  expect(resolveSpec(cxlGuest).cxl.regions).toHaveLength(2)
  expect(() => resolveSpec({ name: 'a', cxl, release: 'own' })).toThrow('next release')
  expect(() => resolveSpec({ name: 'a', cxl: { ...cxl, windows: [] } })).toThrow('window there is not')
  expect(() => resolveSpec({ name: 'a', softReservedMib: [100] })).toThrow('multiple of 128 MiB')
})

it('lays soft-reserved memory right behind RAM, and QEMU’s tables behind both', () => {
  const spec = resolveSpec({ name: 'a', softReservedMib: [512, 256] })
  expect(softReservedArgs(spec)).toEqual([
    'memmap=512M%768M-1+0xefffffff',
    'memmap=256M%1280M-1+0xefffffff',
    'memmap=2M%1536M-1+2',
  ])
  expect(softReservedTotalMib(spec)).toBe(770)
  expect(softReservedArgs(resolveSpec({ name: 'a' }))).toEqual([])
})
