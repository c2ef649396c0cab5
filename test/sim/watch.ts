import type { ModelProcess } from '@/agents/model/process'
import type { Node } from '@/agents/model/tree'
import type { KernelWrite } from '@/agents/model/world'
import type { AgentReply, AgentRequest, PlannedWrite } from '@/agents/protocol'
import { statesAfterGo, statesBeforeGo } from '@/server/jobs/transitions'
import type { Decision, Rollout } from '@/server/rollouts/machine/model'
import { checkDecision, must } from '../support/rollout-limits'
import type { PlanRow, TermsOfGo } from './database'
import type { SimulatedHost } from './simulated-host'
import { checkOutcome, truthOf } from './truth'
import type { World } from './world'

/** A process of the agent that writes to the kernel, and for what. */
interface Actor {
  process: ModelProcess
  jobId: string
}

/** Who writes and has begun no job. */
const FENCE = 'a fence'
const actingFile = /\/([a-z0-9-]+)\.acting-\d+$/
const holding: ReadonlySet<string> = new Set([...statesBeforeGo, ...statesAfterGo, 'unknown'])

/** Looks at everything that happens, and throws Broken when something is so that must never be. */
export class Watch {
  private readonly actors = new Map<SimulatedHost, Actor[]>()
  private readonly begun = new Map<ModelProcess, string>()
  private readonly wrote = new Set<string>()
  private readonly recovered = new Set<string>()
  /** The highest epoch that got hold of the host: since it began, and of those that outlive a power failure. */
  private readonly epochs = new Map<SimulatedHost, { seen: bigint; settled: bigint }>()
  private readonly ended = new Set<string>()
  /** Hosts whose record of the token was written by the call before. */
  private readonly unread = new Set<SimulatedHost>()

  constructor(private readonly world: World) {}

  /** Before a call of an agent's process to its host. */
  called(host: SimulatedHost, pid: number, call: string, path: string): void {
    this.lookAtToken(host)
    const process = host.machine.processAt(pid)
    if (process === null) return
    if (call === 'rename' && path.includes('token.json')) this.unread.add(host)
    else if (call === 'createExclusive') {
      const jobId = actingFile.exec(path)?.[1]
      if (jobId !== undefined) this.begun.set(process, jobId)
    } else if (call === 'writeApart' || (call === 'run' && path.includes('modprobe'))) {
      const jobId = this.begun.get(process) ?? FENCE
      const actors = (this.actors.get(host) ?? []).filter((actor) => isAlive(host, actor))
      if (!actors.some((actor) => actor.process === process)) actors.push({ process, jobId })
      this.actors.set(host, actors)
      const jobs = actors.map((actor) => actor.jobId).join(' and ')
      must(actors.length === 1, `at most one process tree acts on a host, but on ${host.name} act ${jobs}`)
    }
  }

  /** After a write that the kernel was given by an agent. */
  wroteToKernel(host: SimulatedHost, { pid, file, value, errno }: KernelWrite): void {
    const actor = this.actors.get(host)?.find(({ process }) => process.children.has(pid))
    if (actor === undefined) return
    const { jobId } = actor
    this.world.trace.say(host.name, `${jobId} writes ${value} to ${file}: ${errno}`)
    if (jobId === FENCE) {
      must(
        file === 'kmem/remove_id' || file === 'device_dax/remove_id',
        `who acts for no job takes ids off and nothing else: ${host.name} ${file}`,
      )
      return
    }
    const job = this.world.database.store.jobs().find(({ id }) => id === jobId)
    const where = `${jobId} on ${host.name}`
    must(job?.hostId === host.id, `a write is of a job of its host: ${where}`)
    must(job?.goSent === true, `nothing is written without a go: ${where}`)
    const plan = this.world.database.planOf(jobId)
    const { invariants, preconditions, writes, recovery } = plan.item
    must(
      isPlanned([...writes, ...recovery], file, value),
      `only what was approved is written: ${where} ${file}`,
    )
    const { machine } = host
    must(invariants.bootId === machine.bootId, `the plan is of this boot: ${where}`)
    const device = machine.bus.find(preconditions.daxName)
    must(device?.index === plan.deviceIndex, `the name still means the device approved: ${where}`)
    if (plan.item.kind === 'restore') this.tookAway(host, plan, { file, value, errno }, where)
    else must(file !== 'kmem/unbind', `kmem lets nothing go: ${where}`)
    if (this.wrote.has(jobId)) return
    this.wrote.add(jobId)
    // Who takes a job up goes by the invariants alone: what was begun is not undone by a changed policy.
    if (this.recovered.has(jobId)) return
    const policy = machine.memory.autoOnline
    must(
      plan.item.kind !== 'convert' || policy === plan.item.preconditions.autoOnlinePolicy,
      `the approved digest held on the host: ${where}, now ${policy}`,
    )
  }

  /** A write of a giving back: what can no more be undone, or has gone too far. */
  private tookAway(
    { machine, foreignIds }: SimulatedHost,
    { item, deviceIndex }: PlanRow,
    { file, value, errno }: Pick<KernelWrite, 'file' | 'value' | 'errno'>,
    where: string,
  ): void {
    if (errno !== 0 || item.kind !== 'restore') return
    if (file === 'kmem/remove_id') foreignIds.delete(value)
    if (file === 'kmem/unbind') {
      const device = machine.bus.devices.find(({ index }) => index === deviceIndex)
      must(device?.stranded === false, `kmem is never unbound with a block online: ${where}`)
    }
    if (value !== 'offline') return
    const left = machine.figures.available()
    const floor = BigInt(item.policy.floorBytes)
    must(left >= floor, `the host’s floor holds: ${where} leaves ${left}, the floor is ${floor}`)
  }

  /** Somebody else has had a hand on the device since the job was queued: its outcome is of an earlier moment. */
  private isHandled(host: SimulatedHost, plan: PlanRow, jobId: string): boolean {
    const atMs = host.handled.get(plan.deviceIndex) ?? -1
    return atMs >= (this.world.database.queuedMs.get(jobId) ?? 0)
  }

  /** What an agent said to the worker that asked it. */
  said(host: SimulatedHost, request: AgentRequest, reply: AgentReply): void {
    if (reply.type !== 'ready' && reply.type !== 'fenced') return
    if (!('token' in request.params)) return
    const epoch = BigInt(request.params.token.epoch)
    const known = this.epochs.get(host) ?? { seen: 0n, settled: 0n }
    const { verb } = request
    if (verb === 'recover') this.recovered.add(request.params.jobId)
    must(
      epoch >= known.seen,
      `nobody gets hold of ${host.name} with an older token: ${verb} with ${epoch} after ${known.seen}`,
    )
    // A conversion's is settled with its journal only, before its first write.
    this.epochs.set(host, {
      seen: epoch,
      settled: verb === 'convert' || verb === 'restore' ? known.settled : epoch,
    })
  }

  /** After a loss of power: the record on the disk is what counts from here. */
  lostPower(host: SimulatedHost): void {
    const known = this.epochs.get(host)
    if (known === undefined) return
    const recorded = recordedEpoch(host)
    must(
      recorded >= known.settled,
      `${host.name} has forgotten token ${known.settled}, and knows ${recorded}`,
    )
    known.seen = recorded
  }

  /** Before each call: what the call before has left on the disk. */
  private lookAtToken(host: SimulatedHost): void {
    if (!this.unread.delete(host)) return
    const known = this.epochs.get(host) ?? { seen: 0n, settled: 0n }
    const recorded = recordedEpoch(host)
    must(
      recorded >= known.seen,
      `nobody gets hold of ${host.name} with an older token: ${recorded} recorded after ${known.seen}`,
    )
    this.epochs.set(host, { ...known, seen: recorded })
  }

  /** After each call on the job store. */
  jobsMoved(): void {
    const busy = new Map<string, string>()
    for (const job of this.world.database.store.jobs()) {
      if (holding.has(job.state)) {
        const other = busy.get(job.hostId)
        must(other === undefined, `at most one job holds a host: ${other} and ${job.id} on ${job.hostId}`)
        busy.set(job.hostId, job.id)
      }
      const isBeforeGo = job.state === 'queued' || statesBeforeGo.includes(job.state)
      must(!job.goSent || !isBeforeGo, `never back to the queue after a go: ${job.id} is ${job.state}`)
      if (job.ending === null || this.ended.has(job.id)) continue
      this.ended.add(job.id)
      this.world.trace.say(job.id, `ends ${job.state}: ${job.message}`)
      const host = this.world.hostOf(job.hostId)
      if (job.ending.bootId === undefined || job.ending.bootId !== host.machine.bootId) continue
      const plan = this.world.database.planOf(job.id)
      const where = `${job.id} on ${host.name}, ${job.message}`
      must(
        job.state !== 'stranded' || host.handled.has(plan.deviceIndex),
        `nothing is stranded by us: ${where}`,
      )
      if (this.isHandled(host, plan, job.id)) continue
      const truth = truthOf(host.machine, plan.item)
      checkOutcome(plan.item.kind, job.state, truth, where)
      checkRolledBack(host, plan, job.state, where)
      const bytes = job.ending.onlineBytesAfter
      const read = BigInt(truth.online) * host.machine.spec.blockSizeBytes
      must(
        bytes === undefined || bytes === read,
        `bytes online are as read: ${job.id} says ${bytes}, has ${read}`,
      )
    }
  }

  /** The store has permitted a go. */
  permitted(jobId: string, { fleetStopPulled, cancelRequested, isHeld }: TermsOfGo): void {
    must(fleetStopPulled === false, `no go under the fleet-wide stop: ${jobId}`)
    must(cancelRequested === false, `no go for a job that was cancelled: ${jobId}`)
    must(isHeld, `no go without a lease: ${jobId}`)
  }

  decided(before: Rollout, decision: Decision): void {
    const groupOf = new Map<string, string | null>()
    // Without a label to spread by, hosts share nothing.
    for (const { hostId } of before.hosts)
      groupOf.set(
        hostId,
        before.policy.spreadByLabel === null ? hostId : this.world.hostOf(hostId).figures.rack,
      )
    checkDecision(before, decision, this.world.nowMs, groupOf)
  }

  /** Once everything has come to rest and nothing is wrong any more. */
  settled(): void {
    const { database, hosts } = this.world
    for (const host of hosts) {
      const { bus } = host.machine
      const left = [...bus.ids.kmem].filter((id) => !host.foreignIds.has(id))
      must(left.length === 0, `no id stays in kmem's list: ${host.name} has ${left.join(', ')}`)
      must(bus.ids.device_dax.size === 0, `no id stays in device_dax's list: ${host.name}`)
      must(database.hostRow(host.id).state === 'ready', `every host is accounted for: ${host.name}`)
      const known = database.hostRow(host.id).devices
      for (const plan of [...database.plans.values()].filter((each) => each.hostId === host.id)) {
        const jobs = database.store.jobs().filter((job) => database.planOfJob.get(job.id) === plan.planId)
        const last = jobs.at(-1)
        const truth = truthOf(host.machine, plan.item)
        const isSame = plan.item.invariants.bootId === host.machine.bootId
        if (isSame && last !== undefined && last.state !== 'lost') {
          const where = `${last.id} on ${host.name}, at rest (${last.message})`
          const isHandled = this.isHandled(host, plan, last.id)
          // Of one that never had its go the device is as others have left it.
          if (!isHandled && last.goSent) checkOutcome(plan.item.kind, last.state, truth, where)
          const isTold =
            host.handled.has(plan.deviceIndex) || last.causeCode === 'unbound' || last.state === 'failed'
          must(truth.driver !== null || isTold, `no device stays unbound without saying so: ${where}`)
          if (last.state === 'restored')
            must(
              !bus.ids.kmem.has(plan.item.preconditions.daxName),
              `no id stays in kmem's list, whoever left it: ${where}`,
            )
        }
        const shown = known.get(plan.deviceId)?.state
        must(shown !== undefined, `the host's page shows ${plan.deviceId}`)
        if (isSame && truth.driver === null) {
          const is = truth.present > 0 ? 'stranded' : 'unbound'
          must(shown === is, `the host's page says that ${plan.deviceId} is ${is}, not ${shown}`)
        }
      }
    }
  }
}

/** Where all was to come back online, it is: but for blocks that refuse to. */
function checkRolledBack(host: SimulatedHost, { item }: PlanRow, state: string, where: string): void {
  const isOwed = item.kind === 'restore' && item.policy.onPartial === 'roll_back'
  if (!isOwed || state !== 'partial') return
  must(host.machine.spec.refusingBlocks.length > 0, `what did not go is online again: ${where}`)
}

function recordedEpoch({ machine }: SimulatedHost): bigint {
  let node: Node | null = machine.disk
  for (const name of ['var', 'lib', 'daxfleet', 'token.json'])
    node = node?.kind === 'directory' ? node.child(name) : null
  if (node?.kind !== 'file') return 0n
  return BigInt(/"epoch":"(\d+)"/.exec(String(node.read()))?.[1] ?? 0)
}

/** It lives, or a child of it does: one that sits in the kernel outlives it. */
function isAlive({ machine }: SimulatedHost, { process }: Actor): boolean {
  return process.isAlive || [...process.children].some((pid) => machine.processAt(pid)?.isAlive === true)
}

function isPlanned(writes: readonly PlannedWrite[], file: string, value: string): boolean {
  if (file === 'modprobe') return writes.some((write) => write.path === 'modprobe' && write.value === value)
  const block = /^memory(\d+)\/state$/.exec(file)?.[1]
  if (block === undefined)
    return writes.some((write) => write.path === `/sys/bus/dax/drivers/${file}` && write.value === value)
  const id = Number(block)
  return writes.some(
    (write) =>
      write.value === value && write.blocks?.some(([first, last]) => id >= first && id <= last) === true,
  )
}
