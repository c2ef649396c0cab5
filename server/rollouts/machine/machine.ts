import { isWindowOpen } from '../policy'
import { crossedLimit, inFlightBudget, provesNothing } from './gate'
import type { Decision, HostRun, Item, Rollout } from './model'
import { afterJob, hostOutcome, isInFlight, stopsHost } from './states'
import { tallyOf, waveAtWork } from './tally'

/** A host that does not answer its look after the soak for so long is not as it was. */
export const CHECK_MS = 300_000
/** So long a quarantine that needs nobody to end it is waited for; then it counts as one. */
export const SETTLE_MS = 300_000
/** Pause before a device is tried again; doubled with each further try, up to the longest. */
const RETRY_MS = 15_000
const LONGEST_RETRY_MS = 300_000

/**
 * What is to be done now. Pure: the same rollout at the same moment gives the same decisions, and once these are applied
 * (apply.ts) they are not given again; whoever calls goes on until none is left. Only hosts of the list are ever named.
 */
export function next(rollout: Rollout, nowMs: number): Decision[] {
  if (!['running', 'paused', 'stopping', 'aborting'].includes(rollout.state)) return []
  const inFlight = rollout.hosts.filter(isInFlight)
  const settling = inFlight.flatMap((host) => nextForHost(rollout, host, nowMs))
  // Limits and gates are weighed once it is known how everything stands.
  if (settling.length > 0) return settling
  switch (rollout.state) {
    case 'running':
      return nextWhileRunning(rollout, inFlight, nowMs)
    case 'stopping':
      return inFlight.length > 0 ? [] : [{ type: 'move', to: 'stopped', reason: rollout.reason }]
    case 'aborting':
      return inFlight.length > 0 ? [] : [{ type: 'move', to: 'aborted', reason: rollout.reason }]
    default:
      return []
  }
}

/**
 * A host in flight: its devices one after the other, until the first that did not come out well. A pause or a stop lets
 * it come to its end; only an abort does not.
 */
function nextForHost(rollout: Rollout, host: HostRun, nowMs: number): Decision[] {
  const { hostId } = host
  const deadlineMs = rollout.policy.perHostDeadlineSeconds * 1000
  const overdue = host.startedAtMs !== null && nowMs >= host.startedAtMs + deadlineMs
  const running = host.items.find(({ state }) => state === 'running')
  if (running !== undefined) return afterItem(rollout, host, running, overdue, nowMs)
  if (host.items.some(stopsHost)) {
    const cause = overdue ? 'deadline' : null
    return [{ type: 'settle_host', hostId, to: hostOutcome(host), cause }]
  }
  const waiting = host.items.find(({ state }) => state === 'pending')
  if (waiting === undefined) return [{ type: 'settle_host', hostId, to: hostOutcome(host), cause: null }]
  if (rollout.state === 'aborting')
    return [{ type: 'settle_host', hostId, to: 'cancelled', cause: 'aborted' }]
  const stopped = rollout.fleetStopPulled !== false
  if (overdue) {
    // It is no fault of the host's that nobody was allowed to begin.
    const end = stopped
      ? { to: 'cancelled' as const, cause: 'fleet_stop' }
      : { to: 'failed' as const, cause: 'deadline' }
    return [{ type: 'settle_host', hostId, ...end }]
  }
  if (stopped || nowMs < (waiting.retryAtMs ?? 0)) return []
  const { itemId, retriesUsed } = waiting
  if (host.ready) return [{ type: 'start_item', hostId, itemId }]
  if (isSettling(host, nowMs)) return []
  if (retriesUsed < rollout.policy.retries) return [again(hostId, waiting, nowMs, 'host_not_ready')]
  return [{ type: 'settle_item', hostId, itemId, to: 'refused', cause: 'host_not_ready' }]
}

function afterItem(
  rollout: Rollout,
  { hostId }: HostRun,
  item: Item,
  overdue: boolean,
  nowMs: number,
): Decision[] {
  const { itemId, job } = item
  const came = job === null ? null : afterJob(job)
  if (job === null || came === null) {
    if (job === null || job.cancelRequested) return []
    if (rollout.state === 'aborting') return [{ type: 'cancel_item', hostId, itemId, why: 'aborted' }]
    return overdue ? [{ type: 'cancel_item', hostId, itemId, why: 'deadline' }] : []
  }
  const cause = job.causeCode
  if (came === 'when_released') {
    const { retriesUsed } = item
    return [{ type: 'requeue_item', hostId, itemId, retriesUsed, retryAtMs: nowMs, cause }]
  }
  if (came !== 'again') return [{ type: 'settle_item', hostId, itemId, to: came, cause }]
  const mayTry = item.retriesUsed < rollout.policy.retries && !overdue && rollout.state !== 'aborting'
  return mayTry
    ? [again(hostId, item, nowMs, cause)]
    : [{ type: 'settle_item', hostId, itemId, to: 'failed', cause }]
}

/** A worker died while it acted there, and another has to make sure that nothing does any more. That is no fault of the host's. */
function isSettling({ settlesUntilMs }: HostRun, nowMs: number): boolean {
  return settlesUntilMs !== null && nowMs < settlesUntilMs
}

function again(hostId: string, item: Item, nowMs: number, cause: string | null): Decision {
  const retriesUsed = item.retriesUsed + 1
  const retryAtMs = nowMs + Math.min(LONGEST_RETRY_MS, RETRY_MS * 2 ** item.retriesUsed)
  return { type: 'requeue_item', hostId, itemId: item.itemId, retriesUsed, retryAtMs, cause }
}

function nextWhileRunning(rollout: Rollout, inFlight: readonly HostRun[], nowMs: number): Decision[] {
  const crossed =
    crossedLimit(rollout, rollout.wave) ?? (provesNothing(rollout, rollout.wave) ? 'nothing_converted' : null)
  if (crossed !== null) return [{ type: 'move', to: 'stopping', reason: crossed }]

  const wave = waveAtWork(rollout)
  if (wave === null) {
    const left = tallyOf(rollout, null).unstarted > 0
    const to = left ? 'stopped' : 'finished'
    return [{ type: 'move', to, reason: left ? 'rest_unstarted' : '' }]
  }
  if (wave !== rollout.wave) {
    // Two waves never overlap: what is in flight of the other comes to its end first.
    return inFlight.length > 0 ? [] : [{ type: 'open_wave', wave }]
  }
  if (tallyOf(rollout, wave).pending > 0) {
    const isOver = nowMs >= (rollout.approvalEndsAtMs ?? Number.POSITIVE_INFINITY)
    return isOver
      ? [{ type: 'move', to: 'stopping', reason: 'approval_expired' }]
      : start(rollout, inFlight, nowMs)
  }
  return inFlight.length > 0 ? [] : gate(rollout, nowMs)
}

function start(rollout: Rollout, inFlight: readonly HostRun[], nowMs: number): Decision[] {
  if (rollout.fleetStopPulled !== false || !isWindowOpen(rollout.policy.startWindow, nowMs)) return []
  if (inFlight.some(({ wave }) => wave !== rollout.wave)) return []
  const free = Math.max(0, inFlightBudget(rollout, rollout.wave) - inFlight.length)
  const waiting = rollout.hosts.filter(({ state, wave }) => state === 'pending' && wave === rollout.wave)
  return waiting.slice(0, free).map(({ hostId }) => ({ type: 'start_host', hostId }))
}

/** After a wave: soak, then look at every host of it that came out well, then weigh the limits once more. */
function gate(rollout: Rollout, nowMs: number): Decision[] {
  if (rollout.soakSinceMs === null) return [{ type: 'begin_soak' }]
  if (nowMs < rollout.soakSinceMs + rollout.policy.soakSeconds * 1000) return []
  if (rollout.checkSinceMs === null) return [{ type: 'begin_check' }]
  const unseen = rollout.hosts.filter(
    ({ state, checked, wave }) => state === 'succeeded' && !checked && wave === rollout.wave,
  )
  const late = nowMs >= rollout.checkSinceMs + CHECK_MS
  return unseen.flatMap((host): Decision[] => {
    const { hostId, health } = host
    if (health === 'healthy') return [{ type: 'pass_host', hostId }]
    if ((health === null || isSettling(host, nowMs)) && !late) return []
    const cause = health === null ? 'no_answer_after_soak' : 'not_as_converted'
    return [{ type: 'settle_host', hostId, to: 'failed', cause }]
  })
}

/** When the rollout should be looked at again though nothing has happened: a pause that ends. Null: nothing is timed. */
export function nextWakeMs(rollout: Rollout, nowMs: number): number | null {
  const deadlineMs = rollout.policy.perHostDeadlineSeconds * 1000
  const times = rollout.hosts
    .filter(isInFlight)
    .flatMap((host) => [
      ...(host.startedAtMs === null ? [] : [host.startedAtMs + deadlineMs]),
      ...(host.settlesUntilMs === null ? [] : [host.settlesUntilMs]),
      ...host.items.flatMap(({ state, retryAtMs }) =>
        state === 'pending' && retryAtMs !== null ? [retryAtMs] : [],
      ),
    ])
  if (rollout.soakSinceMs !== null) times.push(rollout.soakSinceMs + rollout.policy.soakSeconds * 1000)
  if (rollout.checkSinceMs !== null) times.push(rollout.checkSinceMs + CHECK_MS)
  const ahead = times.filter((timeMs) => timeMs > nowMs)
  return ahead.length === 0 ? null : Math.min(...ahead)
}
