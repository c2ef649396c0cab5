import { expect, it } from 'vitest'
import { oneAtATime } from '@/server/worker/one-at-a-time'

function gate() {
  const calls: { id: string; end: () => void; fail: () => void }[] = []
  const work = (id: string) =>
    new Promise<void>((resolve, reject) => {
      calls.push({ id, end: resolve, fail: () => reject(new Error('no')) })
    })
  return { calls, run: oneAtATime(work) }
}

it('works once more, however many came while it worked', async () => {
  const { calls, run } = gate()
  const first = run('a')
  await Promise.all([run('a'), run('a'), run('a')])
  expect(calls).toHaveLength(1)
  calls[0]?.end()
  await expect.poll(() => calls.length).toBe(2)
  calls[1]?.end()
  await first
  expect(calls).toHaveLength(2)
})

it('lets different ids go side by side', () => {
  const { calls, run } = gate()
  void run('a')
  void run('b')
  expect(calls.map(({ id }) => id)).toEqual(['a', 'b'])
})

it('begins anew after a fault', async () => {
  const { calls, run } = gate()
  const first = run('a')
  calls[0]?.fail()
  await expect(first).rejects.toThrow('no')
  void run('a')
  expect(calls).toHaveLength(2)
})
