import type {
  Direction,
  FencingToken,
  Inspection,
  JournalLine,
  PlanItem,
  PlanResult,
  RecordedToken,
  Refusal,
  RequestParams,
  Sample,
} from '@/agents/protocol'
import type { SshTarget } from '@/server/ssh/target'

export interface CallOptions {
  /** Aborting before `go` leaves the host untouched; after it the host goes on by itself. */
  signal: AbortSignal
}

export interface TailHandlers {
  /** Called in order, one at a time; may see a line again after a reconnect. */
  onJournal: (line: JournalLine) => Promise<void>
  /** Somebody acts, and nothing comes: the last line of the journal, and for how long. */
  onWaiting?: (onLine: number, forMs: number) => void
}

/** `abandoned`: the journal has no outcome and nobody on the host holds the lock. */
export type TailEnd = 'finished' | 'abandoned'
/** `held`: another process has the lock. `rebooted`: the journal ends in an earlier boot. Nothing was written now. */
export type RecoverEnd = TailEnd | 'held' | 'rebooted' | { refusal: Refusal }

/** `held`: another process has the host's lock; the job it acts for, as far as that is known. */
export type FenceAnswer =
  | { type: 'fenced'; inspection: Inspection }
  | { type: 'held'; jobId: string }
  | { type: 'refused'; refusal: Refusal }
export type AdoptAnswer = { type: 'adopted' } | Exclude<FenceAnswer, { type: 'fenced' }>
/** What the policy read before and reads now, and the errno of the write where it failed. */
export type PolicyAnswer =
  | { type: 'policy'; before: string; after: string; errnoName: string | null }
  | Exclude<FenceAnswer, { type: 'fenced' }>
export type AbortAnswer = { type: 'abort_noted' } | { type: 'refused'; refusal: Refusal }

/** `sample`: the host as it was read for the last time before any write; null from an agent that tells none. */
export type OnReady = (digest: string, sample: Sample | null) => Promise<boolean>

export interface WatchHandlers {
  /** Ends the session. */
  signal: AbortSignal
  onSample: (sample: Sample) => Promise<void>
}

/**
 * What the server can ask of a host. Every call rejects with ContactError for anything expected to go wrong
 * between here and the host. Whether acting may have begun is known to the caller: it answered `onReady`.
 */
export interface AgentClient {
  inspect(target: SshTarget, options: CallOptions): Promise<Inspection>
  plan(target: SshTarget, params: RequestParams['plan'], options: CallOptions): Promise<PlanResult>
  /**
   * Runs one job, under the verb that its item is for. `onReady` is asked after the agent holds the lock and has re-read everything, which it tells as a
   * sample; only `true` sends `go`. The caller records that `go` is about to be sent before returning true.
   */
  act(
    target: SshTarget,
    params: { jobId: string; token: FencingToken; item: PlanItem; digest: string },
    options: CallOptions & TailHandlers & { onReady: OnReady },
  ): Promise<TailEnd>
  /** `no_journal`: there is none on the host that can be read, which proves nothing. */
  attach(
    target: SshTarget,
    params: { jobId: string; fromLine: number },
    options: CallOptions & TailHandlers,
  ): Promise<TailEnd | 'no_journal'>
  /** Takes the lock, records the token, then reads: afterwards nobody with an older token can act. */
  fence(target: SshTarget, params: { token: FencingToken }, options: CallOptions): Promise<FenceAnswer>
  /** Takes up a job whose process died. `onReady` answers the way it is to go; null sends no `go`. */
  recover(
    target: SshTarget,
    params: { jobId: string; token: FencingToken; item: PlanItem; digest: string; fromLine: number },
    options: CallOptions & TailHandlers & { onReady: (digest: string) => Promise<Direction | null> },
  ): Promise<RecoverEnd>
  /** Asks what acts for the job to rest at its next safe point. */
  abort(
    target: SshTarget,
    params: { jobId: string; token: FencingToken },
    options: CallOptions,
  ): Promise<AbortAnswer>
  adopt(
    target: SshTarget,
    params: { token: FencingToken; from: RecordedToken },
    options: CallOptions,
  ): Promise<AdoptAnswer>
  /** Changes what the kernel does with new memory by itself, until it restarts; told as read back. */
  policy(target: SshTarget, params: RequestParams['policy'], options: CallOptions): Promise<PolicyAnswer>
  /**
   * Keeps one session, without root, in which the host tells what anyone may read: now, every `everyMs`, and when it
   * changed. Ends by rejecting: contact lost, three turns of silence, or the signal.
   */
  watch(target: SshTarget, params: { everyMs: number }, handlers: WatchHandlers): Promise<never>
  /** Closes every pooled connection. */
  close(): Promise<void>
}
