import { expect, it } from 'vitest'
import { parsePool } from '@/server/pools/selector'
import { unservedWords } from '@/server/pools/words'

it.each([
  ['', '', 0],
  ['label:site=berlin', 'label:site=berlin', 1],
  ['  label:site=berlin   label:rack!=r1 ', 'label:rack!=r1 label:site=berlin', 2],
  ['label:rack!=r1 label:site=berlin label:rack!=r1', 'label:rack!=r1 label:site=berlin', 2],
  ['label:site label!=lab', 'label!=lab label:site', 2],
  ['label:site="New York"', 'label:site="New York"', 1],
])('%s is %s, whatever its order and spaces', (text, selector, count) => {
  const pool = parsePool(text)
  expect([pool.selector, pool.conditions.length]).toEqual([selector, count])
  // What it comes out as is read as the same.
  expect(parsePool(selector)).toEqual(pool)
})

it.each(['state:ready', 'berlin', 'label:', 'site=berlin'])('%s is no pool, and it is said why', (text) => {
  expect(() => parsePool(text)).toThrow(/^WORKER_SELECTOR (takes labels only|cannot be read: .*\.$)/)
})

it('names a pool so that a shell reads it as it is', () => {
  expect(unservedWords("label:site=l'aquila").next).toContain(`WORKER_SELECTOR='label:site=l'\\''aquila'`)
})
