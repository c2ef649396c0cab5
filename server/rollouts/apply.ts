import type { Decision, HostRun, Item, JobFacts, Rollout } from './model'

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
    case 'requeue_host':
      return onHost(rollout, decision.hostId, (host) => requeued(host, new Set(decision.itemIds)))
    case 'skip_host':
      return onHost(rollout, decision.hostId, (host) => ({
        ...host,
        state: 'skipped',
        items: host.items.map((item) => (isOpen(item) ? { ...item, state: 'skipped' } : item)),
      }))
    case 'acknowledge_failures':
      return { ...rollout, hosts: rollout.hosts.map((host) => (hasFailed(host) ? acknowledged(host) : host)) }
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
  const gate = to === 'running' && rollout.state !== 'paused' ? { soakSinceMs: null, checkSinceMs: null } : {}
  return { ...rollout, ...gate, state: to, reason, hosts }
}

const unstarted = (host: HostRun): HostRun => ({ ...leaveRest(host), state: 'unstarted' })
const isOpen = ({ state }: Item) => state === 'pending' || state === 'unstarted'
const hasFailed = ({ state }: HostRun) => state === 'failed' || state === 'void' || state === 'cancelled'
const acknowledged = (host: HostRun): HostRun => ({ ...host, acknowledged: true })

function leaveRest(host: HostRun): HostRun {
  const items = host.items.map(
    (item): Item => (item.state === 'pending' ? { ...item, state: 'unstarted', retryAtMs: null } : item),
  )
  return { ...host, items }
}

function requeued(host: HostRun, itemIds: ReadonlySet<string>): HostRun {
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
