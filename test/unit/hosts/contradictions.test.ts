import { expect, it } from 'vitest'
import { contradictionsOf } from '@/server/hosts/contradictions'
import { convertedDevice, daxDevice, inspectionOf, onlineBlocks } from '@/test/support/inspection'

it.each([daxDevice(), convertedDevice()])('finds nothing in a reading that fits together', (device) => {
  expect(contradictionsOf(inspectionOf('node1', { devices: [device] }))).toEqual([])
})

it('names each thing that cannot be so', () => {
  const { memory } = inspectionOf('node1')
  const found = contradictionsOf(
    inspectionOf('node1', {
      memory: { ...memory, freeBytes: String(2n ** 50n) },
      devices: [
        daxDevice({ mode: 'system-ram', blocks: [onlineBlocks(1, 400)] }),
        daxDevice({ name: 'dax1.0' }),
        daxDevice({
          name: 'dax2.0',
          identity: { id: 'other', detail: [] },
          ranges: [{ start: '9', end: '1' }],
        }),
      ],
    }),
  )
  expect(found.map(({ message }) => message).sort()).toEqual(
    [
      'The host tells of more memory free than it has in all.',
      'dax0.0 is called system-ram, and its driver is device_dax.',
      'dax0.0 is on device_dax, and 400 of its memory blocks are online.',
      'dax0.0 has more memory online than it is large.',
      'dax1.0 and dax0.0 have one identity; the second is left out.',
      'dax2.0 has a range that ends before it begins.',
      'dax0.0 and dax1.0 lie at the same addresses.',
    ].sort(),
  )
})
