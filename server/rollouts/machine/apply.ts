import type { Decision, HostRun, Item, JobFacts, Rollout } from './model'
import type { WaveTally } from './tally'

const queued: JobFacts = { state: 'queued', causeCode: null, goSent: false, cancelRequested: false }

/**
 * The rollout as it is once a decision is written down. The worker writes the same to its rows; simulations have
 * nothing else.
 */
export function apply(rollout: Rollout, decision: Decision, nowMs: number): Rollout {
  switch (decision.type) {
    case 'settle_item': {
      return onItem(rollout, decision, (item) => ({ ...item, state: decision.to, retryAtMs: null }))
    }
    case 'requeue_item': {
      const { retriesUsed, retryAtMs } = decision
      return onItem(rollout, decision, (item) => ({
        ...item,
        state: 'pending',
        job: null,
        retriesUsed,
        retryAtMs,
      }))
    }
    case 'start_item':
      return onItem(rollout, decision, (item) => ({
        ...item,
        state: 'running',
        job: queued,
        retryAtMs: null,
      }))
    case 'cancel_item':
      return onItem(rollout, decision, (item) => ({
        ...item,
        job: item.job === null ? null : { ...item.job, cancelRequested: true },
      }))
    case 'start_host':
      return onHost(rollout, decision.hostId, (host) => ({ ...host, state: 'running', startedAtMs: nowMs }))
    case 'settle_host':
      return onHost(rollout, decision.hostId, (host) => ({ ...leaveRest(host), state: decision.to }))
    case 'pass_host':
      return onHost(rollout, decision.hostId, (host) => ({ ...host, checked: true }))
    case 'requeue_hosts': {
      const itemIdsOf = new Map(decision.hosts.map(({ hostId, itemIds }) => [hostId, new Set(itemIds)]))
      const requeue = (host: HostRun) => requeued(host, itemIdsOf.get(host.hostId))
      return { ...rollout, hosts: rollout.hosts.map(requeue) }
    }
    case 'skip_hosts': {
      const hostIds = new Set(decision.hostIds)
      return {
        ...rollout,
        hosts: rollout.hosts.map((host) => (hostIds.has(host.hostId) ? skipped(host) : host)),
      }
    }
    case 'acknowledge_failures': {
      const hosts = rollout.hosts.map((host) => (hasFailed(host) ? acknowledged(host) : host))
      const none = { notWell: 0, failedHosts: 0, failedDevices: 0 }
      return { ...rollout, hosts, rest: rollout.rest.map((counted) => ({ ...counted, ...none })) }
    }
    case 'open_wave':
      return { ...rollout, wave: decision.wave, soakSinceMs: null, checkSinceMs: null }
    case 'begin_soak':
      return { ...rollout, soakSinceMs: nowMs, checkSinceMs: null }
    case 'begin_check':
      return { ...rollout, checkSinceMs: nowMs }
    case 'move':
      return moved(rollout, decision)
  }
}

/** With the end of a rollout every host that still waits is left unstarted, and its devices are free for others. */
function moved(rollout: Rollout, { to, reason }: Extract<Decision, { type: 'move' }>): Rollout {
  const isEnd = to === 'stopped' || to === 'aborted'
  const hosts = isEnd
    ? rollout.hosts.map((host) => (host.state === 'pending' ? unstarted(host) : host))
    : rollout.hosts
  const rest = isEnd ? rollout.rest.map(noneWaits) : rollout.rest
  const gate = to === 'running' && rollout.state !== 'paused' ? { soakSinceMs: null, checkSinceMs: null } : {}
  return { ...rollout, ...gate, state: to, reason, hosts, rest }
}

const unstarted = (host: HostRun): HostRun => ({ ...leaveRest(host), state: 'unstarted' })
const noneWaits = (counted: WaveTally): WaveTally => ({
  ...counted,
  pending: 0,
  unstarted: counted.unstarted + counted.pending,
})
const isOpen = ({ state }: Item) => state === 'pending' || state === 'unstarted'
const hasFailed = ({ state }: HostRun) => state === 'failed' || state === 'void' || state === 'cancelled'
const acknowledged = (host: HostRun): HostRun => ({ ...host, acknowledged: true })

function leaveRest(host: HostRun): HostRun {
  const items = host.items.map(
    (item): Item => (item.state === 'pending' ? { ...item, state: 'unstarted', retryAtMs: null } : item),
  )
  return { ...host, items }
}

function skipped(host: HostRun): HostRun {
  const items = host.items.map((item): Item => (isOpen(item) ? { ...item, state: 'skipped' } : item))
  return { ...host, state: 'skipped', items }
}

function requeued(host: HostRun, itemIds: ReadonlySet<string> | undefined): HostRun {
  if (itemIds === undefined) return host
  return {
    ...host,
    state: 'pending',
    startedAtMs: null,
    acknowledged: false,
    checked: false,
    health: null,
    items: host.items.map((item) =>
      itemIds.has(item.itemId)
        ? { ...item, state: 'pending', job: null, retriesUsed: 0, retryAtMs: null }
        : item,
    ),
  }
}

function onHost(rollout: Rollout, hostId: string, change: (host: HostRun) => HostRun): Rollout {
  return { ...rollout, hosts: rollout.hosts.map((host) => (host.hostId === hostId ? change(host) : host)) }
}

function onItem(
  rollout: Rollout,
  { hostId, itemId }: { hostId: string; itemId: string },
  change: (item: Item) => Item,
): Rollout {
  return onHost(rollout, hostId, (host) => ({
    ...host,
    items: host.items.map((item) => (item.itemId === itemId ? change(item) : item)),
  }))
}
