/**
 * Counts sign-in attempts an account, in memory: the network address is no key, since without a trusted proxy anybody can
 * claim any. Bounded, so that made-up names cost nothing.
 */
export class AttemptLimiter {
  private readonly counts = new Map<string, { attempts: number; until: number }>()

  constructor(
    private readonly limit: { attempts: number; windowMs: number; accounts: number },
    private readonly now: () => number = Date.now,
  ) {}

  /** Counts one attempt; false when the account has had its share of this window. */
  allow(account: string): boolean {
    const now = this.now()
    const known = this.counts.get(account)
    if (known === undefined || known.until <= now) {
      this.counts.delete(account)
      this.makeRoom(now)
      this.counts.set(account, { attempts: 1, until: now + this.limit.windowMs })
      return true
    }
    known.attempts += 1
    return known.attempts <= this.limit.attempts
  }

  /** After a sign-in that worked. */
  forget(account: string): void {
    this.counts.delete(account)
  }

  private makeRoom(now: number): void {
    if (this.counts.size < this.limit.accounts) return
    for (const [account, { until }] of this.counts) if (until <= now) this.counts.delete(account)
    // Insertion order is age: the oldest entry has the least time left.
    const oldest = this.counts.keys().next()
    if (this.counts.size >= this.limit.accounts && !oldest.done) this.counts.delete(oldest.value)
  }
}
