import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { connectGuest, type GuestConnection } from '@/scripts/lab/ssh'
import { placeProgram } from './guest-program'
import type { Guest } from './guests'

const SOURCE = fileURLToPath(new URL('./trapdoor/trapdoor.c', import.meta.url))
const ON_GUEST = '/run/trapdoor'
const DEADLINE_MS = 300_000
const SIGNALS = { kill: 9, stop: 19, terminate: 15 } as const

/**
 * An effect of the agent that others can see, the same in every run: who does what ("write-blocks write
 * /sys/devices/system/memory/memory{n}/state online_movable"), and the occurrence counted.
 */
export interface Point {
  label: string
  nth: number
}

/** `before`: the effect has not happened; `after`: it has, and its process has not gone on. */
export type When = 'before' | 'after'

/**
 * Who is meant: the process at the point, the one that serves the request (convert, attach), the SSH server's
 * process of its login session, or every agent there is.
 */
export type Whom = 'self' | 'parent' | 'session' | 'agents'

/** What to do at the point. A function does it from outside, while the process stands there; then it goes on. */
export type TrapAction =
  | { signal: keyof typeof SIGNALS; whom: Whom | readonly Whom[] }
  | { host: 'reset' | 'power off' }
  | (() => Promise<void>)

export interface Trap {
  /** Resolves once the action is done; rejects when the guest or the watcher went before the point was reached. */
  fired: Promise<void>
  /** Points passed so far; rejects when the guest is gone. */
  passed: () => Promise<Point[]>
  /** True once the point was reached. */
  reached: () => boolean
  /** Lets go of the agent; whatever stands, goes on. */
  disarm: () => Promise<void>
}

/** Runs `work` and tells every point the agent passes meanwhile, in order. */
export async function record(guest: Guest, work: () => Promise<void>): Promise<Point[]> {
  const watcher = await Watcher.start(guest, [])
  try {
    await work()
    return await watcher.all()
  } finally {
    await watcher.stop()
  }
}

/** Lays a trap: the agent is held at the point, the action is done, and the agent goes on if it still lives. */
export async function arm(guest: Guest, trap: { at: Point; when: When; action: TrapAction }): Promise<Trap> {
  const { at, when, action } = trap
  const watcher = await Watcher.start(guest, [at.label, String(at.nth), when])
  const fired = watcher.held.then(async () => {
    if (typeof action === 'function') {
      await action()
      return watcher.say('release')
    }
    if ('host' in action) return watcher.reset(action.host === 'reset' ? 'b' : 'o')
    const whom = typeof action.whom === 'string' ? [action.whom] : action.whom
    // Whoever stands at the point last: its death lets nobody else run on before theirs.
    const order = [...whom].sort((a, b) => Number(a === 'self') - Number(b === 'self'))
    for (const each of order) await watcher.say(`signal ${SIGNALS[action.signal]} ${each}`)
    await watcher.say('release')
  })
  fired.catch(() => {}) // told to whoever waits for it
  return {
    fired,
    passed: () => watcher.all(),
    reached: () => watcher.isHeld,
    disarm: () => watcher.stop(),
  }
}

/** The trapdoor program on a guest, over a connection of its own. */
class Watcher {
  private readonly points: Point[] = []
  isHeld = false
  private readonly obeyed: (() => void)[] = []
  private tellHeld: () => void = () => {}
  private tellWatching: () => void = () => {}
  private tellLost: (error: Error) => void = () => {}
  private write: (text: string) => void = () => {}
  private readonly watching = new Promise<void>((resolve) => {
    this.tellWatching = resolve
  })
  private readonly lost = new Promise<never>((_, reject) => {
    this.tellLost = reject
  })
  readonly held = Promise.race([
    new Promise<void>((resolve) => {
      this.tellHeld = resolve
    }),
    this.lost,
  ])

  private constructor(
    private readonly guest: Guest,
    private readonly client: GuestConnection,
  ) {
    this.lost.catch(() => {})
    this.held.catch(() => {})
  }

  static async start(guest: Guest, trap: readonly string[]): Promise<Watcher> {
    await placeProgram(guest, SOURCE, ON_GUEST)
    const watcher = new Watcher(guest, await connectGuest(guest.ssh, DEADLINE_MS))
    const words = [ON_GUEST, ...trap]
    const command = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ')
    watcher.client.exec(command, (error, channel) => {
      if (error) return watcher.tellLost(error)
      watcher.write = (text) => channel.write(text)
      let said = ''
      channel.stderr.on('data', (chunk: Buffer) => {
        said += chunk.toString()
      })
      createInterface({ input: channel }).on('line', (line) => watcher.hear(line))
      channel.on('close', () => watcher.tellLost(new Error(`The trapdoor closed. ${said}`.trim())))
    })
    watcher.client.once('close', () => watcher.tellLost(new Error('The guest went away.')))
    await watcher.within(watcher.watching)
    return watcher
  }

  /** Every point it has seen up to now: its answer comes after them. */
  async all(): Promise<Point[]> {
    await this.say('report')
    return [...this.points]
  }

  /** Sends a command and waits until it was obeyed. */
  async say(command: string): Promise<void> {
    const done = new Promise<void>((resolve) => this.obeyed.push(resolve))
    this.write(`${command}\n`)
    await this.within(done)
  }

  /** As a power failure: nothing in the guest is asked, nothing is written to its disk any more. */
  async reset(letter: 'b' | 'o'): Promise<void> {
    const gone = this.lost.catch(() => {})
    this.write(`sysrq ${letter}\n`)
    if (letter === 'o') await this.guest.whenOff()
    else await this.guest.whenReadyAgain()
    this.client.destroy()
    await gone
  }

  async stop(): Promise<void> {
    this.client.destroy()
    await this.lost.catch(() => {})
  }

  private hear(line: string): void {
    const [kind, , nth, label] = line.split('\t')
    if (kind === 'point') this.points.push({ label: label ?? '', nth: Number(nth) })
    else if (kind === 'watching') this.tellWatching()
    else if (kind === 'obeyed') this.obeyed.shift()?.()
    else if (kind === 'held') {
      this.isHeld = true
      this.tellHeld()
    }
  }

  private async within<T>(promise: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('The trapdoor does not answer.')), DEADLINE_MS)
    })
    return Promise.race([promise, this.lost, late]).finally(() => clearTimeout(timer))
  }
}
