import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readFloor, writeFloor } from '@/app/_lib/floor-text'
import { fleetFloorRefusal } from '@/server/floors/fleet-floor'
import { columnsOf, floorBytesOf, floorOf } from '@/server/floors/floor'
import { type Floor, setFloorsInput } from '@/server/floors/schema'
import { fromWire, wireSchema } from '@/server/rest/wire'

const GiB = 1024n ** 3n
const floor: fc.Arbitrary<Floor> = fc.oneof(
  fc.integer({ min: 0, max: 90 }).map((percent) => ({ percent })),
  fc.bigInt({ min: 0n, max: 1n << 20n }).map((mib) => ({ bytes: mib * 1024n ** 2n })),
)

describe('a capacity floor', () => {
  it('is never lower in bytes than its share, and less than a byte above it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 90 }),
        fc.bigInt({ min: 0n, max: 1n << 50n }),
        (percent, total) => {
          const hundredths = floorBytesOf({ percent }, total) * 100n - total * BigInt(percent)
          expect(hundredths >= 0n && hundredths < 100n).toBe(true)
        },
      ),
    )
    expect(floorBytesOf({ bytes: 7n }, 100n)).toBe(7n)
  })

  it('comes out of its columns as it went in, and out of what is typed as it is shown', () => {
    fc.assert(
      fc.property(floor, (each) => {
        const { bytes, percent } = columnsOf(each)
        expect(floorOf(bytes, percent)).toEqual(each)
        expect(readFloor(writeFloor(each))).toEqual({ floor: each })
      }),
    )
    expect(columnsOf(null)).toEqual({ bytes: null, percent: null })
    expect(floorOf(null, null)).toBeNull()
  })

  it.each(['', 'a lot', '64', '64 GB', '-1 %', '10.5 %', '1e3 GiB'])('is not read from “%s”', (text) => {
    expect(readFloor(text)).toHaveProperty('fault')
  })

  it('is at most 90 % of what there is', () => {
    expect(readFloor('90 %')).toEqual({ floor: { percent: 90 } })
    expect(readFloor('91%')).toEqual({ fault: expect.stringContaining('At most 90 %') })
  })

  it('travels as decimal text over REST', () => {
    const sent = { host: { percent: 5 }, fleet: { bytes: '18014398509481985' } }
    const read = fromWire(wireSchema(setFloorsInput, 'input'), sent)
    expect(setFloorsInput.parse(read)).toEqual({ host: { percent: 5 }, fleet: { bytes: 18014398509481985n } })
    expect(() => setFloorsInput.parse({ ...sent, host: { percent: 5, bytes: 1n } })).toThrow()
  })
})

describe('the floor of the fleet', () => {
  const room = {
    memTotalBytes: 100n * GiB,
    memAvailableBytes: 50n * GiB,
    promisedBytes: 0n,
    takingBytes: 0n,
    floorBytes: 10n * GiB,
  }

  it('holds to the byte', () => {
    expect(fleetFloorRefusal(room, 40n * GiB)).toBeNull()
    expect(fleetFloorRefusal(room, 40n * GiB + 1n)?.next).toContain('lower the floor in Settings')
  })

  it('counts what is promised, and says so', () => {
    const refusal = fleetFloorRefusal({ ...room, promisedBytes: 30n * GiB }, 20n * GiB)
    expect(refusal?.message).toBe(
      'The fleet’s capacity floor would be broken: 50 GiB are available, 30 GiB of them promised to other restores; ' +
        'giving back 20 GiB would leave 0 GiB, and the floor is 10 GiB.',
    )
  })
})
