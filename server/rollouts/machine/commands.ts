import type { RolloutState } from '../vocabulary'
import type { Decision, HostRun, Rollout } from './model'
import { isHookFailed, isRetryable } from './states'

export type Command =
  | { type: 'pause' }
  | { type: 'resume' }
  | { type: 'stop' }
  | { type: 'abort' }
  /** All that failed, or those of them that are named. */
  | { type: 'retryFailed'; hostIds?: readonly string[] | undefined }
  | { type: 'skip'; hostIds: readonly string[] }

export type Commanded =
  | { type: 'done'; decisions: Decision[] }
  | { type: 'refused'; message: string; next: string }

/** What an operator's word comes to, or why it cannot be heeded now. Pure. */
export function obey(rollout: Rollout, command: Command): Commanded {
  switch (command.type) {
    case 'pause':
      return moveFrom(rollout, ['running'], 'paused', 'operator')
    case 'stop':
      return moveFrom(rollout, ['running', 'paused'], 'stopping', 'operator')
    case 'abort':
      return rollout.state === 'planning' || rollout.state === 'ready'
        ? moveFrom(rollout, ['planning', 'ready'], 'discarded', 'operator')
        : moveFrom(rollout, ['running', 'paused', 'stopping'], 'aborting', 'operator')
    case 'resume':
      return resume(rollout)
    case 'retryFailed':
      return retryFailed(rollout, command.hostIds)
    case 'skip':
      return skip(rollout, new Set(command.hostIds))
  }
}

/** On from where it was paused; after a stop also with what was left unstarted, and the failures there are accepted. */
function resume(rollout: Rollout): Commanded {
  if (rollout.state === 'paused') return moveFrom(rollout, ['paused'], 'running', '')
  if (rollout.state !== 'stopped' && rollout.state !== 'aborted') return refuse(rollout.state)
  const left = rollout.hosts.filter(({ state }) => state === 'unstarted')
  const unchecked = rollout.hosts.some(({ state, checked }) => state === 'succeeded' && !checked)
  if (left.length === 0 && !unchecked)
    return { type: 'refused', message: 'No host is left to start.', next: 'Retry the failed ones, if any.' }
  return done([{ type: 'acknowledge_failures' }, requeue(left), { type: 'move', to: 'running', reason: '' }])
}

/** Those that failed, and nothing else. What was carried out already needs a new plan, and with it a new rollout. */
function retryFailed(rollout: Rollout, hostIds: readonly string[] | undefined): Commanded {
  if (!['paused', 'stopped', 'aborted', 'finished'].includes(rollout.state)) return refuse(rollout.state)
  const named = hostIds === undefined ? null : new Set(hostIds)
  const failed = rollout.hosts.filter(
    (host) =>
      (host.state === 'failed' || host.state === 'cancelled') &&
      canRunAgain(host) &&
      (named === null || named.has(host.hostId)),
  )
  if (failed.length === 0) {
    return {
      type: 'refused',
      message:
        named === null
          ? 'No host has failed in a way that the approved plan could be tried again.'
          : 'None of these hosts has failed in a way that the approved plan could be tried again.',
      next: 'Make a new rollout for devices that are partial, stranded or changed since.',
    }
  }
  const moves: Decision[] = rollout.state === 'paused' ? [] : [{ type: 'move', to: 'running', reason: '' }]
  return done([{ type: 'acknowledge_failures' }, requeue(failed), ...moves])
}

function skip(rollout: Rollout, hostIds: ReadonlySet<string>): Commanded {
  if (['planning', 'ready', 'discarded'].includes(rollout.state)) return refuse(rollout.state)
  const named = rollout.hosts.filter(({ hostId }) => hostIds.has(hostId))
  const busy = named.filter(({ state }) => state === 'running' || state === 'succeeded')
  if (named.length !== hostIds.size || named.length === 0 || busy.length > 0) {
    const message =
      busy.length > 0
        ? `${busy.length} of these hosts are in flight or converted already.`
        : 'Not all of these hosts are in this rollout.'
    return { type: 'refused', message, next: 'Reload the page and choose again.' }
  }
  return done([{ type: 'skip_hosts', hostIds: [...hostIds] }])
}

/** A device of it can be tried again, and none stands in the way of it. */
function canRunAgain({ items }: HostRun): boolean {
  return (
    items.some(isRetryable) &&
    // What its hook left half-done is a person's to look at; its further devices go by a rollout of their own.
    !items.some(isHookFailed) &&
    items.every(
      (item) => isRetryable(item) || ['converted', 'restored', 'already', 'skipped'].includes(item.state),
    )
  )
}

function requeue(hosts: readonly HostRun[]): Decision {
  const retryable = hosts.map(({ hostId, items }) => ({
    hostId,
    itemIds: items.filter(isRetryable).map(({ itemId }) => itemId),
  }))
  return { type: 'requeue_hosts', hosts: retryable }
}

function moveFrom(
  rollout: Rollout,
  from: readonly RolloutState[],
  to: RolloutState,
  reason: string,
): Commanded {
  return from.includes(rollout.state) ? done([{ type: 'move', to, reason }]) : refuse(rollout.state)
}

const done = (decisions: Decision[]): Commanded => ({ type: 'done', decisions })
const refuse = (state: RolloutState): Commanded => ({
  type: 'refused',
  message: `This rollout is ${state}.`,
  next: 'Reload the page: it may have changed since.',
})
