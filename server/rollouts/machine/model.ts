import type { JobStateName } from '@/server/jobs/vocabulary'
import type { Policy } from '../policy'
import type { HostRunState, ItemState, RolloutState } from '../vocabulary'
import type { WaveTally } from './tally'

/** A rollout as the machine sees it: the frozen list, how far it is, and what was read beside it. Times in ms. */
export interface Rollout {
  state: RolloutState
  /** Why it is stopping or has stopped, as a code; empty while it goes on. */
  reason: string
  policy: Policy
  /** The wave at work, from 0. */
  wave: number
  soakSinceMs: number | null
  checkSinceMs: number | null
  /** No host begins from then on; null or absent where one person's approval was enough, which has no end. */
  approvalEndsAtMs?: number | null
  /** Hosts that may be named by what is decided: all, or those that one turn can concern (tally.ts). */
  hosts: readonly HostRun[]
  /** All other hosts of the list, counted. */
  rest: readonly WaveTally[]
  /** Null: could not be read, which counts as pulled. */
  fleetStopPulled: boolean | null
}

/** One host's serial list of devices. */
export interface HostRun {
  hostId: string
  wave: number
  state: HostRunState
  startedAtMs: number | null
  /** It failed, and somebody resumed knowing that: limits count from there. */
  acknowledged: boolean
  /** Looked at again after its wave's soak, and found as it was converted. */
  checked: boolean
  /** It may be asked to do something now. */
  ready: boolean
  /** In a quarantine that ends by itself, with the next fencing probe: waited for until then; null otherwise. */
  settlesUntilMs: number | null
  /** What a look after the soak showed; null: none since the check began. */
  health: 'healthy' | 'unhealthy' | null
  items: readonly Item[]
}

/** One device. */
export interface Item {
  itemId: string
  state: ItemState
  retriesUsed: number
  /** Not to be started again before. */
  retryAtMs: number | null
  /** Its latest job; null while it has none. */
  job: JobFacts | null
}

export interface JobFacts {
  state: JobStateName
  causeCode: string | null
  goSent: boolean
  cancelRequested: boolean
}

export type CancelReason = 'deadline' | 'aborted'

/** What is to be done. Each is written down with its audit row, and carried out by whoever wrote it. */
export type Decision =
  | { type: 'settle_item'; hostId: string; itemId: string; to: ItemState; cause: string | null }
  /** To be started again: after a fault before `go`, or once the fleet-wide stop is released. */
  | {
      type: 'requeue_item'
      hostId: string
      itemId: string
      retriesUsed: number
      retryAtMs: number
      cause: string | null
    }
  | { type: 'start_item'; hostId: string; itemId: string }
  | { type: 'cancel_item'; hostId: string; itemId: string; why: CancelReason }
  | { type: 'start_host'; hostId: string }
  /** Ends a host's run; devices of it that wait are left unstarted. */
  | { type: 'settle_host'; hostId: string; to: HostRunState; cause: string | null }
  | { type: 'pass_host'; hostId: string }
  /** Back into the list of those that wait, with these devices. */
  | { type: 'requeue_hosts'; hosts: { hostId: string; itemIds: string[] }[] }
  | { type: 'skip_hosts'; hostIds: string[] }
  | { type: 'acknowledge_failures' }
  | { type: 'open_wave'; wave: number }
  | { type: 'begin_soak' }
  /** The wave's hosts that came out well are probed; its gate waits for what is read. */
  | { type: 'begin_check' }
  | { type: 'move'; to: RolloutState; reason: string }
