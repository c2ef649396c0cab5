import type { FleetEvent } from '@/server/events/schema'

export interface LiveBatch {
  hosts: Set<string>
  jobs: Set<string>
  plans: Set<string>
  rollouts: Set<string>
  fleet: boolean
  /** The stream has a gap: anything may have changed. */
  everything: boolean
}

/** The stream may shout; the page hears it at most four times a second, each subject once. */
const FLUSH_EVERY_MS = 250

/** Collects events and hands them on in batches; while `paused()` (a hidden tab) it only collects. */
export class LiveBuffer {
  readonly #flush: (batch: LiveBatch) => void
  readonly #paused: () => boolean
  #batch = emptyBatch()
  #timer: ReturnType<typeof setTimeout> | null = null

  constructor(flush: (batch: LiveBatch) => void, paused: () => boolean) {
    this.#flush = flush
    this.#paused = paused
  }

  add(event: FleetEvent): void {
    if (event.topic === 'host') this.#batch.hosts.add(event.subjectId)
    if (event.topic === 'job' || event.topic === 'journal') this.#batch.jobs.add(event.subjectId)
    if (event.topic === 'plan') this.#batch.plans.add(event.subjectId)
    if (event.topic === 'rollout') this.#batch.rollouts.add(event.subjectId)
    if (event.topic === 'fleet') this.#batch.fleet = true
    // RESYNC of server/events/schema, whose validator has no business in the browser.
    if (event.subjectId === 'resync') this.#batch.everything = true
    this.#timer ??= setTimeout(() => this.release(), FLUSH_EVERY_MS)
  }

  /** Hands on what has gathered, unless paused; called again when the tab is looked at. */
  release(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#paused() || isEmpty(this.#batch)) return
    const batch = this.#batch
    this.#batch = emptyBatch()
    this.#flush(batch)
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }
}

function emptyBatch(): LiveBatch {
  return {
    hosts: new Set(),
    jobs: new Set(),
    plans: new Set(),
    rollouts: new Set(),
    fleet: false,
    everything: false,
  }
}

function isEmpty(batch: LiveBatch): boolean {
  const subjects = [batch.hosts, batch.jobs, batch.plans, batch.rollouts]
  return subjects.every((each) => each.size === 0) && !batch.fleet
}
