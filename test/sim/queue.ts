import type { Surroundings } from './surroundings'

export interface Message {
  task: 'run-job' | 'probe-host' | 'rollout'
  id: string
}

interface Waiting extends Message {
  key: string
  dueMs: number
}

/** The queue, which only wakes: a message may come late, twice, or not at all. */
export class SimulatedQueue {
  private readonly waiting = new Map<string, Waiting>()
  /** When a message of this key was last taken by a worker that is not done with it. */
  private readonly taken = new Map<string, number>()

  constructor(private readonly world: Surroundings) {}

  /** As graphile-worker's add_job with a job_key: what waits under the key is replaced. */
  wake(task: Message['task'], id: string, afterMs: number, key = `${task}:${id}`): void {
    const { world } = this
    if (world.strikes(world.faults.wakeUpLost)) {
      world.trace.say('queue', `loses ${key}`)
      return
    }
    const message = { task, id, key, dueMs: world.nowMs + afterMs }
    this.waiting.set(key, message)
    world.later(afterMs + world.random.whole(0, 40), () => {
      if (this.waiting.get(key) !== message) return
      this.waiting.delete(key)
      this.deliver(message)
      if (world.strikes(world.faults.wakeUpTwice)) {
        world.trace.say('queue', `delivers ${key} twice`)
        this.deliver(message)
      }
    })
  }

  /** A message of this key waits, or was taken less than `lostMs` ago. */
  isCovered(key: string, lostMs: number): boolean {
    const takenMs = this.taken.get(key)
    return this.waiting.has(key) || (takenMs !== undefined && takenMs > this.world.nowMs - lostMs)
  }

  private deliver(message: Waiting): void {
    const worker = this.world.anyWorker()
    if (worker === null) {
      this.world.later(1_000, () => this.deliver(message))
      return
    }
    const takenMs = this.world.nowMs
    this.taken.set(message.key, takenMs)
    void worker.handle(message).then(() => {
      if (this.taken.get(message.key) === takenMs) this.taken.delete(message.key)
    })
  }
}
