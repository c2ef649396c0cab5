import { click } from './disturbances'
import type { WorkerProcess } from './worker-process'
import type { World } from './world'

/** The database cannot be spoken with at the moment. */
class DatabaseAway extends Error {}

export const never = <T>() => new Promise<T>(() => {})

/**
 * A worker's connection to the database. Each call may be slow, fail before it took place or lose its answer after, and
 * the worker may die in it, on either side of it.
 */
export class DatabaseLink {
  constructor(
    private readonly world: World,
    private readonly worker: WorkerProcess,
  ) {}

  async call<T>(name: string, work: () => T | Promise<T>): Promise<T> {
    await this.travel(name, 'before')
    const answer = await work()
    await this.travel(name, 'after')
    return answer
  }

  private async travel(name: string, when: 'before' | 'after'): Promise<void> {
    const { world, worker } = this
    const { faults } = world
    if (!worker.isAlive) return never()
    if (world.strikes(faults.workerDies)) {
      worker.die(`${when} ${name}`)
      return never()
    }
    if (world.strikes(faults.workerStops)) worker.stop()
    if (world.strikes(faults.clicks)) click(world)
    if (world.strikes(faults.workerStands)) {
      const seconds = world.random.whole(1, 120)
      world.trace.say(worker.name, `stands still for ${seconds} s, ${when} ${name}`)
      await world.pause(seconds * 1000)
    } else if (world.random.next() < 0.2) await world.pause(world.random.whole(1, 20))
    if (!worker.isAlive) return never()
    if (worker.isDatabaseAway || world.strikes(faults.databaseAway)) {
      world.trace.say(worker.name, `has lost the database, ${when} ${name}`)
      throw new DatabaseAway(`the database went away ${when} ${name}`)
    }
  }
}
