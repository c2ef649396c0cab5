/**
 * Hands what is given to `write` in batches: what comes while one is being written goes together after it, so that a
 * statement a host becomes one for all hosts that wait. Each call settles as the batch does that had its item.
 */
export function gather<T>(write: (items: readonly T[]) => Promise<void>): (item: T) => Promise<void> {
  let waiting: { items: T[]; done: Promise<void> } | null = null
  let last: Promise<unknown> = Promise.resolve()
  return (item) => {
    if (waiting !== null) {
      waiting.items.push(item)
      return waiting.done
    }
    const items = [item]
    const done = last.then(() => {
      waiting = null
      return write(items)
    })
    waiting = { items, done }
    // The fault of one batch is told to those who gave it something, and to nobody else.
    last = done.catch(() => {})
    return done
  }
}
