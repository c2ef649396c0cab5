import { expect, test } from 'vitest'
import { blockCountOf, writePath, writesAsText } from '@/app/_lib/writes'

const online = {
  step: 'online',
  path: '/sys/devices/system/memory/memory{block}/state',
  value: 'online_movable',
  blocks: [
    [32, 38],
    [40, 40],
  ] as const,
}

test('a write to many blocks is one line that names their ranges', () => {
  expect(writePath(online)).toBe('/sys/devices/system/memory/memory{32–38,40}/state')
  expect(blockCountOf(online)).toBe(8)
})

test('many ranges keep their two ends', () => {
  const blocks = Array.from({ length: 20 }, (_, index) => [index * 2, index * 2] as const)
  expect(writePath({ ...online, blocks })).toContain('{0,2,4,6,8,…,38}')
})

test('writes copy as text with their results', () => {
  const bind = { step: 'bind', path: '/sys/bus/dax/drivers/kmem/bind', value: 'dax0.0', result: 'EBUSY' }
  expect(writesAsText([bind])).toBe('/sys/bus/dax/drivers/kmem/bind\tdax0.0\tEBUSY')
})
