import { createWriteStream, type WriteStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { readyLine } from './image/recipe'

/** A guest that prints for ever must fill neither memory nor disk. */
const keptCharacters = 256 * 1024
const fileLimitBytes = 8 * 1024 * 1024

/** Follows a guest's serial console: keeps its end, writes it to a file, and counts the boots it announces. */
export class GuestConsole {
  private kept = ''
  private written = 0
  private partial = ''
  private readonly file: WriteStream
  private readonly waiting = new Set<() => void>()
  /** How often this QEMU's guest has said that SSH listens; a second time after it rebooted itself. */
  readyCount = 0

  constructor(stream: Readable, path: string) {
    this.file = createWriteStream(path, { flags: 'w' })
    this.file.on('error', () => {}) // the log is a courtesy: a full disk must not take the guest down
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => this.add(text))
    stream.on('end', () => this.file.end())
  }

  /** The last 256 KiB the guest printed. */
  text(): string {
    return this.kept
  }

  /** The last lines, for error messages. */
  tail(lines = 25): string {
    return this.kept.trimEnd().split('\n').slice(-lines).join('\n')
  }

  /** Resolves when the guest has said "ready" more than `after` times; never rejects (race it with a deadline). */
  ready(after = 0): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (this.readyCount <= after) return
        this.waiting.delete(check)
        resolve()
      }
      this.waiting.add(check)
      check()
    })
  }

  private add(text: string): void {
    this.kept = (this.kept + text).slice(-keptCharacters)
    if (this.written < fileLimitBytes) {
      this.written += text.length
      this.file.write(text)
    }
    const lines = (this.partial + text).split('\n')
    this.partial = (lines.pop() ?? '').slice(-4096)
    for (const line of lines) if (line.includes(readyLine)) this.readyCount += 1
    for (const check of [...this.waiting]) check()
  }
}
