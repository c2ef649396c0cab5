import { createExchange } from '@/server/agents/exchange'
import type { AgentClient } from '@/server/agents/port'
import type { JobStore } from '@/server/jobs/store'
import type { JobContext, WorkerLimits } from '@/server/worker/context'
import { probeHost } from '@/server/worker/probe-host'
import type { WorkerRecords } from '@/server/worker/records'
import { runJob } from '@/server/worker/run-job'
import { sweepJobs } from '@/server/worker/sweep-jobs'
import { DatabaseLink, never } from './link'
import { openSessions } from './network'
import type { Message } from './queue'
import type { World } from './world'

const sweepEveryMs = 10_000
/** As main.ts has it. */
const silenceMs = 15_000
const answerMs = 60_000
const stopWithinMs = 20_000

function limitsOf(world: World): WorkerLimits {
  const ttlMs = 60_000
  const questionMs = 90_000
  return {
    lease: { ttlMs, renewEveryMs: ttlMs / 3 },
    questionMs,
    readyMs: questionMs,
    attempts: 3,
    backOffMs: 2_000,
    reattachMs: 5_000,
    unknownDeadlineMs: world.figures.unknownDeadlineSeconds * 1000,
    stuckAfterMs: 60_000,
    announceEveryMs: 250,
    messageLostMs: 60_000,
    planGivenUpMs: 2 * questionMs,
    hookSeconds: 600,
    offlineSeconds: 60,
    probeIntervalMs: 300_000,
    watch: { everyMs: 60_000, maxHosts: 0, claimMs: 30_000, backOffMs: 2_000, longestBackOffMs: 60_000 },
  }
}

/** Puts a link between a worker and each method of a port. */
function through<Port extends object>(link: DatabaseLink, port: Port): Port {
  return new Proxy(port, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name)
      if (typeof method !== 'function') return method
      return (...given: unknown[]) => link.call(String(name), () => method.apply(target, given))
    },
  })
}

/**
 * One worker process: the real logic of jobs and probes, on ports that reach the simulated database and hosts. When it
 * dies nothing it has begun comes to anything: no call of it is answered any more.
 */
export class WorkerProcess {
  isAlive = true
  isDatabaseAway = false
  private readonly draining = new AbortController()
  private readonly stopping = new AbortController()
  readonly context: JobContext
  private readonly deaths: (() => void)[] = []
  private readonly link: DatabaseLink

  constructor(
    readonly world: World,
    readonly name: string,
  ) {
    this.link = new DatabaseLink(world, this)
    const client: AgentClient = {
      ...createExchange(openSessions(this), { answerMs, silenceMs }),
      close: async () => {},
    }
    this.context = {
      store: through<JobStore>(this.link, world.database.watched),
      records: through<WorkerRecords>(this.link, world.database.records),
      client,
      loadTarget: (hostId) => this.link.call('loadTarget', () => world.targetOf(hostId)),
      holder: name,
      limits: limitsOf(world),
      log: (level, message, about) => {
        if (level !== 'debug') world.trace.say(name, `${message} ${JSON.stringify(about ?? {})}`)
      },
      draining: this.draining.signal,
      stopping: this.stopping.signal,
      watched: new Map(),
      noteSample: () => {},
    }
    world.trace.say(name, 'starts')
    this.sweepFrom(world.random.whole(0, 3_000))
  }

  /** Messages still come to it. */
  get isTaking(): boolean {
    return this.isAlive && !this.draining.signal.aborted
  }

  /** SIGTERM: takes nothing new, and leaves what is not done in time to the next worker. */
  stop(): void {
    if (!this.isTaking) return
    this.world.trace.say(this.name, 'is asked to end')
    this.draining.abort(new Error('The worker is ending.'))
    this.world.later(stopWithinMs, () => this.stopping.abort(new Error('The worker is ending.')))
    this.world.later(2 * stopWithinMs, () => this.die('in the end, as it was asked'))
  }

  /** The job's row changed. */
  hear(jobId: string): void {
    if (this.isAlive) this.context.watched.get(jobId)?.()
  }

  /** kill -9: its connections to hosts close, nothing else is tidied up. */
  die(when: string): void {
    if (!this.isAlive) return
    this.isAlive = false
    this.world.trace.say(this.name, `is killed, ${when}`)
    for (const call of this.deaths) call()
    this.world.replace(this)
  }

  /** What was awaited, while the process lives. */
  async live<T>(awaited: Promise<T>): Promise<T> {
    const value = await awaited
    return this.isAlive ? value : never<T>()
  }

  whenDead(call: () => void): void {
    this.deaths.push(call)
  }

  /** A message of the queue. What it throws is logged, as the worker's own loop does. */
  async handle(message: Message): Promise<void> {
    try {
      if (message.task === 'run-job') await runJob(this.context, message.id)
      else if (message.task === 'probe-host') {
        await probeHost(this.context, message.id)
        await this.context.records.wakeRolloutsOn(message.id)
      } else await this.takeTurn(message.id)
    } catch (error) {
      this.world.trace.say(this.name, `${message.task} failed: ${String(error)}`)
    }
  }

  /** As runTurn: one turn of the rollout and what comes of it. */
  private async takeTurn(rolloutId: string): Promise<void> {
    const { rollouts, queue } = this.world.database
    const { cancels, wakeAfterMs } = await this.link.call('advanceRollout', () => rollouts.turn(this.name))
    for (const { jobId } of cancels) {
      await this.context.store.requestCancel(jobId, { kind: 'worker', id: this.name })
      await this.context.records.wakeJob(jobId, 0)
    }
    const afterMs = cancels.length > 0 ? 0 : wakeAfterMs
    if (afterMs === null) return
    await this.link.call('wakeLater', () =>
      queue.wake('rollout', rolloutId, afterMs, `rollout-later:${rolloutId}`),
    )
  }

  private sweepFrom(afterMs: number): void {
    void this.world.pause(afterMs).then(async () => {
      if (!this.isTaking) return
      try {
        await sweepJobs(this.context)
        await this.link.call('sweepProbes', () => this.world.database.sweepProbes(this.context.limits))
        await this.link.call('sweepRollouts', () => this.world.database.sweepRollouts())
      } catch (error) {
        this.world.trace.say(this.name, `the sweep failed: ${String(error)}`)
      }
      this.sweepFrom(sweepEveryMs)
    })
  }
}
