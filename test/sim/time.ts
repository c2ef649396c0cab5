/**
 * The only clock of a simulation. The build (build.ts) puts what is exported here in the place of the globals of the
 * same name, so that the code under test, unchanged, waits for this clock and asks it for the time.
 */

interface Timer {
  atMs: number
  order: number
  call: () => void
  everyMs: number | null
  isOff: boolean
}

const startMs = 1_767_225_600_000

class VirtualTime {
  nowMs = startMs
  fired = 0
  private heap: Timer[] = []
  private orders = 0

  /** Forgets everything that waits: a new simulation begins. */
  begin(): void {
    this.nowMs = startMs
    this.heap = []
    this.orders = 0
    this.fired = 0
  }

  add(call: () => void, afterMs: number, everyMs: number | null = null): Timer {
    const timer = {
      atMs: this.nowMs + Math.max(0, afterMs),
      order: this.orders++,
      call,
      everyMs,
      isOff: false,
    }
    this.push(timer)
    return timer
  }

  /** Runs what is due next; false when nothing waits. */
  fireNext(): boolean {
    for (;;) {
      const timer = this.pop()
      if (timer === undefined) return false
      if (timer.isOff) continue
      this.nowMs = timer.atMs
      this.fired += 1
      if (timer.everyMs !== null) {
        timer.atMs += Math.max(1, timer.everyMs)
        timer.order = this.orders++
        this.push(timer)
      } else timer.isOff = true
      timer.call()
      return true
    }
  }

  private isBefore(a: Timer, b: Timer): boolean {
    return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
  }

  private push(timer: Timer): void {
    const { heap } = this
    let at = heap.length
    heap.push(timer)
    while (at > 0) {
      const above = (at - 1) >> 1
      const other = heap[above]
      if (other === undefined || !this.isBefore(timer, other)) break
      heap[at] = other
      at = above
    }
    heap[at] = timer
  }

  private pop(): Timer | undefined {
    const { heap } = this
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      const left = heap[below]
      if (left === undefined) break
      let least = left
      const right = heap[below + 1]
      if (right !== undefined && this.isBefore(right, left)) {
        least = right
        below += 1
      }
      if (!this.isBefore(least, last)) break
      heap[at] = least
      at = below
    }
    heap[at] = last
    return first
  }
}

export const time = new VirtualTime()

/** What setTimeout gives, as far as anybody here uses it. */
class Handle {
  constructor(readonly timer: Timer) {}
  ref(): this {
    return this
  }
  unref(): this {
    return this
  }
}

type Call = (...given: unknown[]) => void

export function setTimeout(call: Call, ms = 0, ...given: unknown[]): Handle {
  return new Handle(time.add(() => call(...given), ms))
}

export function setInterval(call: Call, ms = 0, ...given: unknown[]): Handle {
  return new Handle(time.add(() => call(...given), ms, ms))
}

export function clearTimeout(handle?: Handle | null): void {
  if (handle) handle.timer.isOff = true
}

export function clearInterval(handle?: Handle | null): void {
  clearTimeout(handle)
}

export const performance = { now: () => time.nowMs }

const RealDate = globalThis.Date

class VirtualDate extends RealDate {
  constructor(...given: [] | [number | string | globalThis.Date]) {
    if (given.length === 0) super(time.nowMs)
    else super(given[0])
  }
  static override now(): number {
    return time.nowMs
  }
}

export { VirtualDate as Date }
