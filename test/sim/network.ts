import { type AgentSession, startAgent } from '@/agents/model/session'
import type { AgentReply, AgentRequest } from '@/agents/protocol'
import type { Session, WithSession } from '@/server/agents/exchange'
import { AgentFault } from '@/server/agents/fault'
import { lostContact, noAnswer, stopped } from '@/server/ssh/contact-errors'
import { ContactError, type SshTarget } from '@/server/ssh/target'
import { cutOff } from './disturbances'
import type { SimulatedHost } from './simulated-host'
import type { WorkerProcess } from './worker-process'
import type { World } from './world'

const connectMs = 10_000
const helloMs = 60_000

/** One channel between a worker and one agent process: lines in order, each after its while, until the line is lost. */
class Channel implements Session {
  private readonly replies: AgentReply[] = []
  private failure: Error | null = null
  private waiting: { resolve: (reply: AgentReply) => void; reject: (error: Error) => void } | null = null
  private agent: AgentSession | null = null
  private readonly unsent: string[] = []
  /** Nothing arrives any more, and nobody is told. */
  private isSilent = false
  private isClosed = false
  private toHostMs = 0
  private toWorkerMs = 0

  constructor(
    private readonly world: World,
    private readonly worker: WorkerProcess,
    private readonly host: SimulatedHost,
    private readonly target: SshTarget,
    private readonly request: AgentRequest,
  ) {}

  /** Starts the agent on the host, through a sudo that may take its time; it starts even if nobody waits any more. */
  start(): void {
    const { world, host } = this
    this.unsent.push(JSON.stringify(this.request))
    const slow = world.strikes(world.faults.slowSudo)
    const afterMs = slow ? world.random.whole(1_000, 150_000) : world.random.whole(1, 30)
    if (slow)
      world.trace.say(
        host.name,
        `sudo takes ${afterMs / 1000} s for ${this.request.verb} of ${this.worker.name}`,
      )
    const boot = host.machine.boots
    world.later(afterMs, () => {
      if (!host.machine.isOn || host.machine.boots !== boot) return
      this.agent = startAgent(host.machine, { onLine: (line) => this.said(line) })
      for (const line of this.unsent.splice(0)) this.agent.send(line)
      if (this.isClosed) this.agent.hangUp()
      void this.agent.ended.then((status) => this.toWorker(() => this.fail(this.endedWith(status))))
    })
    const off = host.machine.whenDown(() => {
      off()
      if (world.random.next() < 0.5) this.cut('the host went down')
      else this.isSilent = true
    })
    host.channels.add(this)
  }

  async next(): Promise<AgentReply> {
    const reply = this.replies.shift() ?? (await this.awaitReply())
    if (reply.type === 'error') throw new AgentFault(reply.code, reply.message, reply.next)
    return reply
  }

  send(line: object): void {
    this.toHost(JSON.stringify(line))
  }

  /** From the worker's side, or with its process. */
  close(): void {
    if (this.isClosed) return
    this.isClosed = true
    this.host.channels.delete(this)
    // A line that fell silent tells the host nothing for a long while.
    this.world.later(this.isSilent ? 900_000 : this.world.random.whole(1, 30), () => this.agent?.hangUp())
    this.fail(stopped(this.target))
  }

  /** Both sides are told, each a moment later. */
  cut(why: string): void {
    if (this.isClosed) return
    this.world.trace.say(
      this.host.name,
      `the line of ${this.worker.name} (${this.request.verb}) is cut: ${why}`,
    )
    this.isSilent = true
    this.world.later(this.world.random.whole(1, 200), () => {
      this.agent?.hangUp()
      this.fail(lostContact(this.target, why))
    })
  }

  fallSilent(): void {
    this.isSilent = true
  }

  fail(error: Error): void {
    this.failure ??= error
    this.waiting?.reject(this.failure)
    this.waiting = null
  }

  private awaitReply(): Promise<AgentReply> {
    if (this.failure !== null) return Promise.reject(this.failure)
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject }
    })
  }

  private said(line: string): boolean {
    const reply: AgentReply = JSON.parse(line)
    this.world.look((watch) => watch.said(this.host, this.request, reply))
    if (this.isClosed && !this.isSilent) return false
    this.toWorker(() => {
      if (this.waiting !== null) {
        const { resolve } = this.waiting
        this.waiting = null
        resolve(reply)
      } else this.replies.push(reply)
    })
    return true
  }

  private endedWith(status: number | null): ContactError {
    const how = status === null ? 'by SIGKILL' : `with status ${status}`
    return new ContactError('agent_failed', `The agent ended ${how} without an answer.`, 'Probe again.')
  }

  private delayMs(): number {
    const { world } = this
    if (world.strikes(world.faults.networkAway)) cutOff(world)
    if (world.strikes(world.faults.lineCut)) this.cut('the network dropped it')
    else if (world.strikes(world.faults.lineSilent)) {
      world.trace.say(this.host.name, `the line of ${this.worker.name} (${this.request.verb}) falls silent`)
      this.fallSilent()
    } else if (world.strikes(world.faults.lineSlow)) return world.random.whole(500, 45_000)
    return world.random.next() < 0.3 ? world.random.whole(1, 20) : 0
  }

  private toWorker(arrive: () => void): void {
    const afterMs = this.delayMs()
    if (this.isSilent || this.host.isAway) return
    this.toWorkerMs = Math.max(this.toWorkerMs, this.world.nowMs + afterMs)
    this.world.later(this.toWorkerMs - this.world.nowMs, () => {
      if (!this.isClosed && this.failure === null) arrive()
    })
  }

  private toHost(line: string): void {
    const afterMs = this.delayMs()
    if (this.isSilent || this.isClosed || this.host.isAway) return
    this.toHostMs = Math.max(this.toHostMs, this.world.nowMs + afterMs)
    this.world.later(this.toHostMs - this.world.nowMs, () => {
      if (this.agent === null) this.unsent.push(line)
      else this.agent.send(line)
    })
  }
}

export type { Channel }

/** What carries requests from this worker to the hosts: in the place of connections, uploads and channels of SSH. */
export function openSessions(worker: WorkerProcess): WithSession {
  const { world } = worker
  return async (target, request, signal, work) => {
    const host = world.hostOf(target.hostId)
    await worker.live(world.pause(world.random.whole(1, 30)))
    if (signal.aborted) throw stopped(target, signal)
    if (!host.machine.isOn || host.isAway) {
      await worker.live(world.pause(world.random.next() < 0.5 ? 50 : connectMs))
      throw new ContactError('unreachable', `${target.name} could not be reached.`, 'Check the network.')
    }
    const channel = new Channel(world, worker, host, target, request)
    channel.start()
    const onAbort = () => {
      channel.fail(stopped(target, signal))
      channel.close()
    }
    signal.addEventListener('abort', onAbort, { once: true })
    worker.whenDead(() => channel.close())
    try {
      const impatience = world.timer(helloMs, () => channel.fail(noAnswer(target)))
      const hello = await channel.next()
      impatience()
      if (hello.type !== 'hello') throw new Error('The agent began without its hello.')
      return await work(channel)
    } finally {
      signal.removeEventListener('abort', onAbort)
      channel.close()
    }
  }
}
