import type { FencingToken, Inspection, JournalLine, PlanItem, PlanResult, Zone } from '@/agents/protocol'
import type { SshTarget } from '@/server/ssh/target'

export interface CallOptions {
  /** Aborting before `go` leaves the host untouched; after it the host goes on by itself. */
  signal: AbortSignal
}

export interface TailHandlers {
  /** Called in order, one at a time; may see a line again after a reconnect. */
  onJournal: (line: JournalLine) => Promise<void>
  /** A write sits in the kernel: number of its intent line and for how long. */
  onWaiting?: (onLine: number, forMs: number) => void
}

/** `abandoned`: the journal has no outcome and nobody on the host holds the lock. */
export type TailEnd = 'finished' | 'abandoned'

/**
 * What the server can ask of a host. Every call rejects with ContactError for anything expected to go wrong
 * between here and the host. Whether acting may have begun is known to the caller: it answered `onReady`.
 */
export interface AgentClient {
  inspect(target: SshTarget, options: CallOptions): Promise<Inspection>
  plan(target: SshTarget, params: { deviceId: string; zone: Zone }, options: CallOptions): Promise<PlanResult>
  /**
   * Runs one job. `onReady` is asked after the agent holds the lock and has re-read everything; only `true`
   * sends `go`. The caller records that `go` is about to be sent before returning true.
   */
  convert(
    target: SshTarget,
    params: { jobId: string; token: FencingToken; item: PlanItem; digest: string },
    options: CallOptions & TailHandlers & { onReady: (digest: string) => Promise<boolean> },
  ): Promise<TailEnd>
  attach(
    target: SshTarget,
    params: { jobId: string; fromLine: number },
    options: CallOptions & TailHandlers,
  ): Promise<TailEnd>
  /** Closes every pooled connection. */
  close(): Promise<void>
}
