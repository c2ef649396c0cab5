import * as os from 'os'
import * as shim from 'shim'
import { type Host, HostError } from '../host'
import { errnoName } from '../lib/errno'
import { decodeUtf8 } from '../lib/utf8'

const SIGKILL = 9
const LOOK_EVERY_MS = 20
/** Read in one go: whoever says more and more must not keep us from the clock. */
const MOST_CHUNKS = 8

/** The last bytes of what a descriptor gave. */
class Tail {
  private kept = new Uint8Array(0)

  constructor(private readonly mostBytes: number) {}

  add(bytes: Uint8Array): void {
    const joined = new Uint8Array(this.kept.length + bytes.length)
    joined.set(this.kept)
    joined.set(bytes, this.kept.length)
    this.kept = joined.slice(Math.max(0, joined.length - this.mostBytes))
  }

  get text(): string {
    return decodeUtf8(this.kept)
  }
}

/**
 * The end of the program is the end of the run, whatever still holds its output: a service that it left in the
 * background would keep the pipe open for ever.
 */
export const runAlone: Host['runAlone'] = (path, environment, { killAfterMs, keepBytes }) => {
  const lines = Object.entries(environment).map(([name, value]) => `${name}=${value}`)
  const started = shim.startAlone(path, lines.join('\n'))
  if (typeof started === 'number') throw new HostError('fork', path, -started, errnoName(-started))
  const [pid, output] = started
  const tail = new Tail(keepBytes)
  const chunk = new ArrayBuffer(16 * 1024)
  const drain = (): 'open' | 'closed' => {
    for (let left = MOST_CHUNKS; left > 0; left--) {
      const n = os.read(output, chunk, 0, chunk.byteLength)
      if (n > 0) tail.add(new Uint8Array(chunk, 0, n))
      else return n === 0 ? 'closed' : 'open'
    }
    return 'open'
  }
  return new Promise((resolve) => {
    let timedOut = false
    const deadline = os.setTimeout(() => {
      timedOut = true
      os.kill(-pid, SIGKILL)
    }, killAfterMs)
    // Emptied as it comes, or a program that says much would stand still at a full pipe.
    os.setReadHandler(output, () => {
      if (drain() === 'closed') os.setReadHandler(output, null)
    })
    const look = () => {
      const [ended, status] = os.waitpid(pid, os.WNOHANG)
      if (ended === 0) return void os.setTimeout(look, LOOK_EVERY_MS)
      os.clearTimeout(deadline)
      os.kill(-pid, SIGKILL)
      drain()
      os.setReadHandler(output, null)
      os.close(output)
      const exited = ended === pid && (status & 0x7f) === 0
      resolve({ status: exited ? (status >> 8) & 0xff : null, stdout: tail.text, timedOut })
    }
    look()
  })
}
