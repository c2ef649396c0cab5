import { expect, it } from 'vitest'
import { gather } from '@/server/lib/gather'

/** A writer whose batches end when they are told to. */
function heldWriter() {
  const batches: { items: string[]; end: (fault?: Error) => void }[] = []
  const write = (items: readonly string[]) =>
    new Promise<void>((resolve, reject) => {
      batches.push({ items: [...items], end: (fault) => (fault === undefined ? resolve() : reject(fault)) })
    })
  const batch = (at: number) => {
    const found = batches[at]
    if (found === undefined) throw new Error(`There is no batch ${at}.`)
    return found
  }
  return { give: gather(write), batches, batch }
}

/** Everything that is ready to run has run. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

it('writes what comes while a batch is being written together, after it', async () => {
  const { give, batches, batch } = heldWriter()
  const first = give('a')
  await settled()
  const others = [give('b'), give('c')]
  await settled()
  expect(batches.map(({ items }) => items)).toEqual([['a']])
  batch(0).end()
  await first
  await settled()
  expect(batches.map(({ items }) => items)).toEqual([['a'], ['b', 'c']])
  batch(1).end()
  await Promise.all(others)
})

it('tells a fault to those whose batch it was, and goes on with the next', async () => {
  const { give, batch } = heldWriter()
  const first = give('a')
  await settled()
  const second = give('b')
  batch(0).end(new Error('away'))
  await expect(first).rejects.toThrow('away')
  await settled()
  batch(1).end()
  await expect(second).resolves.toBeUndefined()
})
