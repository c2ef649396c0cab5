/**
 * At most `size` at a time, first come first served. sshd allows ten sessions a connection by default
 * (MaxSessions in sshd_config(5)); asking for more fails instead of waiting, so the waiting is done here.
 */
export class Slots {
  private free: number
  private readonly waiting: (() => void)[] = []

  constructor(size: number) {
    this.free = size
  }

  /** Resolves to the function that gives the slot back; rejects with the signal's reason. */
  async take(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted()
    if (this.free > 0) this.free -= 1
    else await this.queue(signal)
    let given = false
    return () => {
      if (given) return
      given = true
      const next = this.waiting.shift()
      if (next === undefined) this.free += 1
      else next()
    }
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
