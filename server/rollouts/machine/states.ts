import type { HostRunState, ItemState } from '../vocabulary'
import type { HostRun, Item, JobFacts } from './model'

/** Came out well: as it was to be, or was so already. */
export const goodItemStates: ReadonlySet<ItemState> = new Set(['converted', 'restored', 'already'])
/** What makes its host's run one that failed. */
export const badItemStates: ReadonlySet<ItemState> = new Set([
  'partial',
  'refused',
  'failed',
  'stranded',
  'lost',
])

/** The host is not, or no longer, what the approved plan was made for. */
const drift: ReadonlySet<string> = new Set([
  'plan_changed',
  'hook_changed',
  'health_changed',
  'digest_differs',
  'identity_changed',
  'rebooted',
  'bound_elsewhere',
  'device_gone',
])
/** Faults of the way to the host; those the job itself has tried again already. */
const transient: ReadonlySet<string> = new Set([
  'unreachable',
  'timed_out',
  'lost_contact',
  'locked',
  'agent_died',
  'internal',
])

/** What an ended job makes of its device: an end, or a further try. Null while the job has not ended. */
export function afterJob(job: JobFacts): ItemState | 'again' | 'when_released' | null {
  const cause = job.causeCode ?? ''
  switch (job.state) {
    case 'refused':
      if (cause === 'fleet_stop') return 'when_released'
      return drift.has(cause) ? 'void' : 'refused'
    case 'failed':
      return !job.goSent && transient.has(cause) ? 'again' : 'failed'
    case 'converted':
    case 'restored':
    case 'already':
    case 'partial':
    case 'stranded':
    case 'cancelled':
    case 'lost':
      return job.state
    default:
      return null
  }
}

/** The memory is there, but the host's own hook after the conversion failed: the host is not as it should be. */
export function isHookFailed({ state, job }: Item): boolean {
  return goodItemStates.has(state) && job?.causeCode === 'hook_failed'
}

const isBad = (item: Item) => badItemStates.has(item.state) || isHookFailed(item)

/** Stops the host's run: nothing further of it is begun. */
export function stopsHost(item: Item): boolean {
  return isBad(item) || item.state === 'void' || item.state === 'cancelled'
}

/** What a host's run came to, from its devices, none of which waits or runs any more. */
export function hostOutcome({ items }: Pick<HostRun, 'items'>): HostRunState {
  if (items.some(isBad)) return 'failed'
  if (items.some(({ state }) => state === 'void')) return 'void'
  if (items.some(({ state }) => state === 'cancelled')) return 'cancelled'
  return items.some(({ state }) => goodItemStates.has(state)) ? 'succeeded' : 'skipped'
}

export function itemsFailed({ items }: Pick<HostRun, 'items'>): number {
  return items.filter(({ state }) => badItemStates.has(state)).length
}

/** Can be done once more under the same approval: nothing of it is known to have been carried out. */
export function isRetryable({ state }: Item): boolean {
  return state === 'failed' || state === 'refused' || state === 'cancelled' || state === 'unstarted'
}

export function isInFlight({ state }: Pick<HostRun, 'state'>): boolean {
  return state === 'running'
}
