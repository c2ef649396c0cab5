import { isEnded } from '@/server/jobs/transitions'
import type { SshTarget } from '@/server/ssh/target'
import { Random } from '../support/random'
import { must } from '../support/rollout-limits'
import { SimulatedDatabase } from './database'
import { disturb, order, restart } from './disturbances'
import { drawFigures, type Faults, type Figures } from './figures'
import { convertByHand, mayBringBack, mayPress, questionOf } from './hands'
import { SimulatedHost } from './simulated-host'
import type { Surroundings } from './surroundings'
import { time } from './time'
import { Trace } from './trace'
import { Watch } from './watch'
import { WorkerProcess } from './worker-process'

const calm: Faults = {
  workerDies: 0,
  workerStands: 0,
  workerStops: 0,
  agentDies: 0,
  agentStands: 0,
  databaseAway: 0,
  lineCut: 0,
  lineSilent: 0,
  lineSlow: 0,
  slowSudo: 0,
  slowWrite: 0,
  wakeUpLost: 0,
  wakeUpTwice: 0,
  restarts: 0,
  networkAway: 0,
  clicks: 0,
  driftEverySeconds: 0,
  broughtBack: 0,
  pressure: 0,
  unboundEverySeconds: 0,
  handEverySeconds: 0,
  pinEverySeconds: 0,
}

/** Longer than every patience there is, one after the other. */
const settlesWithinMs = 24 * 3_600_000

/** Everything of one seed: hosts, network, database, workers, people, and the storm that goes over them. */
export class World implements Surroundings {
  readonly figures: Figures
  readonly random: Random
  readonly trace: Trace
  readonly database: SimulatedDatabase
  readonly hosts: SimulatedHost[]
  private readonly watch: Watch
  faults: Faults = calm
  isStormy = false
  private readonly workers: WorkerProcess[] = []
  private workersEver = 0
  private broken: unknown = null

  constructor(seed: number, isTold: boolean) {
    time.begin()
    this.trace = new Trace(isTold)
    this.figures = drawFigures(seed)
    this.random = new Random(seed)
    this.watch = new Watch(this)
    this.database = new SimulatedDatabase(this)
    this.hosts = this.figures.hosts.map(
      (each, at) => new SimulatedHost(this, `h${at}`, `host-${at}`, each, at),
    )
  }

  get nowMs(): number {
    return time.nowMs
  }

  timer(ms: number, call: () => void): () => void {
    const timer = time.add(call, ms)
    return () => {
      timer.isOff = true
    }
  }

  later(ms: number, call: () => void): void {
    time.add(call, ms)
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.later(ms, resolve))
  }

  /** Whether a fault of this share strikes now. */
  strikes(share: number): boolean {
    return share > 0 && this.random.next() < share
  }

  hostOf(hostId: string): SimulatedHost {
    const host = this.hosts.find(({ id }) => id === hostId)
    if (host === undefined) throw new Error(`No host ${hostId}.`)
    return host
  }

  targetOf(hostId: string): SshTarget {
    const { name } = this.hostOf(hostId)
    const address = `${name}.test`
    return { hostId, name, address, port: 22, username: 'root', privateKey: '', trustedKeys: [] }
  }

  anyWorker(): WorkerProcess | null {
    const alive = this.workers.filter(({ isTaking }) => isTaking)
    return alive[this.random.whole(0, alive.length - 1)] ?? null
  }

  /** Workers that watch the job hear of it, as long as their connection stands. */
  announce(jobId: string): void {
    for (const worker of this.workers) {
      if (worker.isDatabaseAway || this.strikes(this.faults.databaseAway)) continue
      this.later(this.random.whole(0, 10), () => worker.hear(jobId))
    }
  }

  /** The supervisor: a worker that died is started again, a moment later. */
  replace(dead: WorkerProcess): void {
    this.workers.splice(this.workers.indexOf(dead), 1)
    this.later(this.random.whole(100, 20_000), () => this.startWorker())
  }

  /** Lets the watch look. What it finds ends the simulation, whoever would have caught it on its way. */
  look(at: (watch: Watch) => void): void {
    try {
      at(this.watch)
    } catch (error) {
      this.broken ??= error
    }
  }

  /** From plans to rest; rejects with Broken. */
  async run(): Promise<void> {
    for (const host of this.hosts) await this.prepare(host)
    this.database.rollouts.begin([...this.database.plans.values()])
    for (let count = 0; count < this.figures.workers; count++) this.startWorker()
    this.faults = this.figures.faults
    this.isStormy = true
    disturb(this)
    for (let seconds = 0; seconds < this.figures.stormSeconds; seconds += 10) {
      await this.pause(10_000)
      // Over hosts that have nothing left to do a storm proves little.
      if (this.isSettled() && this.random.next() < 0.3) break
    }
    this.isStormy = false
    this.faults = calm
    this.heal()
    const untilMs = this.nowMs + settlesWithinMs
    while (!this.isSettled()) {
      must(this.nowMs < untilMs, `everything settles: ${this.unsettled()}`)
      await this.pause(30_000)
      if (this.database.rollouts.read().state === 'paused') await order(this, { type: 'resume' })
    }
    this.watch.settled()
  }

  /** Runs timers until `work` is done. */
  async play(work: Promise<void>): Promise<void> {
    let isDone = false
    work.then(
      () => {
        isDone = true
      },
      (error: unknown) => {
        this.broken ??= error
        isDone = true
      },
    )
    for (;;) {
      // Everything that follows from the last event, before time goes on.
      await new Promise((resolve) => setImmediate(resolve))
      if (this.broken !== null) throw this.broken
      if (isDone) return
      if (!time.fireNext()) throw new Error('Nothing happens any more.')
    }
  }

  private startWorker(): void {
    this.workersEver += 1
    this.workers.push(new WorkerProcess(this, `worker-${this.workersEver}`))
  }

  private async prepare(host: SimulatedHost): Promise<void> {
    const { database, figures } = this
    const isRestore = figures.kind === 'restore'
    if (isRestore) convertByHand(host)
    database.addHost(host.id)
    const inspection = await host.inspect()
    database.recordInspection(host.id, inspection, {})
    for (const device of inspection.devices) {
      const deviceId = device.identity.id
      const { item, digest } = await host.plan(
        isRestore
          ? questionOf(this, host, deviceId)
          : { deviceId, zone: 'movable' as const, reservedBytes: '0' },
      )
      if (item === null || digest === null) throw new Error(`${host.name} refuses ${device.name}.`)
      const planId = `plan-${database.plans.size + 1}`
      const deviceIndex = host.machine.bus.find(device.name)?.index ?? -1
      const plan = { planId, hostId: host.id, deviceId, deviceIndex, item, digest }
      database.plans.set(planId, plan)
    }
    this.weather(host)
  }

  /** From here on faults may strike on the host. */
  private weather(host: SimulatedHost): void {
    const { machine } = host
    machine.hook = ({ pid, process, call, path }) => {
      this.look((watch) => watch.called(host, pid, call, path))
      if (!this.isStormy) return undefined
      mayPress(this, host, process, path)
      if (this.strikes(this.faults.agentDies)) {
        this.trace.say(host.name, `process ${pid} is killed before ${call} ${path}`)
        machine.processAt(pid)?.kill()
      } else if (this.strikes(this.faults.restarts)) restart(this, host)
      else if (this.strikes(this.faults.agentStands)) return this.pause(this.random.whole(1, 60_000))
      else if (this.random.next() < 0.02) return this.pause(this.random.whole(1, 10))
      return undefined
    }
    machine.onKernelWrite = (write) => {
      this.look((watch) => watch.wroteToKernel(host, write))
      const block = /^memory(\d+)\/state$/.exec(write.file)?.[1]
      if (block !== undefined && write.value === 'offline' && write.errno === 0)
        mayBringBack(this, host, Number(block))
    }
    machine.holdInKernel = (path) => {
      if (!path.startsWith('/sys/') && path !== 'modprobe') return undefined
      if (!this.strikes(this.faults.slowWrite)) return undefined
      const seconds = this.random.whole(1, 200)
      this.trace.say(host.name, `a write to ${path} takes ${seconds} s in the kernel`)
      return this.pause(seconds * 1000)
    }
  }

  private heal(): void {
    this.trace.say('world', 'the storm is over')
    this.database.store.fleetStopPulled = false
    for (const worker of this.workers) worker.isDatabaseAway = false
    for (const host of this.hosts) {
      host.isAway = false
      // What others did in the last minutes is on no page yet.
      this.database.requestProbe(host.id)
    }
  }

  private isSettled(): boolean {
    return this.unsettled() === ''
  }

  private unsettled(): string {
    const { store, rollouts, hosts } = this.database
    const jobs = store.jobs().filter(({ state }) => !isEnded(state))
    if (jobs.length > 0)
      return jobs
        .map(({ id, hostId, state }) => `${id} is ${state}, ${this.hostOf(hostId).running()}`)
        .join(', ')
    if (rollouts.isLive()) return `the rollout is ${rollouts.read().state}`
    const off = this.hosts.filter(({ machine, isIdle }) => !machine.isOn || !isIdle)
    if (off.length > 0) return `${off.map(({ name }) => name).join(', ')} is off or busy`
    const rows = [...hosts.values()].filter(
      ({ state, probeRequestedMs }) => state !== 'ready' || probeRequestedMs !== null,
    )
    return rows.map(({ hostId, state }) => `${hostId} is ${state}`).join(', ')
  }
}
