import * as os from 'os'
import { type Host, HostError } from '../host'
import { errnoName } from '../lib/errno'
import { decodeUtf8 } from '../lib/utf8'

const OUTPUT_LIMIT_BYTES = 1024 * 1024
const SIGKILL = 9
/** A pipe closes a moment before its process can be reaped, or long before where a program lets go of its output. */
const REAP_EVERY_MS = 2

/** Gathers what a child writes until it closes its end, and then its end: how it ended, what it said. */
export function gather(
  pid: number,
  readEnd: number,
  { slowAfterMs, onSlow, killAfterMs, readsOnly }: Omit<Parameters<Host['run']>[1], 'stdin'>,
): ReturnType<Host['run']> {
  return new Promise((resolve, reject) => {
    const parts: Uint8Array[] = []
    let size = 0
    let timedOut = false
    const buffer = new ArrayBuffer(16 * 1024)
    const timers: unknown[] = []
    if (killAfterMs !== undefined) {
      const kill = () => {
        timedOut = true
        os.kill(pid, SIGKILL)
        if (!readsOnly) return
        os.setReadHandler(readEnd, null)
        os.close(readEnd)
        resolve({ status: null, stdout: '', timedOut })
      }
      timers.push(os.setTimeout(kill, killAfterMs))
    }
    if (slowAfterMs !== undefined && onSlow !== undefined) {
      timers.push(os.setTimeout(() => void onSlow().catch(reject), slowAfterMs))
    }
    const reap = () => {
      const [ended, status] = os.waitpid(pid, os.WNOHANG)
      if (ended === 0) return void os.setTimeout(reap, REAP_EVERY_MS)
      for (const timer of timers) os.clearTimeout(timer)
      const all = new Uint8Array(size)
      let offset = 0
      for (const part of parts) {
        all.set(part, offset)
        offset += part.length
      }
      const exited = ended === pid && (status & 0x7f) === 0
      resolve({ status: exited ? (status >> 8) & 0xff : null, stdout: decodeUtf8(all), timedOut })
    }
    os.setReadHandler(readEnd, () => {
      const n = os.read(readEnd, buffer, 0, buffer.byteLength)
      if (n === -11 || n === -4) return
      if (n > 0) {
        if (size + n <= OUTPUT_LIMIT_BYTES) {
          parts.push(new Uint8Array(buffer, 0, n).slice())
          size += n
        }
        return
      }
      os.setReadHandler(readEnd, null)
      os.close(readEnd)
      reap()
    })
  })
}

/**
 * Runs a program to its end, its stdout and stderr gathered. After SIGKILL the wait goes on all the same: a child in
 * an uninterruptible kernel call still acts, and whoever pretended that it had ended would lie about the host. One that only
 * reads is left to itself: firmware that does not answer would hold up what there is to do about it.
 */
export const runProgram: Host['run'] = (argv, { stdin, ...limits }) => {
  const ends = os.pipe()
  const none = os.open('/dev/null', os.O_RDWR)
  if (ends === null || none < 0) throw new HostError('pipe', argv[0] ?? '', 24, errnoName(24))
  const [readEnd, writeEnd] = ends
  const pid = os.exec(argv, {
    block: false,
    usePath: true,
    stdin: stdin ?? none,
    stdout: writeEnd,
    stderr: limits.dropsErrors ? none : writeEnd,
  })
  os.close(writeEnd)
  os.close(none)

  return gather(pid, readEnd, limits)
}
