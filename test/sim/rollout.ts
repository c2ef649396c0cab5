import { fleetFloorRefusal } from '@/server/floors/fleet-floor'
import type { QueuedJob } from '@/server/jobs/queue-job'
import { isEnded } from '@/server/jobs/transitions'
import { apply } from '@/server/rollouts/machine/apply'
import { type Command, obey } from '@/server/rollouts/machine/commands'
import { SETTLE_MS } from '@/server/rollouts/machine/machine'
import type { Decision, HostRun, Item, Rollout } from '@/server/rollouts/machine/model'
import { compact } from '@/server/rollouts/machine/tally'
import { splitIntoWaves } from '@/server/rollouts/machine/waves'
import type { RolloutDesk } from '@/server/rollouts/rows/desk'
import type { LockedRollout } from '@/server/rollouts/rows/load'
import { type Cancel, carryOut } from '@/server/rollouts/turn/carry-out'
import { type Turn, takeTurn } from '@/server/rollouts/turn/take-turn'
import { liveRolloutStates } from '@/server/rollouts/vocabulary'
import type { HostRow, PlanRow, SimulatedDatabase } from './database'
import { checkFleetFloor, fleetRoom } from './floors'
import { pluggedBytes } from './hands'
import type { Surroundings } from './surroundings'

interface Part {
  planId: string
  deviceId: string
  digest: string
  jobId: string | null
  message: string
  next: string
}

/** The rollout's rows in memory: locked by one turn at a time, and written as apply.ts has it. */
export class SimulatedRollout {
  private rollout: Rollout | null = null
  private readonly parts = new Map<string, Part>()
  /** Whoever has the row; the next waits for it. */
  private locked: Promise<unknown> = Promise.resolve()
  /** As it stood when it was approved, which weighed all of it. */
  private fleetFloorBytes = 0n

  constructor(
    private readonly world: Surroundings,
    private readonly database: SimulatedDatabase,
  ) {}

  /** Approved, and begun. */
  begin(plans: readonly PlanRow[]): void {
    const { policy, hosts, givingBack } = this.world.figures
    const left = this.world.hosts.map((host) => host.machine.figures.available() - pluggedBytes(host))
    const leftBytes = left.reduce((sum, each) => sum + each, 0n)
    this.fleetFloorBytes = (leftBytes * BigInt(givingBack.fleetFloorPercent)) / 100n
    const ids = [...new Set(plans.map(({ hostId }) => hostId))]
    const listed = ids.map((hostId) => ({ hostId, group: hosts[Number(hostId.slice(1))]?.rack ?? null }))
    const spread = listed.map((host) => (policy.spreadByLabel === null ? { ...host, group: null } : host))
    const waveOf = new Map(
      splitIntoWaves(spread, policy).flatMap((wave, at) => wave.map((hostId) => [hostId, at] as const)),
    )
    for (const { planId, deviceId, digest } of plans)
      this.parts.set(planId, { planId, deviceId, digest, jobId: null, message: '', next: '' })
    this.rollout = {
      state: 'running',
      reason: '',
      policy,
      wave: 0,
      soakSinceMs: null,
      checkSinceMs: null,
      fleetStopPulled: false,
      rest: [],
      hosts: ids.map((hostId) => ({
        hostId,
        wave: waveOf.get(hostId) ?? 0,
        state: 'pending',
        startedAtMs: null,
        acknowledged: false,
        checked: false,
        ready: true,
        settlesUntilMs: null,
        health: null,
        items: plans
          .filter((plan) => plan.hostId === hostId)
          .map(({ planId }) => ({
            itemId: planId,
            state: 'pending',
            retriesUsed: 0,
            retryAtMs: null,
            job: null,
          })),
      })),
    }
    this.database.queue.wake('rollout', 'r', 0)
  }

  /** As it stands now, with what is read beside it. */
  read(): Rollout {
    if (this.rollout === null) throw new Error('There is no rollout yet.')
    const jobs = new Map(this.database.store.jobs().map((job) => [job.id, job]))
    const checking = this.rollout.checkSinceMs !== null
    const itemOf = (item: Item): Item => {
      const job = jobs.get(this.parts.get(item.itemId)?.jobId ?? '')
      if (job === undefined) return { ...item, job: null }
      const { state, causeCode, goSent, cancelRequested } = job
      return { ...item, job: { state, causeCode, goSent, cancelRequested } }
    }
    const hostOf = (host: HostRun): HostRun => {
      const row = this.database.hostRow(host.hostId)
      const ready = row.state === 'ready' && !row.fenceDue
      const isAsLeft = host.items.every(
        ({ itemId, state }) =>
          (state !== 'converted' && state !== 'restored' && state !== 'already') ||
          this.isAsLeft(row, itemId),
      )
      const probing = row.probeRequestedMs !== null
      const health = !checking || probing ? null : ready && isAsLeft ? 'healthy' : 'unhealthy'
      const settling = row.state === 'quarantined' && row.fenceDue
      const settlesUntilMs = settling ? row.stateSinceMs + SETTLE_MS : null
      return { ...host, ready, settlesUntilMs, health, items: host.items.map(itemOf) }
    }
    return {
      ...this.rollout,
      fleetStopPulled: this.database.store.fleetStopPulled,
      hosts: this.rollout.hosts.map(hostOf),
    }
  }

  /** As lockRollout reads it. */
  private isAsLeft({ devices }: HostRow, itemId: string): boolean {
    const device = devices.get(this.parts.get(itemId)?.deviceId ?? '')
    if (this.world.figures.kind === 'convert') return device?.state === 'system_ram'
    return device?.driver === 'device_dax' && device.blocks === 0
  }

  isLive(): boolean {
    const state = this.rollout?.state
    return liveRolloutStates.some((live) => live === state)
  }

  /** One turn, as a worker takes it: all of it stands, or nothing. */
  turn(worker: string): Promise<Turn> {
    return this.whileLocked(async (locked) => {
      const asRead = { ...locked, rollout: compact(locked.rollout) }
      return (await takeTurn(this.desk(worker), asRead)).turn
    })
  }

  /** As controlRollout: the operator's word under the lock. Null when it is heeded, else why not. */
  async obey(command: Command): Promise<string | null> {
    const refusal = await this.heed(command)
    // An abort waits for no worker: what is in flight is asked to stop before this answers.
    if (command.type === 'abort' && refusal === null) {
      const { cancels } = await this.turn('operator')
      for (const { jobId } of cancels) {
        await this.database.watched.requestCancel(jobId, { kind: 'user', id: 'operator' })
        this.database.queue.wake('run-job', jobId, 0)
      }
    }
    return refusal
  }

  private heed(command: Command): Promise<string | null> {
    return this.whileLocked(async (given) => {
      const answer = obey(given.rollout, command)
      if (answer.type === 'refused') return answer.message
      let locked = given
      const cancels: Cancel[] = []
      for (const decision of answer.decisions)
        locked = { ...locked, rollout: await carryOut(this.desk('operator'), locked, decision, cancels) }
      this.database.queue.wake('rollout', 'r', 0)
      return null
    })
  }

  private async whileLocked<T>(work: (locked: LockedRollout) => Promise<T>): Promise<T> {
    const before = this.locked
    const turn = before.then(() => {
      const rollout = this.read()
      this.rollout = rollout
      const { nowMs, figures } = this.world
      const { kind, givingBack } = figures
      return work({
        id: 'r',
        kind,
        asked: kind === 'convert' ? { kind, zone: 'movable' } : { kind, onPartial: givingBack.onPartial },
        share: null,
        approvedBy: 'ada',
        approvalEndsAt: null,
        nowMs,
        rollout,
        parts: this.parts,
      })
    })
    this.locked = turn.catch(() => {})
    return turn
  }

  private desk(who: string): RolloutDesk {
    return {
      write: async (_locked, decision) => {
        this.note(who, decision)
        if (decision.type === 'requeue_item') {
          this.letGo(decision.itemId)
          this.database.requestProbe(decision.hostId)
        } else if (decision.type === 'requeue_hosts')
          for (const { itemIds } of decision.hosts) for (const itemId of itemIds) this.letGo(itemId)
        else if (decision.type === 'begin_check')
          for (const host of this.read().hosts)
            if (host.wave === this.rollout?.wave && host.state === 'succeeded' && !host.checked)
              this.database.requestProbe(host.hostId)
      },
      queueJob: async (_locked, { planId }) => {
        const queued = this.queueJob(planId)
        const hostId = this.database.plans.get(planId)?.hostId ?? ''
        if (queued.type === 'queued') this.note(who, { type: 'start_item', hostId, itemId: planId })
        return queued
      },
      noteStarted: async (itemId, jobId) => {
        const part = this.parts.get(itemId)
        if (part !== undefined) part.jobId = jobId
      },
    }
  }

  /** The row as it was when it was locked, and as decisions since have made it. */
  private note(who: string, decision: Decision): void {
    if (this.rollout === null) return
    this.world.trace.say('rollout', `${who}: ${JSON.stringify(decision)}`)
    const before = this.rollout
    this.world.look((watch) => watch.decided(before, decision))
    this.rollout = apply(before, decision, this.world.nowMs)
  }

  private letGo(itemId: string): void {
    const part = this.parts.get(itemId)
    if (part !== undefined) part.jobId = null
  }

  /** As queueJob: what must hold when a job of an approved plan is made. */
  private queueJob(planId: string): QueuedJob {
    const { store } = this.database
    const plan = this.database.plans.get(planId)
    if (plan === undefined) throw new Error(`No plan ${planId}.`)
    const refused = (reason: Extract<QueuedJob, { type: 'refused' }>['reason']): QueuedJob => ({
      type: 'refused',
      reason,
      message: `${reason}.`,
      next: '',
    })
    if (this.database.hostRow(plan.hostId).state !== 'ready') return refused('host_not_ready')
    if (store.fleetStopPulled !== false) return refused('fleet_stop')
    if (plan.item.kind === 'restore') {
      const room = fleetRoom(this.database, this.fleetFloorBytes)
      const broken = fleetFloorRefusal(room, BigInt(plan.item.lossBytes))
      if (broken !== null) return refused('fleet_floor')
    }
    const ofPlan = store.jobs().filter(({ id }) => this.database.planOfJob.get(id) === planId)
    if (
      ofPlan.some(({ state }) =>
        ['converted', 'restored', 'already', 'partial', 'stranded', 'lost'].includes(state),
      )
    )
      return refused('carried_out')
    if (store.jobs().some((job) => job.deviceId === plan.deviceId && !isEnded(job.state)))
      return refused('busy')
    if (plan.item.kind === 'restore')
      this.world.look(() => checkFleetFloor(this.database, plan, this.fleetFloorBytes))
    return { type: 'queued', jobId: this.database.addJob(plan) }
  }
}
