import type { DaxDevice, Inspection, PlanItem } from '@/agents/protocol'
import { countBlocks } from '@/server/hosts/blocks'
import { stateAfterContactError, statesProbedAgain } from '@/server/hosts/contact-state'
import { deviceState } from '@/server/hosts/device-state'
import type { HowRead } from '@/server/hosts/record-probe'
import type { DeviceStateName, HostStateName } from '@/server/hosts/vocabulary'
import type { GoResult } from '@/server/jobs/decisions'
import { createMemoryStore } from '@/server/jobs/memory-store'
import type { JobStore } from '@/server/jobs/store'
import { isEnded } from '@/server/jobs/transitions'
import type { ContactError } from '@/server/ssh/target'
import type { WorkerLimits } from '@/server/worker/context'
import type { WorkerRecords } from '@/server/worker/records'
import { SimulatedQueue } from './queue'
import { SimulatedRollout } from './rollout'
import type { Surroundings } from './surroundings'

export const installation = 'installation-1'

/** What of a host's row has a say. */
export interface HostRow {
  hostId: string
  state: HostStateName
  stateSinceMs: number
  fenceDue: boolean
  fenceRequested: boolean
  probeRequestedMs: number | null
  updatedMs: number
  memTotalBytes: bigint
  memAvailableBytes: bigint
  /** Each device as last read, by identity. */
  devices: Map<string, DeviceRow>
}

interface DeviceRow {
  state: DeviceStateName
  driver: string | null
  blocks: number
  onlineBytes: bigint
}

function deviceRow(device: DaxDevice, blockSizeBytes: bigint): DeviceRow {
  const { online, total } = countBlocks(device.blocks)
  const onlineBytes = BigInt(online) * blockSizeBytes
  return { state: deviceState(device), driver: device.driver, blocks: total, onlineBytes }
}

export interface PlanRow {
  planId: string
  hostId: string
  deviceId: string
  /** Which of the host's devices it is, behind whatever name. */
  deviceIndex: number
  item: PlanItem
  digest: string
}

/** Calls after which Postgres tells whoever listens that the job's row changed. */
const announced: ReadonlySet<string> = new Set([
  'requestCancel',
  'markLost',
  'requeue',
  'markUnknown',
  'endJob',
])

const probedAgain: ReadonlySet<HostStateName> = new Set(statesProbedAgain)

/** What a go was decided by; of a job that is not there, nothing. */
export interface TermsOfGo {
  fleetStopPulled: boolean | null
  cancelRequested: boolean | null
  isHeld: boolean
}

/** The database: the job store in memory, and what stands in the rows beside it. */
export class SimulatedDatabase {
  readonly store = createMemoryStore()
  /** The same, looked at after each call. */
  readonly watched: JobStore
  readonly queue: SimulatedQueue
  readonly hosts = new Map<string, HostRow>()
  readonly plans = new Map<string, PlanRow>()
  readonly planOfJob = new Map<string, string>()
  /** When each job was queued. */
  readonly queuedMs = new Map<string, number>()
  readonly rollouts: SimulatedRollout
  private readonly offsets = new Map<string, number>()
  private jobs = 0

  constructor(private readonly world: Surroundings) {
    this.queue = new SimulatedQueue(world)
    this.rollouts = new SimulatedRollout(world, this)
    Object.defineProperty(this.store, 'nowMs', { get: () => world.nowMs })
    this.store.quarantinedHosts = new Quarantine(this.hosts, world)
    this.watched = new Proxy<JobStore>(this.store, {
      get: (store, name) => {
        const method: unknown = Reflect.get(store, name)
        if (typeof method !== 'function') return method
        return async (...given: unknown[]) => {
          const answering: unknown = method.apply(store, given)
          // Decided by now: a word that comes while the answer is on its way comes after the go.
          const jobId = String(given[0])
          const asDecided = name === 'recheckForGo' ? this.termsOfGo(jobId) : null
          const answer: unknown = await answering
          world.look((watch) => watch.jobsMoved())
          if (announced.has(String(name))) world.announce(jobId)
          if (asDecided !== null && (answer as GoResult).go)
            world.look((watch) => watch.permitted(jobId, asDecided))
          return answer
        }
      },
    })
  }

  private termsOfGo(jobId: string): TermsOfGo {
    const job = this.store.jobs().find(({ id }) => id === jobId)
    return {
      fleetStopPulled: this.store.fleetStopPulled,
      cancelRequested: job?.cancelRequested ?? null,
      isHeld: this.store.isHeld(job?.hostId ?? ''),
    }
  }

  /** A host as it is added; its first reading tells the rest. */
  addHost(hostId: string): void {
    this.hosts.set(hostId, {
      hostId,
      state: 'ready',
      stateSinceMs: this.world.nowMs,
      fenceDue: false,
      fenceRequested: false,
      probeRequestedMs: null,
      updatedMs: this.world.nowMs,
      memTotalBytes: 0n,
      memAvailableBytes: 0n,
      devices: new Map(),
    })
  }

  hostRow(hostId: string): HostRow {
    const row = this.hosts.get(hostId)
    if (row === undefined) throw new Error(`No host ${hostId}.`)
    return row
  }

  planOf(jobId: string): PlanRow {
    const plan = this.plans.get(this.planOfJob.get(jobId) ?? '')
    if (plan === undefined) throw new Error(`No plan of ${jobId}.`)
    return plan
  }

  addJob(plan: PlanRow): string {
    this.jobs += 1
    const id = `job-${this.jobs}`
    this.planOfJob.set(id, plan.planId)
    this.queuedMs.set(id, this.world.nowMs)
    this.store.addJob({ id, hostId: plan.hostId, deviceId: plan.deviceId, digest: plan.digest })
    this.queue.wake('run-job', id, 0)
    return id
  }

  requestProbe(hostId: string): void {
    this.hostRow(hostId).probeRequestedMs = this.world.nowMs
    this.queue.wake('probe-host', hostId, 0)
  }

  requestFencingProbe(hostId: string): void {
    this.hostRow(hostId).fenceRequested = true
    this.requestProbe(hostId)
  }

  /** As sweepProbes: probes that were asked for, and hosts nobody has looked at for a while. */
  sweepProbes({ probeIntervalMs, lease, messageLostMs }: WorkerLimits): void {
    for (const row of this.hosts.values()) {
      const everyMs =
        row.fenceDue && row.state === 'quarantined' ? Math.min(probeIntervalMs, lease.ttlMs) : probeIntervalMs
      const isOpen = this.store.jobs().some((job) => job.hostId === row.hostId && !isEnded(job.state))
      const isStale = probedAgain.has(row.state) && row.updatedMs < this.world.nowMs - everyMs
      if (row.probeRequestedMs === null && !isOpen && isStale) {
        row.probeRequestedMs = this.world.nowMs
        row.updatedMs = this.world.nowMs
        if (row.fenceDue && row.state !== 'foreign') row.fenceRequested = true
      }
      const key = `probe-host:${row.hostId}`
      const isAsked = row.probeRequestedMs !== null || row.fenceRequested
      if (isAsked && !this.queue.isCovered(key, messageLostMs)) this.queue.wake('probe-host', row.hostId, 0)
    }
  }

  sweepRollouts(): void {
    if (!this.rollouts.isLive() || this.queue.isCovered('rollout:r', 60_000)) return
    this.queue.wake('rollout', 'r', 0)
  }

  readonly records: WorkerRecords = {
    installationId: async () => installation,
    loadJob: async (jobId) => {
      const job = await this.store.readJob(jobId)
      if (job === null) throw new Error(`No job ${jobId}.`)
      const { hostId, digest, attempts } = job
      return {
        id: jobId,
        hostId,
        digest,
        item: this.planOf(jobId).item,
        attempts,
        installationId: installation,
      }
    },
    readHost: async (hostId) => {
      const { state, fenceDue, fenceRequested, probeRequestedMs } = this.hostRow(hostId)
      const probeRequestedAt = probeRequestedMs === null ? null : new Date(probeRequestedMs)
      return { state, fenceDue, probeRequestedAt, fenceRequested, adoptFrom: null }
    },
    readJournal: async (jobId) => ({
      lines: this.store.linesOf(jobId),
      offset: this.offsets.get(jobId) ?? 0,
    }),
    setJournalOffset: async (jobId, token, offset) => {
      const isOwned = await this.isOwned(jobId, token)
      if (isOwned) this.offsets.set(jobId, offset)
      return isOwned
    },
    noteContact: (jobId, token) => this.isOwned(jobId, token),
    announceJournal: async () => {},
    recordAbortSent: async () => {},
    recordContactError: async (hostId, error, answers) => this.recordContactError(hostId, error, answers),
    recordUnreached: async () => {},
    recordInspection: async (hostId, inspection, read) => this.recordInspection(hostId, inspection, read),
    recordHeld: async (hostId, _jobId, answers) => {
      const row = this.hostRow(hostId)
      const marks = { fenceDue: true, fenceRequested: false, probeRequestedMs: markAfter(row, answers) }
      Object.assign(row, { ...marks, ...moved(row, 'quarantined', this.world.nowMs) })
    },
    recordAdoption: async () => {},
    keepForeign: async () => {},
    forgetFenceRequest: async (hostId) => {
      this.hostRow(hostId).fenceRequested = false
    },
    requestProbe: async (hostId) => this.requestProbe(hostId),
    listWaiting: async (hostId) => {
      const waiting = this.store
        .jobs()
        .filter((job) => job.hostId === hostId && (job.state === 'unknown' || job.state === 'queued'))
        .toSorted(
          (a, b) => Number(b.state === 'unknown') - Number(a.state === 'unknown') || a.order - b.order,
        )
      return waiting.map(({ id, state, runAfterMs }) => ({
        jobId: id,
        state: state === 'unknown' ? 'unknown' : 'queued',
        dueInMs: runAfterMs - this.world.nowMs,
      }))
    },
    wakeJob: async (jobId, afterMs) => this.queue.wake('run-job', jobId, afterMs),
    wakeUnawaitedJobs: async (jobIds, lostMs) => {
      for (const jobId of jobIds)
        if (!this.queue.isCovered(`run-job:${jobId}`, lostMs)) this.queue.wake('run-job', jobId, 0)
    },
    wakeRolloutsOn: async () => {
      if (this.rollouts.isLive()) this.queue.wake('rollout', 'r', 0)
    },
  }

  /** As foreignTo: not ours, or an epoch that was never handed out here. */
  private isForeign(fence: Inspection['fence']): boolean {
    if (fence === null) return false
    if (fence === 'unreadable' || fence.installationId !== installation) return true
    return BigInt(fence.epoch) > this.store.lastEpoch()
  }

  private async isOwned(jobId: string, token: { holder: string; epoch: bigint }): Promise<boolean> {
    const job = await this.store.readJob(jobId)
    return job !== null && job.holder === token.holder && job.epoch === token.epoch
  }

  /** As recordContactError. */
  private recordContactError(hostId: string, { kind }: ContactError, answers: Date | null = null): void {
    const row = this.hostRow(hostId)
    const state = stateAfterContactError(row.state, kind)
    const marks = { fenceRequested: false, probeRequestedMs: markAfter(row, answers) }
    Object.assign(row, { ...marks, ...moved(row, state, this.world.nowMs) })
  }

  /** As recordInspection: only a fenced reading, with no job left unknown, ends a quarantine. */
  recordInspection(
    hostId: string,
    inspection: Inspection,
    { fenced = false, answers = null }: HowRead,
  ): void {
    const row = this.hostRow(hostId)
    const blockSizeBytes = BigInt(inspection.blockSizeBytes)
    row.devices.clear()
    for (const device of inspection.devices)
      row.devices.set(device.identity.id, deviceRow(device, blockSizeBytes))
    row.memTotalBytes = BigInt(inspection.memory.totalBytes)
    row.memAvailableBytes = BigInt(inspection.memory.availableBytes)
    const isForeign = this.isForeign(inspection.fence)
    const unknown = this.store.jobs().some((job) => job.hostId === hostId && job.state === 'unknown')
    const isSettled = !row.fenceDue || (fenced && !isForeign && !unknown)
    if (fenced) row.fenceRequested = false
    const state = isForeign ? 'foreign' : isSettled ? 'ready' : 'quarantined'
    const marks = { fenceDue: !isSettled, probeRequestedMs: markAfter(row, answers) }
    Object.assign(row, { ...marks, ...moved(row, state, this.world.nowMs) })
  }
}

/** What the job store puts into quarantine, as the rows of the hosts tell it. */
class Quarantine extends Set<string> {
  constructor(
    private readonly rows: Map<string, HostRow>,
    private readonly world: Surroundings,
  ) {
    super()
  }
  override add(hostId: string): this {
    const row = this.rows.get(hostId)
    if (row !== undefined)
      Object.assign(row, { fenceDue: true, ...moved(row, 'quarantined', this.world.nowMs) })
    return this
  }
}

/** A host's state as it is from now on; since when, where it was another before. */
function moved(row: HostRow, state: HostStateName, nowMs: number) {
  return { state, stateSinceMs: row.state === state ? row.stateSinceMs : nowMs, updatedMs: nowMs }
}

/** As markAfter: a mark set since the look began stands. */
function markAfter({ probeRequestedMs }: HostRow, answers: Date | null): number | null {
  return probeRequestedMs === (answers?.getTime() ?? null) ? null : probeRequestedMs
}
