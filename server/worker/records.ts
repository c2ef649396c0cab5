import type { FencingToken, Inspection, JournalLine, RecordedToken } from '@/agents/protocol'
import type { HowRead } from '@/server/hosts/record-probe'
import type { HostStateName } from '@/server/hosts/vocabulary'
import type { JobStateName } from '@/server/jobs/vocabulary'
import type { Words } from '@/server/jobs/words'
import type { LeaseToken } from '@/server/leases/store'
import type { ContactError } from '@/server/ssh/target'
import type { LoadedJob } from './loaded-job'

/** What of a host's row decides whether it may be asked, and how. */
export interface HostFacts {
  state: HostStateName
  /** Only a fenced reading counts until one was made. */
  fenceDue: boolean
  /** When a probe was asked for that was not made yet. */
  probeRequestedAt: Date | null
  fenceRequested: boolean
  adoptFrom: RecordedToken | null
}

/** The server's own first step of a job's timeline. */
export interface ContactNote {
  state: 'running' | 'done' | 'failed'
  detail: string
  durationMs: number | null
}

export interface WaitingJob {
  jobId: string
  state: Extract<JobStateName, 'queued' | 'unknown'>
  /** By this process's clock: it chooses a pause with it; whether the job is due, the store decides. */
  dueInMs: number
}

/**
 * What the logic of jobs and probes reads and writes beside the job store: everything for people, and the wake-ups. The
 * worker's is Postgres (postgres-records.ts); simulations keep it in memory and run the same logic.
 */
export interface WorkerRecords {
  installationId(): Promise<string>
  /** The job with the plan item its approval covers. Throws when they are not there: then nobody approved anything. */
  loadJob(jobId: string): Promise<LoadedJob>
  /** Null when the host was removed. */
  readHost(hostId: string): Promise<HostFacts | null>
  /** What earlier contacts stored, by number, and where the host's own numbers begin among these. */
  readJournal(jobId: string): Promise<{ lines: JournalLine[]; offset: number }>
  /** False when the job is another's by now. */
  setJournalOffset(jobId: string, token: LeaseToken, offset: number): Promise<boolean>
  /** False when the job is another's by now; nothing was written. */
  noteContact(jobId: string, token: LeaseToken, note: ContactNote): Promise<boolean>
  /** Pages look at the job's lines again. */
  announceJournal(jobId: string): Promise<void>
  recordAbortSent(jobId: string, refused: string | null): Promise<void>
  /** `answers`, here and below: the host's mark for a probe as it was when contact began; one set since then stands. */
  recordContactError(hostId: string, error: ContactError, answers?: Date | null): Promise<void>
  /** That a host is away while it is asked what became of a run: its state is the run's to tell. */
  recordUnreached(hostId: string, error: ContactError): Promise<void>
  /** Only a fenced reading, with no job left unknown, ends a quarantine. */
  recordInspection(hostId: string, inspection: Inspection, read: HowRead): Promise<void>
  /** Somebody acts there, for this job as far as that is known: quarantine stays, and says who. */
  recordHeld(hostId: string, jobId: string, answers: Date | null): Promise<void>
  /** What came of an adoption; `refused` says why there was none. */
  recordAdoption(
    target: { hostId: string; name: string },
    change: { from: RecordedToken; to: FencingToken },
    refused: Words | null,
  ): Promise<void>
  /** The host stays another installation's, and its state says why. */
  keepForeign(hostId: string, said: Words): Promise<void>
  forgetFenceRequest(hostId: string): Promise<void>
  requestProbe(hostId: string): Promise<void>
  /** Jobs that wait for this host, the one to be taken up first at the head. */
  listWaiting(hostId: string): Promise<WaitingJob[]>
  /** Wakes a worker for the job; a lost wake-up is the sweep's. */
  wakeJob(jobId: string, afterMs: number): Promise<void>
  /** The same for those that no message waits for, and none was being worked on within `lostMs`. */
  wakeUnawaitedJobs(jobIds: readonly string[], lostMs: number): Promise<void>
  /** Rollouts that may wait for something on this host. */
  wakeRolloutsOn(hostId: string): Promise<void>
}
