interface Waiting {
  name: string
  begin: () => void
}

/** The browser's locks, as far as pages use them, for tests outside one: first come, first served. */
export class SteeredLocks implements Pick<LockManager, 'query'> {
  readonly #held = new Set<string>()
  #waiting: Waiting[] = []

  request<T>(name: string, options: LockOptions, act: (lock: Lock | null) => Promise<T>): Promise<T> {
    if (options.ifAvailable && this.#held.has(name)) return act(null)
    return new Promise((resolve, reject) => {
      const begin = () => {
        this.#held.add(name)
        act({ name, mode: 'exclusive' })
          .then(resolve, reject)
          .finally(() => this.#release(name))
      }
      if (!this.#held.has(name)) return begin()
      const own = { name, begin }
      this.#waiting.push(own)
      options.signal?.addEventListener('abort', () => {
        if (!this.#waiting.includes(own)) return
        this.#waiting = this.#waiting.filter((each) => each !== own)
        reject(new DOMException('The request was aborted.', 'AbortError'))
      })
    })
  }

  query(): Promise<LockManagerSnapshot> {
    return Promise.resolve({
      held: [...this.#held].map((name) => ({ name })),
      pending: this.#waiting.map(({ name }) => ({ name })),
    })
  }

  #release(name: string): void {
    this.#held.delete(name)
    const next = this.#waiting.find((each) => each.name === name)
    if (next === undefined) return
    this.#waiting = this.#waiting.filter((each) => each !== next)
    next.begin()
  }
}
