import { expect, it } from 'vitest'
import { onSilence } from '@/server/lib/silence'

/** How often the clock was looked at when it told of silence: twice a wait. */
function looksUntilSilence(times: readonly number[]): Promise<number> {
  let looks = 0
  return new Promise((resolve) => {
    onSilence(
      5,
      () => resolve(looks),
      () => times[Math.min(looks++, times.length - 1)] ?? 0,
    )
  })
}

it('tells of silence when its time is over', async () => {
  expect(await looksUntilSilence([0, 5])).toBe(2)
  // A little late is every timer.
  expect(await looksUntilSilence([0, 400])).toBe(2)
})

it('waits again when it was this process that stood still', async () => {
  expect(await looksUntilSilence([0, 9_000, 9_000, 9_005])).toBe(4)
})

it('tells in the end, however slow this process is', async () => {
  let now = 0
  let looks = 0
  await new Promise<void>((resolve) => onSilence(5, resolve, () => (now += ++looks % 2 === 0 ? 9_000 : 0)))
  expect(looks).toBe(12)
})

it('tells nothing once it was ended', async () => {
  let told = false
  onSilence(5, () => (told = true))()
  await looksUntilSilence([0, 5])
  expect(told).toBe(false)
})
