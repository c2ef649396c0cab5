import * as os from 'os'
import type { Host } from '../host'
import { decodeUtf8 } from '../lib/utf8'
import { MAX_LINE_BYTES } from '../protocol'

type Answer = Awaited<ReturnType<Host['readLine']>>
const NEWLINE = 10

/**
 * Reads lines off a descriptor with the event loop, never by a blocking read: a blocked read would see neither a
 * time-out nor a signal. The handler is only set while somebody waits, or it would keep the process alive.
 */
export function lineReader(fd: number): Host['readLine'] {
  const chunk = new ArrayBuffer(16 * 1024)
  let pending: Uint8Array[] = []
  let pendingBytes = 0
  let ended = false

  const take = (): Answer | null => {
    const lastChunk = pending[pending.length - 1]
    if (lastChunk !== undefined && lastChunk.indexOf(NEWLINE) >= 0) {
      const joined = new Uint8Array(pendingBytes)
      let offset = 0
      for (const part of pending) {
        joined.set(part, offset)
        offset += part.length
      }
      const end = joined.indexOf(NEWLINE)
      const rest = joined.slice(end + 1)
      pending = rest.length > 0 ? [rest] : []
      pendingBytes = rest.length
      return { line: decodeUtf8(joined.subarray(0, end)) }
    }
    if (pendingBytes > MAX_LINE_BYTES) return 'too_long'
    return ended ? 'eof' : null
  }

  return (timeoutMs) =>
    new Promise((resolve) => {
      const ready = take()
      if (ready !== null) return resolve(ready)
      let timer: unknown
      const finish = (answer: Answer) => {
        os.setReadHandler(fd, null)
        if (timer !== undefined) os.clearTimeout(timer)
        resolve(answer)
      }
      if (timeoutMs !== null) {
        timer = os.setTimeout(() => {
          timer = undefined
          finish('timeout')
        }, timeoutMs)
      }
      os.setReadHandler(fd, () => {
        const n = os.read(fd, chunk, 0, chunk.byteLength)
        // EAGAIN and EINTR: nothing yet.
        if (n === -11 || n === -4) return
        if (n <= 0) ended = true
        else {
          pending.push(new Uint8Array(chunk, 0, n).slice())
          pendingBytes += n
        }
        const answer = take()
        if (answer !== null) finish(answer)
      })
    })
}

/** Waits until a descriptor can be read, or `timeoutMs` have passed, and empties it: what it says is only "look". */
export function awaitReadable(fd: number, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      os.setReadHandler(fd, null)
      resolve()
    }
    const timer = os.setTimeout(finish, timeoutMs)
    os.setReadHandler(fd, () => {
      os.clearTimeout(timer)
      const chunk = new ArrayBuffer(4096)
      while (os.read(fd, chunk, 0, chunk.byteLength) > 0);
      finish()
    })
  })
}
