import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { paced } from '@/app/_lib/paced'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

it('does it at once, then at most once in its time, however often it is asked', async () => {
  const act = vi.fn()
  const pace = paced(1000, act)
  pace.ask()
  await vi.advanceTimersByTimeAsync(1)
  expect(act).toHaveBeenCalledTimes(1)
  for (let i = 0; i < 50; i++) {
    pace.ask()
    await vi.advanceTimersByTimeAsync(100)
  }
  expect(act.mock.calls.length).toBeGreaterThanOrEqual(5)
  expect(act.mock.calls.length).toBeLessThanOrEqual(7)
})

it('waits for the end of what it does, and then does once more what was asked meanwhile', async () => {
  const ends: (() => void)[] = []
  const act = vi.fn(() => new Promise<void>((end) => ends.push(end)))
  const pace = paced(100, act)
  pace.ask()
  await vi.advanceTimersByTimeAsync(1)
  pace.ask()
  pace.ask()
  await vi.advanceTimersByTimeAsync(5000)
  expect(act).toHaveBeenCalledTimes(1)
  ends[0]?.()
  await vi.advanceTimersByTimeAsync(200)
  expect(act).toHaveBeenCalledTimes(2)
  ends[1]?.()
  await vi.advanceTimersByTimeAsync(5000)
  expect(act).toHaveBeenCalledTimes(2)
})

it('rests after a slow answer for as many times as long as it took', async () => {
  const act = vi.fn(() => new Promise<void>((end) => setTimeout(end, 1000)))
  const pace = paced(250, act, 4)
  pace.ask()
  await vi.advanceTimersByTimeAsync(1000)
  pace.ask()
  await vi.advanceTimersByTimeAsync(3990)
  expect(act).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(20)
  expect(act).toHaveBeenCalledTimes(2)
})

it('does nothing any more once it is stopped', async () => {
  const act = vi.fn()
  const pace = paced(100, act)
  pace.ask()
  pace.stop()
  await vi.advanceTimersByTimeAsync(1000)
  expect(act).not.toHaveBeenCalled()
})
