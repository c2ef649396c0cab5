import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { shortIdentities } from '@/app/_lib/identity'

const place = ';iset=0x1d5b0001a2c30010;dimms=8089-a2-1837-00001234'

describe('a short identity', () => {
  it('is the uuid’s two ends, without what every device of its kind has', () => {
    const uuids = 'e56220e2-1111-4222-8333-44444444518c+0a0b0c0d-1111-4222-8333-000000000001'
    expect(shortIdentities([`pmem:${uuids}${place}`])).toEqual(['e56220e2…4444518c'])
  })

  it('shows the end where only the end differs', () => {
    expect(
      shortIdentities([
        'pmem:00000000-0000-4000-8000-00000000000a',
        'pmem:00000000-0000-4000-8000-00000000000b',
      ]),
    ).toEqual(['00000000…0000000a', '00000000…0000000b'])
  })

  it('shows the middle where only the middle differs', () => {
    expect(
      shortIdentities([
        'cxl:serials=0x12345678;range=0x490000000-0x4cfffffff',
        'cxl:serials=0x12345678;range=0x4d0000000-0x50fffffff',
      ]),
    ).toEqual(['serial…x490000000…', 'serial…x4d0000000…'])
  })

  it('keeps interleave set and DIMM where a uuid is missing', () => {
    const [one, two] = shortIdentities(['pmem:no-uuid;iset=0x1;dimms=a', 'pmem:no-uuid;iset=0x2;dimms=b'])
    expect(one).not.toBe(two)
  })

  it('is whole where it is short anyway', () => {
    expect(shortIdentities(['pmem:0f3c'])).toEqual(['0f3c'])
  })

  it('never makes two devices look alike', () => {
    const text = fc.string({ unit: fc.constantFrom('0', '1', '+', ';'), minLength: 15, maxLength: 40 })
    fc.assert(
      fc.property(fc.uniqueArray(text, { minLength: 2, maxLength: 5 }), (texts) => {
        expect(new Set(shortIdentities(texts)).size).toBe(texts.length)
      }),
    )
  })
})
