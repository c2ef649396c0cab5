import type { Command } from '@/server/rollouts/machine/commands'
import { handOnBlock, pinPage, unbindBehindOurBack } from './hands'
import type { SimulatedHost } from './simulated-host'
import type { World } from './world'

/** What happens by itself while the storm lasts, whatever anybody is about. */
export function disturb(world: World): void {
  const { faults } = world
  every(world, faults.driftEverySeconds, () => drift(world, anyHost(world)))
  every(world, faults.unboundEverySeconds, () => unbindBehindOurBack(world, anyHost(world)))
  every(world, faults.handEverySeconds, () => handOnBlock(world, anyHost(world)))
  every(world, faults.pinEverySeconds, () => pinPage(world, anyHost(world)))
}

function every(world: World, seconds: number, happen: () => void): void {
  if (seconds === 0) return
  const again = () => {
    world.later(world.random.whole(1, 2 * seconds) * 1000, () => {
      if (!world.isStormy) return
      happen()
      again()
    })
  }
  again()
}

function anyHost(world: World): SimulatedHost {
  const host = world.hosts[world.random.whole(0, world.hosts.length - 1)]
  if (host === undefined) throw new Error('There is no host.')
  return host
}

/** In order or by a loss of power; up again a while later. */
export function restart(world: World, host: SimulatedHost): void {
  const { machine, name } = host
  if (!machine.isOn) return
  const { random } = world
  const downMs = random.whole(1, 90) * 1000
  const inOrder = random.next() < 0.5
  world.trace.say(name, inOrder ? `restarts, ${downMs / 1000} s` : `loses its power for ${downMs / 1000} s`)
  if (inOrder) machine.shutDown()
  else {
    machine.powerOff({
      keepsName: () => random.next() < 0.5,
      keepsLength: (_path, fsynced, written) => random.whole(fsynced, Math.max(fsynced, written)),
    })
    world.look((watch) => watch.lostPower(host))
  }
  world.later(downMs, () => host.start())
}

/** A host from the network, or a worker from the database, for a while. */
export function cutOff(world: World): void {
  const { random } = world
  const seconds = random.whole(1, 240)
  if (random.next() < 0.3) {
    const worker = world.anyWorker()
    if (worker === null) return
    world.trace.say(worker.name, `is cut off from the database for ${seconds} s`)
    worker.isDatabaseAway = true
    world.later(seconds * 1000, () => {
      worker.isDatabaseAway = false
    })
    return
  }
  const host = anyHost(world)
  world.trace.say(host.name, `is cut off from the network for ${seconds} s`)
  host.isAway = true
  for (const channel of [...host.channels]) {
    if (random.next() < 0.5) channel.cut('the network is gone')
    else channel.fallSilent()
  }
  world.later(seconds * 1000, () => {
    host.isAway = false
  })
}

/** Somebody changes what the plan was made on, while no agent is there to see it. */
function drift(world: World, host: SimulatedHost): void {
  const { machine, name } = host
  if (!machine.isOn || !host.isIdle) return
  machine.memory.autoOnline = machine.memory.autoOnline === 'offline' ? 'online_movable' : 'offline'
  world.trace.say(name, `its auto-online policy is ${machine.memory.autoOnline} now`)
}

/** One word of an operator. */
export function click(world: World): void {
  const { random, database } = world
  const what = random.next()
  if (what < 0.2) {
    const { store } = database
    store.fleetStopPulled = random.pick([
      { value: false, weight: 3 },
      { value: true, weight: 2 },
      { value: null, weight: 1 },
    ])
    // Nobody leaves it pulled for ever, and most of the time nobody does.
    const afterMs = random.whole(1, 120_000)
    if (store.fleetStopPulled !== false)
      world.later(afterMs, () => {
        store.fleetStopPulled = false
      })
    world.trace.say('operator', `the fleet-wide stop reads ${store.fleetStopPulled}`)
    return
  }
  if (what < 0.35) return void onJob(world)
  const command = random.pick<Command>([
    { value: { type: 'pause' }, weight: 3 },
    { value: { type: 'resume' }, weight: 6 },
    { value: { type: 'stop' }, weight: 1 },
    { value: { type: 'abort' }, weight: 1 },
    { value: { type: 'retryFailed' }, weight: 4 },
    { value: { type: 'skip', hostIds: [anyHost(world).id] }, weight: 1 },
  ])
  void order(world, command)
}

/** Cancels a job, or gives up an unknown one. */
async function onJob({ random, database, trace }: World): Promise<void> {
  const jobs = database.store.jobs()
  const job = jobs[random.whole(0, jobs.length - 1)]
  if (job === undefined) return
  const ada = { kind: 'user', id: 'ada' } as const
  if (job.state === 'unknown' && random.next() < 0.3) {
    trace.say('operator', `gives ${job.id} up: ${await database.watched.markLost(job.id, ada)}`)
    return
  }
  const answer = await database.watched.requestCancel(job.id, ada)
  trace.say('operator', `cancels ${job.id}: ${answer}`)
  if (answer === 'asked_after_go' && job.state === 'unknown') database.queue.wake('run-job', job.id, 0)
}

export async function order(world: World, command: Command): Promise<void> {
  const refusal = await world.database.rollouts.obey(command)
  world.trace.say('operator', `${JSON.stringify(command)}: ${refusal ?? 'done'}`)
}
