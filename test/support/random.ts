/** A small generator of numbers that are the same for the same seed (mulberry32), for schedules that can be replayed. */
export class Random {
  constructor(private state: number) {}

  /** At least 0, less than 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }

  /** A whole number from `least` to `most`, both included. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1))
  }

  /** One of several, `weight` times as likely as one of weight 1. */
  pick<T>(choices: readonly { value: T; weight: number }[]): T {
    let at = this.next() * choices.reduce((sum, { weight }) => sum + weight, 0)
    for (const { value, weight } of choices) {
      at -= weight
      if (at < 0) return value
    }
    throw new Error('Nothing to pick from.')
  }
}
