import type { ClientChannel } from 'ssh2'
import type { Connection } from './connection'
import { clip, stopped } from './contact-errors'
import { ContactError } from './target'

export interface ProcessLimits {
  /** Longest line (and, for `run`, longest output) taken from the host, in bytes. */
  maxLineBytes: number
  /** Everything it may print on stdout, in bytes. */
  maxOutputBytes: number
}

export interface ProcessEnd {
  status: number | null
  signal: string | null
  /** The last 4 KiB, made safe to show. */
  stderr: string
}

const maxStderrBytes = 4_096
/** Lines read ahead of the consumer before the host is made to wait. */
const readAhead = 64
/** sshd answers a close at once, or, where the program outlives its channel, when that program ends: perhaps never. */
const closeMs = 5_000

/** A program running on a host, read line by line, bounded in all it may send. */
export class RemoteProcess {
  private readonly lines: string[] = []
  private partial: Buffer[] = []
  private partialBytes = 0
  private totalBytes = 0
  private stderrText = ''
  private status: number | null = null
  private endSignal: string | null = null
  private failure: Error | null = null
  private closed = false
  private wake: (() => void) | null = null
  private unclosed: NodeJS.Timeout | undefined

  private constructor(
    private readonly connection: Connection,
    private readonly channel: ClientChannel,
    private readonly limits: ProcessLimits,
  ) {}

  /** Starts `command`; the signal ends the channel and fails reading with `timed_out` or `lost_contact`. */
  static async start(
    connection: Connection,
    command: string,
    options: ProcessLimits & { signal: AbortSignal; stands?: boolean },
  ): Promise<RemoteProcess> {
    const { signal, stands = false } = options
    const channel = await connection.exec(command, signal, { stands })
    const process = new RemoteProcess(connection, channel, options)
    const onAbort = () => process.fail(stopped(connection.target, signal))
    signal.addEventListener('abort', onAbort, { once: true })
    channel.on('data', (chunk: Buffer) => process.take(chunk))
    channel.stderr.on('data', (chunk: Buffer) => {
      process.stderrText = (process.stderrText + chunk.toString('utf8')).slice(-maxStderrBytes)
    })
    channel.on('error', (error: Error) => process.fail(error))
    channel.stdin.on('error', () => {}) // the other end is gone; its status or the close tells
    // Told with the close as well as by 'exit', which a quick program may have sent before anybody could listen.
    channel.on('close', (status?: number | null, name?: string) => {
      signal.removeEventListener('abort', onAbort)
      process.status = status ?? null
      process.endSignal = name ?? null
      process.finish()
    })
    if (signal.aborted) onAbort()
    return process
  }

  /** The next line without its newline; null once the program ended. Rejects with ContactError. */
  async nextLine(): Promise<string | null> {
    for (;;) {
      const line = this.lines.shift()
      if (line !== undefined) {
        if (this.lines.length < readAhead / 2) this.channel.resume()
        return line
      }
      if (this.failure !== null) throw this.failure
      if (this.closed) return null
      await new Promise<void>((resolve) => {
        this.wake = resolve
      })
    }
  }

  /** Sends a line to the program's stdin. */
  writeLine(line: string): void {
    this.channel.stdin.write(`${line}\n`)
  }

  /** Sends the last of the input, without waiting: a program that never reads it is bounded by the signal. */
  endInput(bytes?: Buffer): void {
    this.channel.stdin.end(bytes)
  }

  /** Known once `nextLine` gave null. */
  end(): ProcessEnd {
    return { status: this.status, signal: this.endSignal, stderr: clip(this.stderrText, 500) }
  }

  /** Closes the channel; the program sees its stdin end and its stdout broken. Reading then fails with `reason`. */
  kill(reason: ContactError = stopped(this.connection.target)): void {
    this.fail(reason)
  }

  private take(chunk: Buffer): void {
    if (this.failure !== null) return
    this.totalBytes += chunk.length
    if (this.totalBytes > this.limits.maxOutputBytes) {
      this.overflow(this.limits.maxOutputBytes, 'in all')
      return
    }
    let rest = chunk
    for (let at = rest.indexOf(10); at >= 0; at = rest.indexOf(10)) {
      this.push(rest.subarray(0, at))
      if (this.failure !== null) return
      this.lines.push(Buffer.concat(this.partial).toString('utf8'))
      this.partial = []
      this.partialBytes = 0
      rest = rest.subarray(at + 1)
    }
    this.push(rest)
    if (this.lines.length > readAhead) this.channel.pause()
    this.notify()
  }

  private push(bytes: Buffer): void {
    this.partialBytes += bytes.length
    if (this.partialBytes > this.limits.maxLineBytes) this.overflow(this.limits.maxLineBytes, 'in one line')
    else if (bytes.length > 0) this.partial.push(bytes)
  }

  private overflow(limitBytes: number, where: string): void {
    this.fail(
      new ContactError(
        'output_overflow',
        `${this.connection.target.name} sent more than ${limitBytes} bytes ${where} and was cut off.`,
        'Look at what the account’s shell profile or a ForceCommand prints on that host.',
      ),
    )
  }

  private fail(error: Error): void {
    if (this.closed || this.failure !== null) return
    this.failure = error
    this.lines.length = 0
    this.partial = []
    this.channel.destroy()
    // ssh2 tells of the close only when everything that came was read.
    this.channel.resume()
    // The slot is held as long as the session is; rather than run out of them, the next call gets a new connection.
    this.unclosed = setTimeout(() => this.connection.retire(), closeMs)
    this.unclosed.unref()
    this.notify()
  }

  private finish(): void {
    this.closed = true
    clearTimeout(this.unclosed)
    // A channel that closed without an exit status was cut, not ended; so was one that had to give way.
    if ((this.status === null && this.endSignal === null) || this.connection.hasGivenWay(this.channel))
      this.failure ??= this.connection.whyClosed(this.channel)
    else if (this.partialBytes > 0 && this.failure === null)
      this.lines.push(Buffer.concat(this.partial).toString('utf8'))
    this.partial = []
    this.notify()
  }

  private notify(): void {
    const { wake } = this
    this.wake = null
    wake?.()
  }
}

/** Runs a short program to its end. `stdin` is sent whole; stdout comes back as lines. */
export async function runRemote(
  connection: Connection,
  command: string,
  options: ProcessLimits & { signal: AbortSignal; stdin?: Buffer },
): Promise<ProcessEnd & { lines: string[] }> {
  const process = await RemoteProcess.start(connection, command, options)
  process.endInput(options.stdin)
  const lines: string[] = []
  for (let line = await process.nextLine(); line !== null; line = await process.nextLine()) lines.push(line)
  return { ...process.end(), lines }
}
