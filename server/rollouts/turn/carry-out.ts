import { apply } from '../machine/apply'
import type { Decision, Rollout } from '../machine/model'
import type { RolloutDesk } from '../rows/desk'
import type { LockedRollout } from '../rows/load'

/** When the next turn looks at a host that is not as it was when this turn began. */
const READ_ANEW_MS = 1000

/** A job that is to be asked to stop, once the transaction stands. */
export interface Cancel {
  jobId: string
}

/**
 * Carries a decision out while the rollout is held, and answers how it stands afterwards. A job that may not be started
 * after all is written down as what it is: nothing is ever said to run that does not.
 */
export async function carryOut(
  desk: RolloutDesk,
  locked: LockedRollout,
  decision: Decision,
  cancels: Cancel[],
): Promise<Rollout> {
  const { rollout, nowMs, parts } = locked
  if (decision.type === 'start_item') return startItem(desk, locked, decision)
  if (decision.type === 'cancel_item') {
    const jobId = parts.get(decision.itemId)?.jobId
    if (jobId) cancels.push({ jobId })
  } else await desk.write(locked, decision)
  return apply(rollout, decision, nowMs)
}

async function startItem(
  desk: RolloutDesk,
  locked: LockedRollout,
  decision: Extract<Decision, { type: 'start_item' }>,
): Promise<Rollout> {
  const { rollout, nowMs, parts } = locked
  const { hostId, itemId } = decision
  const part = parts.get(itemId)
  if (part === undefined) throw new Error(`Item ${itemId} is not in rollout ${locked.id}.`)
  const { planId, digest } = part
  const queued = await desk.queueJob(locked, { planId, digest })
  if (queued.type === 'queued') {
    await desk.noteStarted(itemId, queued.jobId)
    part.jobId = queued.jobId
    return apply(rollout, decision, nowMs)
  }
  // What was read a moment ago has changed: the machine decides anew with what is so, of the host once it is read anew.
  if (queued.reason === 'fleet_stop') return { ...rollout, fleetStopPulled: true }
  if (queued.reason === 'host_not_ready') {
    const waiting = { ready: false, settlesUntilMs: nowMs + READ_ANEW_MS }
    const hosts = rollout.hosts.map((host) => (host.hostId === hostId ? { ...host, ...waiting } : host))
    return { ...rollout, hosts }
  }
  part.message = queued.message
  part.next = queued.next
  const settled = { type: 'settle_item', hostId, itemId, to: 'refused', cause: queued.reason } as const
  await desk.write(locked, settled)
  return apply(rollout, settled, nowMs)
}
