/**
 * At most `size` at a time, first come first served. sshd allows ten sessions a connection by default
 * (MaxSessions in sshd_config(5)); asking for more fails instead of waiting, so the waiting is done here.
 */
export class Slots {
  private used = 0
  private returned = 0
  private readonly waiting: (() => void)[] = []

  constructor(private size: number) {}

  /** How many are taken now. */
  get inUse(): number {
    return this.used
  }

  /** How many were given back so far. */
  get givenBack(): number {
    return this.returned
  }

  /** The other side allows fewer than was thought; what is taken already stays so until given back. */
  shrinkTo(size: number): void {
    this.size = Math.min(this.size, Math.max(1, size))
  }

  /** Resolves to the function that gives the slot back; rejects with the signal's reason. */
  async take(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted()
    if (this.used < this.size) this.used += 1
    else await this.queue(signal)
    let given = false
    return () => {
      if (given) return
      given = true
      this.used -= 1
      this.returned += 1
      this.wakeNext()
    }
  }

  private wakeNext(): void {
    if (this.used >= this.size) return
    const next = this.waiting.shift()
    if (next === undefined) return
    // Counted for the one that wakes before anybody else can ask.
    this.used += 1
    next()
  }

  private queue(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal.removeEventListener('abort', leave)
        resolve()
      }
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(enter), 1)
        reject(signal.reason)
      }
      this.waiting.push(enter)
      signal.addEventListener('abort', leave, { once: true })
    })
  }
}
