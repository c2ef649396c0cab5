import { expect, it, vi } from 'vitest'
import { deadlineSignal } from '@/server/lib/deadline'

it('aborts with a TimeoutError when the time is over', () => {
  vi.useFakeTimers()
  const signal = deadlineSignal(1_000)
  vi.advanceTimersByTime(999)
  expect(signal.aborted).toBe(false)
  vi.advanceTimersByTime(1)
  expect(signal.reason).toMatchObject({ name: 'TimeoutError' })
  vi.useRealTimers()
})

it('aborts with whatever aborts first, and keeps its reason', () => {
  const [one, other] = [new AbortController(), new AbortController()]
  const signal = deadlineSignal(60_000, one.signal, other.signal)
  other.abort(new Error('the other'))
  one.abort(new Error('the one'))
  expect(signal.reason).toMatchObject({ message: 'the other' })
})

it('is aborted from the start when a source is', () => {
  expect(deadlineSignal(60_000, AbortSignal.abort(new Error('long ago'))).reason).toMatchObject({
    message: 'long ago',
  })
})
