import { apply } from '@/server/rollouts/machine/apply'
import { type Command, obey } from '@/server/rollouts/machine/commands'
import { next } from '@/server/rollouts/machine/machine'
import type { Decision, HostRun, Item, JobFacts, Rollout } from '@/server/rollouts/machine/model'
import { splitIntoWaves } from '@/server/rollouts/machine/waves'
import { type Policy, policySchema } from '@/server/rollouts/policy'
import type { Random } from './random'

export interface ListedHost {
  hostId: string
  group: string | null
  devices: number
}

/** An approved rollout, just begun, over a list of hosts that are all ready. */
export function rolloutOver(listed: readonly ListedHost[], given: Partial<Policy> = {}): Rollout {
  const policy = policySchema.parse({ soakSeconds: 0, ...given })
  const waveOf = new Map(
    splitIntoWaves(listed, policy).flatMap((wave, at) => wave.map((hostId) => [hostId, at] as const)),
  )
  return {
    state: 'running',
    reason: '',
    policy,
    wave: 0,
    soakSinceMs: null,
    checkSinceMs: null,
    fleetStopPulled: false,
    rest: [],
    hosts: listed.map(({ hostId, devices }) => ({
      hostId,
      wave: waveOf.get(hostId) ?? -1,
      state: 'pending',
      startedAtMs: null,
      acknowledged: false,
      checked: false,
      ready: true,
      settlesUntilMs: null,
      health: null,
      items: Array.from({ length: devices }, (_, at) => item(`${hostId}/dax${at}.0`)),
    })),
  }
}

function item(itemId: string): Item {
  return { itemId, state: 'pending', retriesUsed: 0, retryAtMs: null, job: null }
}

/** Hosts named h0, h1, … over so many racks; with one, they are in none. */
export function hosts(count: number, devices = 1, racks = 1): ListedHost[] {
  return Array.from({ length: count }, (_, at) => ({
    hostId: `h${at}`,
    group: racks === 1 ? null : `r${at % racks}`,
    devices,
  }))
}

/** How jobs of a world come out; each is drawn with the given weight. */
const outcomes: readonly { value: Partial<JobFacts>; weight: number }[] = [
  { value: { state: 'converted' }, weight: 20 },
  { value: { state: 'already' }, weight: 1 },
  { value: { state: 'partial' }, weight: 1 },
  { value: { state: 'refused', causeCode: 'in_use' }, weight: 1 },
  { value: { state: 'refused', causeCode: 'plan_changed' }, weight: 1 },
  { value: { state: 'failed', causeCode: 'unreachable', goSent: false }, weight: 2 },
  { value: { state: 'failed', causeCode: 'EINVAL', goSent: true }, weight: 1 },
  { value: { state: 'stranded' }, weight: 1 },
  { value: { state: 'unknown', goSent: true }, weight: 2 },
]

/** The machine with everything around it in memory: jobs that end, hosts that answer, an operator, a clock. */
export class RolloutWorld {
  nowMs = Date.UTC(2026, 0, 1)
  readonly done: { decision: Decision; before: Rollout; atMs: number }[] = []

  constructor(public rollout: Rollout) {}

  /** As a worker does: until the machine wants nothing more. */
  turn(): void {
    for (let round = 0; ; round++) {
      if (round > 10_000)
        throw new Error(`The machine never rests: ${JSON.stringify(this.done.at(-1)?.decision)}`)
      const decisions = next(this.rollout, this.nowMs)
      if (decisions.length === 0) return
      for (const decision of decisions) this.apply(decision)
    }
  }

  command(command: Command): boolean {
    const answer = obey(this.rollout, command)
    if (answer.type === 'refused') return false
    for (const decision of answer.decisions) this.apply(decision)
    return true
  }

  private apply(decision: Decision): void {
    this.done.push({ decision, before: this.rollout, atMs: this.nowMs })
    this.rollout = apply(this.rollout, decision, this.nowMs)
    if (decision.type === 'begin_check') this.onHosts((host) => ({ ...host, health: null }))
  }

  onHosts(change: (host: HostRun) => HostRun): void {
    this.rollout = { ...this.rollout, hosts: this.rollout.hosts.map(change) }
  }

  /** Every job that `picks` takes becomes what it answers. */
  onJobs(picks: (item: Item, job: JobFacts) => Partial<JobFacts> | null): void {
    this.onHosts((host) => ({
      ...host,
      items: host.items.map((each) => {
        if (each.state !== 'running' || each.job === null) return each
        const change = picks(each, each.job)
        return change === null ? each : { ...each, job: { ...each.job, ...change } }
      }),
    }))
  }

  inFlight(): HostRun[] {
    return this.rollout.hosts.filter(({ state }) => state === 'running')
  }

  /** One step of whatever else may happen. */
  stir(random: Random): void {
    this.nowMs += random.whole(0, 60) * 1000
    this.onJobs((_item, job) => {
      if (random.next() < 0.6) return null
      if (job.cancelRequested && random.next() < 0.7) return { state: 'cancelled' }
      if (job.state === 'unknown') return random.next() < 0.5 ? { state: 'lost' } : { state: 'converted' }
      return random.pick(outcomes)
    })
    this.answerChecks(() => random.next() > 0.03)
    if (random.next() < 0.05) this.rollout = { ...this.rollout, fleetStopPulled: random.pick(stops) }
    if (random.next() < 0.1) {
      const ready = random.next() > 0.2
      this.onHosts((host) => (random.next() < 0.2 ? { ...host, ready } : host))
    }
  }

  answerChecks(healthy: (host: HostRun) => boolean): void {
    if (this.rollout.checkSinceMs === null) return
    this.onHosts((host) =>
      host.health === null && host.state === 'succeeded'
        ? { ...host, health: healthy(host) ? 'healthy' : 'unhealthy' }
        : host,
    )
  }

  /** Nothing goes wrong any more, nobody interferes, and what is asked to stop stops: goes on until it rests. */
  calm(): void {
    this.rollout = { ...this.rollout, fleetStopPulled: false }
    this.onHosts((host) => ({ ...host, ready: true }))
    for (let step = 0; step < 5_000; step++) {
      this.turn()
      if (!['running', 'stopping', 'aborting'].includes(this.rollout.state)) return
      this.nowMs += 60_000
      this.onJobs((_item, job) => ({ state: job.cancelRequested ? 'cancelled' : 'converted' }))
      this.answerChecks(() => true)
    }
    throw new Error(`The rollout never settles: ${this.rollout.state}`)
  }
}

const stops = [
  { value: false, weight: 3 },
  { value: true, weight: 1 },
  { value: null, weight: 1 },
] as const
