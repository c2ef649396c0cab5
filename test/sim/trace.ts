import { time } from './time'

/** What happened, for people; kept only when somebody will read it. */
export class Trace {
  readonly lines: string[] = []
  /** Of every line, so that two runs of one seed can be told to be the same. */
  hash = 0
  private readonly startMs = time.nowMs

  constructor(private readonly isKept: boolean) {}

  say(who: string, what: string): void {
    const line = `${((time.nowMs - this.startMs) / 1000).toFixed(3).padStart(10)}  ${who.padEnd(12)}  ${what}`
    for (let at = 0; at < line.length; at++) this.hash = (Math.imul(this.hash, 31) + line.charCodeAt(at)) | 0
    if (this.isKept) this.lines.push(line)
  }
}
