import { describe, expect, it } from 'vitest'
import { AttemptLimiter } from '@/server/auth/attempts'

function limiter() {
  const clock = { now: 0 }
  const attempts = new AttemptLimiter({ attempts: 2, windowMs: 1000, accounts: 3 }, () => clock.now)
  return { clock, attempts }
}

describe('counting sign-in attempts', () => {
  it('stops an account at its limit and no other', () => {
    const { attempts } = limiter()
    expect([attempts.allow('a'), attempts.allow('a'), attempts.allow('a')]).toEqual([true, true, false])
    expect(attempts.allow('b')).toBe(true)
  })

  it('begins anew with the next window, or after a sign-in', () => {
    const { attempts, clock } = limiter()
    for (let n = 0; n < 3; n += 1) attempts.allow('a')
    clock.now = 1000
    expect(attempts.allow('a')).toBe(true)
    attempts.allow('a')
    attempts.forget('a')
    expect(attempts.allow('a')).toBe(true)
  })

  it('remembers no more accounts than it may', () => {
    const { attempts } = limiter()
    for (const account of ['a', 'b', 'c', 'd']) attempts.allow(account)
    attempts.allow('d')
    // Forgotten, as the oldest: it counts from one again. The newest is not.
    expect([attempts.allow('d'), attempts.allow('a')]).toEqual([false, true])
  })
})
