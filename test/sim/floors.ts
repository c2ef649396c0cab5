import type { FleetRoom } from '@/server/floors/schema'
import { isEnded } from '@/server/jobs/transitions'
import { must } from '../support/rollout-limits'
import type { PlanRow, SimulatedDatabase } from './database'

const lossOf = ({ item }: PlanRow) => (item.kind === 'restore' ? BigInt(item.lossBytes) : 0n)

function openPlans({ store, planOfJob, plans }: SimulatedDatabase) {
  const open = store.jobs().filter(({ state }) => !isEnded(state))
  return open.flatMap(({ id, goSent }) => {
    const plan = plans.get(planOfJob.get(id) ?? '')
    return plan === undefined ? [] : [{ plan, goSent }]
  })
}

/** What a run takes still, by what its host told last. */
function leftToTake(database: SimulatedDatabase, plan: PlanRow, goSent: boolean): bigint {
  const loss = lossOf(plan)
  if (!goSent) return loss
  const online = database.hostRow(plan.hostId).devices.get(plan.deviceId)?.onlineBytes ?? 0n
  return online < loss ? online : loss
}

/** As readFleetRoom, for the device of a rollout. */
export function fleetRoom(database: SimulatedDatabase, floorBytes: bigint): FleetRoom {
  const ready = [...database.hosts.values()].filter(({ state }) => state === 'ready')
  const sum = (of: readonly bigint[]) => of.reduce((total, each) => total + each, 0n)
  const open = openPlans(database).filter(({ plan }) => database.hostRow(plan.hostId).state === 'ready')
  const takingBytes = sum(open.map(({ plan, goSent }) => leftToTake(database, plan, goSent)))
  return {
    memTotalBytes: sum(ready.map(({ memTotalBytes }) => memTotalBytes)),
    memAvailableBytes: sum(ready.map(({ memAvailableBytes }) => memAvailableBytes)),
    promisedBytes: takingBytes,
    takingBytes,
    floorBytes,
  }
}

/**
 * Nothing begins that would leave the fleet below its floor: of what ready hosts told last goes what those at work have
 * still to take, which is what read online of their devices when their host told it.
 */
export function checkFleetFloor(database: SimulatedDatabase, begun: PlanRow, floorBytes: bigint): void {
  let leftBytes = -lossOf(begun)
  for (const { state, memAvailableBytes } of database.hosts.values())
    if (state === 'ready') leftBytes += memAvailableBytes
  for (const { plan } of openPlans(database)) {
    const host = database.hostRow(plan.hostId)
    if (host.state === 'ready') leftBytes -= host.devices.get(plan.deviceId)?.onlineBytes ?? 0n
  }
  must(
    leftBytes >= floorBytes,
    `the fleet’s floor holds: ${begun.planId} leaves ${leftBytes}, the floor is ${floorBytes}`,
  )
}
