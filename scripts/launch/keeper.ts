import { setTimeout as sleep } from 'node:timers/promises'
import { Child, type ChildEnd, type ChildSpec } from './child'
import { LaunchError } from './launch-error'
import { waitFor } from './wait'

export interface KeptSpec extends ChildSpec {
  /** True when it serves. Asked every 50 ms after each start. */
  readonly isReady: () => Promise<boolean> | boolean
  readonly readyWithinMs: number
  readonly say: (line: string) => void
  /** Called with the process id of each run. */
  readonly onStart?: (pid: number) => void
}

const FIRST_PAUSE_MS = 200
const LONGEST_PAUSE_MS = 10_000
/** A run of this length was a healthy one: the next pause is short again. */
const HEALTHY_MS = 30_000
/** One that ends this often before it ever served will not serve by being started again. */
const FIRST_TRIES = 3

/** Keeps one child running: starts it again when it ends, after pauses that grow while it keeps ending. */
export class Keeper {
  private child: Child | undefined
  private stopping = false
  private pauseMs = FIRST_PAUSE_MS
  private readonly quit = new AbortController()
  private loop: Promise<void> = Promise.resolve()

  constructor(private readonly spec: KeptSpec) {}

  get pid(): number | undefined {
    return this.child?.isRunning ? this.child.pid : undefined
  }

  /** Starts it; resolves when it serves. Rejects with one sentence when it cannot be brought to serve. */
  async start(signal: AbortSignal): Promise<void> {
    const limit = AbortSignal.any([signal, this.quit.signal])
    const deadline = performance.now() + this.spec.readyWithinMs
    for (let failures = 0; ; ) {
      const child = this.run()
      let end: ChildEnd | undefined
      void child.ended.then((ended) => {
        end = ended
      })
      const ready = await waitFor(
        async () => (end === undefined ? (await this.spec.isReady()) || undefined : false),
        {
          withinMs: deadline - performance.now(),
          everyMs: 50,
          signal: limit,
        },
      )
      if (ready === true) {
        this.loop = this.keep(child)
        return
      }
      await child.stop()
      failures += 1
      const why = end === undefined ? 'gave no sign of serving' : `ended ${end.how}`
      const words = end?.lastWords ? ` (${end.lastWords})` : ''
      if (failures >= FIRST_TRIES || end === undefined) {
        throw new LaunchError(`The ${this.spec.name} process ${why} while it was being started${words}.`)
      }
    }
  }

  /** Ends it for good. */
  async stop({ atOnce = false } = {}): Promise<void> {
    this.stopping = true
    this.quit.abort(new Error('stopping'))
    await this.child?.stop({ atOnce })
    await this.loop
  }

  private run(): Child {
    const child = new Child(this.spec)
    this.child = child
    if (child.pid !== undefined) this.spec.onStart?.(child.pid)
    return child
  }

  private async keep(first: Child): Promise<void> {
    let child = first
    for (;;) {
      const started = performance.now()
      const end = await child.ended
      if (this.stopping) return
      if (performance.now() - started > HEALTHY_MS) this.pauseMs = FIRST_PAUSE_MS
      this.spec.say(
        `The ${this.spec.name} process ended ${end.how}; starting it again in ${(this.pauseMs / 1000).toFixed(1)} s.`,
      )
      await sleep(this.pauseMs, undefined, { signal: this.quit.signal }).catch(() => {})
      if (this.stopping) return
      this.pauseMs = Math.min(this.pauseMs * 2, LONGEST_PAUSE_MS)
      child = this.run()
    }
  }
}
