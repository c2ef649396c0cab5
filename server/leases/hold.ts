import { performance } from 'node:perf_hooks'
import type { LeaseStore, LeaseToken } from './store'

export interface LeaseTimes {
  ttlMs: number
  /** A third of the ttl or less: two renewals may fail before the host is let go. */
  renewEveryMs: number
}

/** A host that this process may act for until `signal` aborts. */
export interface HeldHost {
  hostId: string
  token: LeaseToken
  /** Aborts when the lease is lost, or could not be renewed in time to be sure of it. */
  signal: AbortSignal
  release(): Promise<void>
}

/**
 * Takes the host's lease and keeps renewing it; null while somebody else holds it. Whoever cannot renew stops before
 * the lease can expire: the deadline counts from before the last renewal was sent, on this process's monotonic clock.
 */
export async function holdHost(
  store: LeaseStore,
  hostId: string,
  holder: string,
  { ttlMs, renewEveryMs }: LeaseTimes,
): Promise<HeldHost | null> {
  let sureUntilMs = performance.now() + ttlMs
  const epoch = await store.takeLease(hostId, holder, ttlMs)
  if (epoch === null) return null
  const token: LeaseToken = { holder, epoch }
  const lost = new AbortController()
  let renewing = false

  const renew = async () => {
    // One renewal before the end of certainty must still fit: give up a tick early rather than late.
    if (performance.now() + renewEveryMs / 2 >= sureUntilMs) return stop('could not be renewed in time')
    if (renewing) return
    renewing = true
    const sentMs = performance.now()
    try {
      if (await store.renewLease(hostId, token, ttlMs)) sureUntilMs = sentMs + ttlMs
      else stop('went to another')
    } catch {
      // The database is away: certainty runs out by itself, and the next tick tries again.
    } finally {
      renewing = false
    }
  }
  const timer = setInterval(renew, renewEveryMs)
  const stop = (why: string) => {
    clearInterval(timer)
    lost.abort(new Error(`The lease of host ${hostId} ${why}.`))
  }

  return {
    hostId,
    token,
    signal: lost.signal,
    async release() {
      clearInterval(timer)
      await store.releaseLease(hostId, token)
    },
  }
}
