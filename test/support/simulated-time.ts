import { createHash } from 'node:crypto'
import type { ModelWorld } from '@/agents/model/world'
import { Random } from './random'

interface Timer {
  atMs: number
  order: number
  call: () => void
}

/** A clock that moves only when nothing else is left to do, and chance that comes from a seed: all of it repeats. */
export class SimulatedTime implements ModelWorld {
  private readonly timers = new Set<Timer>()
  private readonly random: Random
  private now = 1_000
  private order = 0

  constructor(seed = 1) {
    this.random = new Random(seed)
  }

  nowMs(): number {
    return this.now
  }

  timer(ms: number, call: () => void): () => void {
    const timer = { atMs: this.now + Math.max(0, ms), order: this.order++, call }
    this.timers.add(timer)
    return () => void this.timers.delete(timer)
  }

  randomHex(bytes: number): string {
    const byte = () => this.random.whole(0, 255)
    return Array.from({ length: bytes }, () => byte().toString(16).padStart(2, '0')).join('')
  }

  sha256(text: string): string {
    return createHash('sha256').update(text).digest('hex')
  }

  /** Lets time pass until the promise is settled; throws when nothing is left that could settle it. */
  async until<T>(awaited: Promise<T>): Promise<T> {
    let isSettled = false
    const settled = () => {
      isSettled = true
    }
    awaited.then(settled, settled)
    for (;;) {
      // What is under way needs no time: a turn of the event loop comes after all of it.
      await new Promise((resolve) => setImmediate(resolve))
      if (isSettled) return awaited
      if (!this.step()) throw new Error('Nothing is left to wait for, and it has not come.')
    }
  }

  /** Rings the next timer; false without one. */
  private step(): boolean {
    let next: Timer | null = null
    for (const timer of this.timers) {
      const isSooner =
        next === null || timer.atMs < next.atMs || (timer.atMs === next.atMs && timer.order < next.order)
      if (isSooner) next = timer
    }
    if (next === null) return false
    this.timers.delete(next)
    this.now = next.atMs
    next.call()
    return true
  }
}
