import { expect, it } from 'vitest'
import { standingFleet } from '@/scripts/lab/fleet'
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
