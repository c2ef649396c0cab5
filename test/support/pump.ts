import type { Socket } from 'node:net'

/** hold: nothing moves and buffers fill; drop: what comes vanishes, only hang-ups are passed on. */
export type Flow = 'pass' | 'hold' | 'drop' | { bytesPerSecond: number }

/** How often a slow flow carries its share. */
const TICK_MS = 50

/**
 * Carries bytes from one socket to another as its flow says. It reads only what it can hand on, so that what it does
 * not carry stands in the sender's way. The end of the source is carried like a byte: never through a held flow.
 */
export class Pump {
  private rest: Buffer = Buffer.alloc(0)
  private timer: NodeJS.Timeout | null = null
  private sourceEnded = false
  private sourceClosed = false
  private full = false

  constructor(
    private readonly source: Socket,
    private readonly sink: Socket,
    private flow: Flow,
    private readonly onGone: () => void,
  ) {
    source.on('readable', () => this.move())
    source.on('end', () => {
      this.sourceEnded = true
      this.move()
    })
    source.on('close', () => {
      this.sourceClosed = true
      this.move()
    })
    sink.on('drain', () => {
      this.full = false
      this.move()
    })
    sink.on('close', () => this.stopTimer())
    this.move()
  }

  set(flow: Flow): void {
    this.flow = flow
    this.stopTimer()
    this.move()
  }

  private move(): void {
    while (this.flow !== 'hold' && this.timer === null && !this.full && !this.sink.destroyed) {
      if (this.rest.length === 0) {
        const chunk: Buffer | null = this.source.read()
        if (chunk === null) {
          this.finish()
          return
        }
        this.rest = chunk
      }
      if (this.flow === 'drop') {
        this.rest = Buffer.alloc(0)
        continue
      }
      const share = this.flow === 'pass' ? this.rest.length : shareOf(this.flow.bytesPerSecond)
      this.full = !this.sink.write(this.rest.subarray(0, share))
      this.rest = this.rest.subarray(share)
      if (this.flow !== 'pass') this.wait()
    }
  }

  private wait(): void {
    this.timer = setTimeout(() => {
      this.timer = null
      this.move()
    }, TICK_MS)
  }

  /** Nothing is left to carry: an end is passed on as an end, a broken connection as a broken one. */
  private finish(): void {
    if (this.sourceClosed) {
      if (this.sourceEnded) this.sink.end()
      else this.sink.destroy()
      this.onGone()
    } else if (this.sourceEnded) {
      this.sink.end()
    }
  }

  private stopTimer(): void {
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
  }
}

function shareOf(bytesPerSecond: number): number {
  return Math.max(1, Math.round((bytesPerSecond * TICK_MS) / 1000))
}
