import type { JournalLine } from '@/agents/protocol'
import type { LeaseToken } from '@/server/leases/store'
import { directionOf, type JobFacts, whyNotClaimed, whyNotGo, whyNotTakenOver } from './decisions'
import type { JobStateName } from './schema'
import type { Ending, JobStore, Orphan, StoredJob } from './store'
import { canMove, isEnded, statesAfterGo, statesBeforeGo } from './transitions'
import {
  cancelledBeforeGo,
  lostWords,
  markedLostWords,
  orphanedAfterGo,
  orphanedBeforeGo,
  recovering,
} from './words'

interface MemoryJob extends StoredJob {
  runAfterMs: number
  unknownSinceMs: number | null
  approvalEndsAtMs: number | null
  order: number
  /** As Postgres keeps it: null as long as it has not ended, and where its end needs none. */
  causeCode: string | null
  /** How its holder ended it, with the figures. */
  ending: Ending | null
}
type Lease = LeaseToken & { expiresAtMs: number }

/** What a test or a simulation turns by hand. */
export interface MemoryControls {
  nowMs: number
  fleetStopPulled: boolean | null
  quarantinedHosts: Set<string>
  addJob(job: {
    id: string
    hostId: string
    deviceId: string
    digest: string
    /** Where two people approved it. */
    approvalEndsAtMs?: number
  }): void
  /** Every job there is, as it is now, in the order they came. */
  jobs(): readonly Readonly<MemoryJob>[]
  /** By number. */
  linesOf(jobId: string): JournalLine[]
  isHeld(hostId: string): boolean
  /** The highest that was ever handed out; 0 before the first. */
  lastEpoch(): bigint
}

const holding: ReadonlySet<JobStateName> = new Set([...statesBeforeGo, ...statesAfterGo, 'unknown'])

/**
 * The store in a few lines of memory: what Postgres must do, in a form that can be read at one sitting. A property
 * test runs the same operations on both; simulations of whole fleets run on this one.
 */
export function createMemoryStore(): JobStore & MemoryControls {
  const jobs = new Map<string, MemoryJob>()
  const leases = new Map<string, Lease>()
  const lines = new Map<string, Map<number, JournalLine>>()
  let epoch = 0n

  const live = (hostId: string): Lease | null => {
    const lease = leases.get(hostId)
    return lease !== undefined && lease.expiresAtMs > store.nowMs ? lease : null
  }
  const isUnder = (held: LeaseToken | null, token: LeaseToken) =>
    held !== null && held.holder === token.holder && held.epoch === token.epoch
  const leasedUnder = (hostId: string, token: LeaseToken) => isUnder(live(hostId), token)
  const owned = (job: MemoryJob, token: LeaseToken) =>
    job.holder === token.holder && job.epoch === token.epoch
  const rest = (job: MemoryJob, state: JobStateName, message: string) =>
    Object.assign(job, { state, message, holder: null, epoch: null, stuck: false })
  const facts = (job: MemoryJob, token: LeaseToken, digest = job.digest): JobFacts => ({
    state: job.state,
    leased: leasedUnder(job.hostId, token),
    owned: owned(job, token),
    due: job.runAfterMs <= store.nowMs,
    cancelRequested: job.cancelRequested,
    digestEqual: job.digest === digest,
    approvalOver: job.approvalEndsAtMs !== null && job.approvalEndsAtMs <= store.nowMs,
    fleetStopPulled: store.fleetStopPulled,
  })
  const backToQueue = (job: MemoryJob, afterMs: number, message: string) => {
    if (job.cancelRequested) return rest(job, 'cancelled', cancelledBeforeGo)
    job.runAfterMs = store.nowMs + afterMs
    return rest(job, 'queued', message)
  }
  const loseSight = (job: MemoryJob, message: string) => {
    job.unknownSinceMs ??= store.nowMs
    // A try to attach that failed changes nothing but the message.
    if (job.state !== 'unknown') store.quarantinedHosts.add(job.hostId)
    return rest(job, 'unknown', message)
  }
  const inOrder = () => [...jobs.values()].toSorted((a, b) => a.order - b.order)

  const store: JobStore & MemoryControls = {
    nowMs: 0,
    fleetStopPulled: false,
    quarantinedHosts: new Set(),
    addJob(job) {
      jobs.set(job.id, {
        ...job,
        state: 'queued',
        holder: null,
        epoch: null,
        attempts: 0,
        cancelRequested: false,
        goSent: false,
        stuck: false,
        message: '',
        runAfterMs: store.nowMs,
        unknownSinceMs: null,
        approvalEndsAtMs: job.approvalEndsAtMs ?? null,
        order: jobs.size,
        causeCode: null,
        ending: null,
      })
    },
    jobs: inOrder,
    linesOf: (jobId) => [...(lines.get(jobId) ?? new Map()).values()].toSorted((a, b) => a.n - b.n),
    isHeld: (hostId) => live(hostId) !== null,
    lastEpoch: () => epoch,

    async takeLease(hostId, holder, ttlMs) {
      if (live(hostId) !== null) return null
      epoch += 1n
      leases.set(hostId, { holder, epoch, expiresAtMs: store.nowMs + ttlMs })
      return epoch
    },
    async renewLease(hostId, token, ttlMs) {
      const lease = live(hostId)
      if (lease === null || !isUnder(lease, token)) return false
      lease.expiresAtMs = store.nowMs + ttlMs
      return true
    },
    async releaseLease(hostId, token) {
      return isUnder(leases.get(hostId) ?? null, token) && leases.delete(hostId)
    },

    async readJob(jobId) {
      const job = jobs.get(jobId)
      if (job === undefined) return null
      const { runAfterMs, unknownSinceMs, approvalEndsAtMs, order, causeCode, ending, ...stored } = job
      return stored
    },
    async claimJob(jobId, token) {
      const job = jobs.get(jobId)
      if (job === undefined) return 'missing'
      const refusal = whyNotClaimed(facts(job, token))
      if (refusal !== null) return refusal
      if (inOrder().some((other) => other.hostId === job.hostId && holding.has(other.state)))
        return 'host_busy'
      Object.assign(job, { state: 'dispatching', ...token, attempts: job.attempts + 1, message: '' })
      lines.delete(jobId)
      return 'claimed'
    },
    async takeOver(jobId, token) {
      const job = jobs.get(jobId)
      if (job === undefined) return 'missing'
      const refusal = whyNotTakenOver(facts(job, token))
      if (refusal !== null) return refusal
      Object.assign(job, token)
      return 'taken'
    },
    async advance(jobId, token, to) {
      const job = jobs.get(jobId)
      if (job === undefined || !owned(job, token) || !canMove(job.state, to)) return false
      if (to === 'acting' && job.state !== 'unknown') return false
      if (job.state === 'unknown') Object.assign(job, { message: '', unknownSinceMs: null })
      job.state = to
      return true
    },
    async recheckForGo(jobId, token, digest) {
      const job = jobs.get(jobId)
      const reason = job === undefined ? 'not_preflight' : whyNotGo(facts(job, token, digest))
      if (job === undefined || reason !== null) return { go: false, reason: reason ?? 'not_preflight' }
      Object.assign(job, { state: 'acting', goSent: true })
      return { go: true }
    },
    async recheckForRecovery(jobId, token) {
      const job = jobs.get(jobId)
      const direction = job === undefined ? null : directionOf(facts(job, token))
      if (job === undefined || direction === null) return null
      Object.assign(job, { state: 'acting', stuck: false, message: recovering[direction] })
      return direction
    },
    async setStuck(jobId, token, stuck) {
      const job = jobs.get(jobId)
      if (job === undefined || !owned(job, token) || !statesAfterGo.includes(job.state)) return false
      job.stuck = stuck !== null
      return true
    },
    async appendLines(jobId, token, given) {
      const job = jobs.get(jobId)
      if (job === undefined || !owned(job, token)) return null
      const known = lines.get(jobId) ?? new Map<number, JournalLine>()
      const before = known.size
      for (const line of given) if (!known.has(line.n)) known.set(line.n, line)
      lines.set(jobId, known)
      return known.size - before
    },
    async requeue(jobId, token, afterMs, message) {
      const job = jobs.get(jobId)
      if (job === undefined || !owned(job, token) || !statesBeforeGo.includes(job.state)) return false
      backToQueue(job, afterMs, message)
      return true
    },
    async markUnknown(jobId, token, message) {
      const job = jobs.get(jobId)
      const mayAct = job !== undefined && (statesAfterGo.includes(job.state) || job.state === 'unknown')
      if (!mayAct || !owned(job, token)) return false
      loseSight(job, message)
      return true
    },
    async endJob(jobId, token, ending) {
      const job = jobs.get(jobId)
      if (job === undefined || !owned(job, token) || !canMove(job.state, ending.state)) return false
      rest(job, ending.state, ending.message)
      Object.assign(job, { causeCode: ending.causeCode, ending, unknownSinceMs: null })
      return true
    },
    async requestCancel(jobId) {
      const job = jobs.get(jobId)
      if (job === undefined) return 'missing'
      if (isEnded(job.state)) return 'ended'
      job.cancelRequested = true
      if (job.state === 'queued') {
        rest(job, 'cancelled', cancelledBeforeGo)
        return 'cancelled'
      }
      return statesBeforeGo.includes(job.state) ? 'asked_before_go' : 'asked_after_go'
    },
    async releaseOrphans() {
      const orphans: Orphan[] = []
      for (const job of inOrder()) {
        const acted = statesAfterGo.includes(job.state)
        if (!acted && !statesBeforeGo.includes(job.state)) continue
        if (job.holder !== null && job.epoch !== null) {
          if (leasedUnder(job.hostId, { holder: job.holder, epoch: job.epoch })) continue
        }
        const { state } = acted ? loseSight(job, orphanedAfterGo) : backToQueue(job, 0, orphanedBeforeGo)
        orphans.push({ jobId: job.id, hostId: job.hostId, state: state as Orphan['state'] })
      }
      return orphans
    },
    async endOverdue(deadlineMs) {
      const overdue = inOrder().filter(
        (job) => job.unknownSinceMs !== null && job.unknownSinceMs <= store.nowMs - deadlineMs,
      )
      const lost = overdue.filter((job) => job.state === 'unknown')
      for (const job of lost)
        Object.assign(rest(job, 'lost', lostWords.message), { causeCode: 'lost_contact' })
      return lost.map((job) => job.id)
    },
    async markLost(jobId, actor) {
      const job = jobs.get(jobId)
      if (job === undefined) return 'missing'
      if (job.state !== 'unknown') return 'not_unknown'
      Object.assign(rest(job, 'lost', markedLostWords(actor.id).message), { causeCode: 'marked_lost' })
      store.quarantinedHosts.add(job.hostId)
      return 'lost'
    },
    async listRunnable(limit) {
      const due = inOrder().filter((job) => job.state === 'queued' && job.runAfterMs <= store.nowMs)
      return due.slice(0, limit).map((job) => ({ jobId: job.id, hostId: job.hostId }))
    },
    async listUnattended(limit) {
      const alone = inOrder().filter((job) => job.state === 'unknown' && live(job.hostId) === null)
      return alone.slice(0, limit).map((job) => ({ jobId: job.id, hostId: job.hostId }))
    },
  }
  return store
}
