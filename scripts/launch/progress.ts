const EVERY_MS = 15_000

/**
 * Tells every while what is being waited for and since when, as long as anything is: a first start takes minutes on a
 * busy machine, and silence looks like standing still. What is done sooner is not mentioned.
 */
export class Progress {
  private readonly doing = new Map<string, number>()
  private timer: NodeJS.Timeout | undefined

  constructor(
    private readonly say: (line: string) => void,
    private readonly everyMs = EVERY_MS,
  ) {}

  /** `what` as in "building the agent"; resolves and rejects as `work` does. */
  async during<T>(what: string, work: Promise<T>): Promise<T> {
    this.doing.set(what, performance.now())
    this.timer ??= setInterval(() => this.tell(), this.everyMs).unref()
    try {
      return await work
    } finally {
      this.doing.delete(what)
      if (this.doing.size === 0) {
        clearInterval(this.timer)
        this.timer = undefined
      }
    }
  }

  private tell(): void {
    const now = performance.now()
    const parts = [...this.doing].map(([what, since]) => `${what} (${spell(now - since)})`)
    this.say(`  still ${parts.join(', ')}`)
  }
}

function spell(ms: number): string {
  const seconds = Math.round(ms / 1000)
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}
