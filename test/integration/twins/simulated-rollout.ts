import type { Turn } from '@/server/rollouts/turn/take-turn'
import { SimulatedDatabase } from '../../sim/database'
import { QuietWorld } from './quiet-world'
import type { RolloutControls } from './rollout-operations'
import { controlsOver, inspectionOfHost, type RolloutSeed } from './rollout-subjects'

/** The rollout as the simulation has it. */
export async function simulatedRollout(seed: RolloutSeed): Promise<RolloutControls> {
  const world = new QuietWorld(seed.policy)
  const database = new SimulatedDatabase(world)
  const { store, rollouts, records } = database
  for (const hostId of seed.hosts) {
    database.addHost(hostId)
    await records.recordInspection(hostId, inspectionOfHost(seed, hostId, false), { fenced: false })
  }
  const inOrder = seed.hosts.flatMap((hostId) => seed.devices.filter((device) => device.hostId === hostId))
  for (const { planId, hostId, identity, digest, result } of inOrder)
    database.plans.set(planId, {
      ...{ planId, hostId, digest, deviceId: identity, deviceIndex: 0 },
      item: result.item,
    })
  rollouts.begin([...database.plans.values()])

  const jobOf = async ({ planId }: { planId: string }) =>
    store.jobs().findLast(({ id }) => database.planOfJob.get(id) === planId)?.id ?? null
  const ask = async ({ cancels, wakeAfterMs }: Turn) => {
    for (const { jobId } of cancels) await store.requestCancel(jobId, { kind: 'worker', id: 'worker' })
    const planIds = cancels.map(({ jobId }) => database.planOfJob.get(jobId) ?? '')
    return { cancels: planIds.toSorted(), wake: wakeOf(wakeAfterMs) }
  }
  return {
    ...controlsOver(seed, { store, records, jobOf }),
    turn: async () => ask(await rollouts.turn('worker')),
    obey: (command) => rollouts.obey(command),
    async setStop(pulled) {
      store.fleetStopPulled = pulled
    },
    async elapse(ms) {
      world.nowMs += ms
    },
    read: async () => rollouts.read(),
    nowMs: async () => world.nowMs,
  }
}

export function wakeOf(afterMs: number | null): 'now' | 'later' | 'never' {
  return afterMs === null ? 'never' : afterMs <= 0 ? 'now' : 'later'
}
