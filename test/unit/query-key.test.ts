import { hashKey } from '@tanstack/react-query'
import { expect, it } from 'vitest'
import { hashOfKey } from '@/app/_lib/query-client'

const key = (bytes: unknown) => [['rollouts', 'preview'], { input: { share: { per: 'host', bytes } } }]

it('tells questions with bytes apart, whatever the order of their fields', () => {
  expect(hashOfKey(key(5n))).toBe(
    hashOfKey([['rollouts', 'preview'], { input: { share: { bytes: 5n, per: 'host' } } }]),
  )
  expect(hashOfKey(key(5n))).not.toBe(hashOfKey(key(6n)))
  expect(hashOfKey(key(5n))).not.toBe(hashOfKey(key('5')))
  expect(hashOfKey(key(2n ** 60n))).not.toBe(hashOfKey(key(2n ** 60n + 1n)))
})

it('is the library’s own where there are none', () => {
  const plain = [
    ['hosts', 'list'],
    { input: { query: 'a', at: new Date(0), none: undefined, list: [1, null] } },
  ]
  expect(hashOfKey(plain)).toBe(hashKey(plain))
})
