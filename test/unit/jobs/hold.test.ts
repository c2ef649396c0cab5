import { describe, expect, it, vi } from 'vitest'
import { holdHost } from '@/server/leases/hold'
import type { LeaseStore } from '@/server/leases/store'

const leases = (renewLease: LeaseStore['renewLease']): LeaseStore => ({
  takeLease: async () => 7n,
  renewLease,
  releaseLease: async () => true,
})
const times = { ttlMs: 120, renewEveryMs: 30 }
const lostWithin = (signal: AbortSignal) =>
  vi.waitUntil(() => signal.aborted, { timeout: 5_000, interval: 5 })

describe('a held host', () => {
  it('is not held while somebody else has it', async () => {
    const store: LeaseStore = { ...leases(async () => true), takeLease: async () => null }
    expect(await holdHost(store, 'h', 'me', times)).toBeNull()
  })

  it('is let go the moment a renewal is refused', async () => {
    const held = await holdHost(
      leases(async () => false),
      'h',
      'me',
      times,
    )
    if (held === null) throw new Error('not held')
    await lostWithin(held.signal)
    expect(held.token).toEqual({ holder: 'me', epoch: 7n })
    await held.release()
  })

  it('is let go before it can expire when the database does not answer', async () => {
    const held = await holdHost(
      leases(() => new Promise<boolean>(() => {})),
      'h',
      'me',
      times,
    )
    if (held === null) throw new Error('not held')
    await lostWithin(held.signal)
    await held.release()
  })

  it('survives a renewal that fails once', async () => {
    let calls = 0
    const store = leases(async () => {
      calls += 1
      if (calls === 1) throw new Error('the connection broke')
      return true
    })
    const held = await holdHost(store, 'h', 'me', { ttlMs: 10_000, renewEveryMs: 5 })
    if (held === null) throw new Error('not held')
    await vi.waitUntil(() => calls >= 3, { timeout: 5_000, interval: 5 })
    expect(held.signal.aborted).toBe(false)
    await held.release()
  })
})
