import type { Sample } from '@/agents/protocol'
import type { AgentClient } from '@/server/agents/port'
import type { JobStore } from '@/server/jobs/store'
import type { LeaseTimes } from '@/server/leases/hold'
import type { ServiceContext } from '@/server/lib/service-context'
import type { SshTarget } from '@/server/ssh/target'
import type { Log } from './log'
import type { WorkerRecords } from './records'

/** How long things may take and how often they are tried, in milliseconds. */
export interface WorkerLimits {
  lease: LeaseTimes
  /** One question to a host (probe, plan), contact included. */
  questionMs: number
  /** From contact to the agent's `ready`; waiting for another agent's lock included. */
  readyMs: number
  /** Tries of a transient fault before `go`. */
  attempts: number
  /** Pause before the second try; doubled before each further one. */
  backOffMs: number
  /** Pause before an unknown job is asked about again. */
  reattachMs: number
  unknownDeadlineMs: number
  /** A write in the kernel for so long is shown as stuck. */
  stuckAfterMs: number
  /** Least time between two notices of one job's new lines. */
  announceEveryMs: number
  /** A message is taken for lost when its row has waited so long with a worker on it. */
  messageLostMs: number
  planGivenUpMs: number
  /** What a plan lets each hook of its host take. */
  hookSeconds: number
  /** And one memory block, to go offline. */
  offlineSeconds: number
  probeIntervalMs: number
  watch: WatchLimits
}

export interface WatchLimits {
  /** How often a watched host tells of itself. */
  everyMs: number
  /** Hosts one worker watches at most; none at 0. */
  maxHosts: number
  /** A claim that is not renewed for so long is another's. */
  claimMs: number
  /** Pause before a lost watch is begun again; doubled up to `longestBackOffMs`, with jitter. */
  backOffMs: number
  longestBackOffMs: number
}

/** What the logic of jobs and probes works with: ports alone, so that it runs in memory as well. */
export interface JobContext {
  store: JobStore
  records: WorkerRecords
  client: AgentClient
  /** How to reach a host, its key opened. Throws DomainError when it is gone, ContactError when it has no key. */
  loadTarget: (hostId: string) => Promise<SshTarget>
  /** Unique for this process; the name it holds leases under. */
  holder: string
  limits: WorkerLimits
  log: Log
  /** Aborts when the process is to end: what has written nothing stops at once. */
  draining: AbortSignal
  /** Aborts when the time to finish is over: jobs that act on hosts are left to the next worker. */
  stopping: AbortSignal
  /** What a host told of its memory, for the capacity store; takes no time and never fails. */
  noteSample: (hostId: string, sample: Sample) => void
  /** Jobs of this process that want to hear when their row changed (a cancel, for one). */
  watched: Map<string, () => void>
}

/** Everything a task of the worker works with. */
export interface WorkerContext extends ServiceContext, JobContext {
  /** The pool whose hosts this worker serves; empty: everybody's (server/pools). */
  pool: string
}
