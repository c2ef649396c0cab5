type Closer = () => unknown

/** What a benchmark has started: ended once, the last first, be it at its end, after a fault or by Ctrl-C. */
export class Closing {
  private readonly closers: Closer[] = []
  private closing: Promise<void> | undefined

  constructor() {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => void this.close().finally(() => process.exit(130)))
  }

  push(closer: Closer): void {
    this.closers.push(closer)
  }

  /** Whoever calls it later waits for the same end: two at once would leave each other's half behind. */
  close(): Promise<void> {
    this.closing ??= this.closeAll()
    return this.closing
  }

  private async closeAll(): Promise<void> {
    for (let closer = this.closers.pop(); closer !== undefined; closer = this.closers.pop()) await closer()
  }
}
