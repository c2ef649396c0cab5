import { type Handle, type Host, HostError } from '../host'
import { ENOENT, ENOSPC } from '../lib/errno'
import { decodeUtf8 } from '../lib/utf8'
import type { JournalLine } from '../protocol'
import { JOBS, journalPath, removeQuietly, reservePath } from './state'
import { settleToken } from './token'

type Bare<Line> = Line extends JournalLine ? Omit<Line, 'n' | 'uptimeMs'> : never
/** A journal line before it has its number and time. */
export type JournalEntry = Bare<JournalLine>

const NEWLINE = 10

function parseLine(text: string): JournalLine | null {
  try {
    const value: unknown = JSON.parse(text)
    const fields = value as Record<string, unknown> | null
    if (typeof fields !== 'object' || fields === null) return null
    return typeof fields.n === 'number' && typeof fields.kind === 'string'
      ? (fields as unknown as JournalLine)
      : null
  } catch {
    return null
  }
}

/** The lines of the latest attempt: an outcome of an earlier one is none of it. */
export function lastAttempt(lines: readonly JournalLine[]): readonly JournalLine[] {
  const opened = lines.map(({ kind }) => kind).lastIndexOf('open')
  return opened === -1 ? lines : lines.slice(opened)
}

/** Reads a journal as it grows. A line is one only with its newline: what a death tore off is no line. */
export class JournalReader {
  private offset = 0
  private lastNumber = 0
  private rest: Uint8Array = new Uint8Array(0)

  constructor(
    private readonly host: Host,
    private readonly handle: Handle,
  ) {}

  /** True when the last bytes are a torn line. */
  get torn(): boolean {
    return this.rest.length > 0
  }

  async next(): Promise<JournalLine[]> {
    const lines: JournalLine[] = []
    for (;;) {
      const bytes = await this.host.readFrom(this.handle, this.offset)
      if (bytes.length === 0) return lines
      this.offset += bytes.length
      const joined = new Uint8Array(this.rest.length + bytes.length)
      joined.set(this.rest)
      joined.set(bytes, this.rest.length)
      let start = 0
      for (let end = joined.indexOf(NEWLINE); end >= 0; end = joined.indexOf(NEWLINE, start)) {
        const line = parseLine(decodeUtf8(joined.subarray(start, end)))
        // A full disk may have taken some lines of several before they were all written once more.
        if (line !== null && line.n > this.lastNumber) {
          this.lastNumber = line.n
          lines.push(line)
        }
        start = end + 1
      }
      this.rest = joined.slice(start)
    }
  }
}

/** All whole lines of a job's journal; null when there is none. */
export async function readJournal(
  host: Host,
  jobId: string,
): Promise<{ lines: JournalLine[]; torn: boolean } | null> {
  let handle: Handle
  try {
    handle = await host.openRead(journalPath(jobId))
  } catch (error) {
    if (error instanceof HostError && error.errno === ENOENT) return null
    throw error
  }
  try {
    const reader = new JournalReader(host, handle)
    return { lines: await reader.next(), torn: reader.torn }
  } finally {
    await host.close(handle)
  }
}

/** Appends numbered lines. What it says is said to `onLine` as well, once it is in the file. */
export class JournalWriter {
  private settled = false
  private held: { line: JournalLine; text: string }[] = []

  private constructor(
    private readonly host: Host,
    private readonly jobId: string,
    private readonly handle: Handle,
    private n: number,
    private readonly onLine: (line: JournalLine) => Promise<void>,
  ) {}

  static async open(
    host: Host,
    jobId: string,
    known: { lines: JournalLine[]; torn: boolean } | null,
    onLine: (line: JournalLine) => Promise<void>,
  ): Promise<JournalWriter> {
    const path = journalPath(jobId)
    const handle = known === null ? await host.createExclusive(path) : await host.openAppend(path, false)
    // A torn line gets its newline, so that it cannot swallow the next one; readers pass over it.
    if (known?.torn === true) await host.append(handle, '\n')
    const last = known?.lines[known.lines.length - 1]
    return new JournalWriter(host, jobId, handle, last?.n ?? 0, onLine)
  }

  get lastLine(): number {
    return this.n
  }

  /** In the file at once, after whatever was noted. */
  async write(entry: JournalEntry): Promise<void> {
    await this.note(entry)
    await this.flush()
  }

  /**
   * Held until the next line that is written, sync or flush: each write wakes whoever follows the journal, and lines
   * that follow each other within a moment may be one. Only where the next is at hand, or a death would hide them.
   */
  async note(entry: JournalEntry): Promise<void> {
    const uptimeMs = String(Math.floor(await this.host.uptimeMs()))
    const line = { n: this.n + 1, uptimeMs, ...entry } as JournalLine
    this.held.push({ line, text: `${JSON.stringify(line)}\n` })
    this.n++
  }

  /** Writes what was noted. To be called before anything that may take its time. */
  async flush(): Promise<void> {
    const lines = this.held
    if (lines.length === 0) return
    this.held = []
    const text = lines.map((each) => each.text).join('')
    try {
      await this.host.append(this.handle, text)
    } catch (error) {
      if (!(error instanceof HostError) || error.errno !== ENOSPC) throw error
      // The reserve is for this; a part of the line may be in the file already and must not join the next.
      await removeQuietly(this.host, reservePath(this.jobId))
      await this.host.append(this.handle, `\n${text}`)
    }
    for (const { line } of lines) await this.onLine(line)
  }

  /**
   * On the disk; the first time with its name and the fencing token's. Most of what an fsync takes is the journal of
   * the filesystem, which holds all of it by then: three cost what one does.
   */
  async sync(): Promise<void> {
    await this.flush()
    await this.host.fsync(this.handle)
    if (this.settled) return
    await this.host.fsyncDirectory(JOBS)
    await settleToken(this.host)
    this.settled = true
  }

  async close(): Promise<void> {
    await this.flush()
    await this.host.close(this.handle)
  }
}
