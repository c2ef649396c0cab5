import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { paced } from '@/app/_lib/paced'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('what is paced', () => {
  it('is done at once after a rest, and however often it is asked for, once in its time', async () => {
    const act = vi.fn()
    const pace = paced(250, act)
    pace.ask()
    await vi.advanceTimersByTimeAsync(0)
    expect(act).toHaveBeenCalledTimes(1)
    for (let i = 0; i < 20; i++) pace.ask()
    await vi.advanceTimersByTimeAsync(249)
    expect(act).toHaveBeenCalledTimes(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(act).toHaveBeenCalledTimes(2)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(act).toHaveBeenCalledTimes(2)
  })

  it('waits for a slow answer, and then does once more what was asked for meanwhile', async () => {
    const answers: (() => void)[] = []
    const act = vi.fn(() => new Promise<void>((resolve) => answers.push(resolve)))
    const pace = paced(250, act)
    pace.ask()
    await vi.advanceTimersByTimeAsync(0)
    pace.ask()
    pace.ask()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(act).toHaveBeenCalledTimes(1)
    answers[0]?.()
    await vi.advanceTimersByTimeAsync(0)
    expect(act).toHaveBeenCalledTimes(2)
    answers[1]?.()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(act).toHaveBeenCalledTimes(2)
  })

  it('is not done any more once it is stopped', async () => {
    const act = vi.fn()
    const pace = paced(250, act)
    pace.ask()
    pace.stop()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(act).not.toHaveBeenCalled()
  })
})
