import type { ModelMachine, Program } from '@/agents/model/machine'
import { type AgentSession, modelHost, startAgent } from '@/agents/model/session'
import { type ModelSpec, smallHost } from '@/agents/model/spec'
import type {
  AgentReply,
  AgentRequest,
  HealthPolicy,
  OfflineQuestion,
  OnlineQuestion,
  PlanItem,
  PlanResult,
  RestoreQuestion,
  ShareQuestion,
  ShareZone,
  Zone,
} from '@/agents/protocol'
import { SimulatedTime } from './simulated-time'

/** How `ready` is answered: `back` is a go in that direction; `cut` loses the channel; else something is done first. */
export type ModelAnswer = 'go' | 'back' | 'cut' | (() => Promise<void>)
export type Approved = { item: PlanItem; digest: string }

/** What a giving back is asked with, where a test does not say otherwise. */
export function restoreQuestion(deviceId: string, policy: Partial<RestoreQuestion> = {}): RestoreQuestion {
  const asked = { deviceId, reservedBytes: '0', floorBytes: '0', onPartial: 'roll_back' as const }
  return { kind: 'restore', ...asked, ...policy }
}

/** What a share is asked with; terms that are not named are as tests have them. */
export type AskedShare = ShareQuestion &
  (
    | { kind: 'online'; zone: ShareZone }
    | ({ kind: 'offline' } & Partial<Pick<RestoreQuestion, 'floorBytes' | 'onPartial' | 'offlineSeconds'>>)
  )

export function shareQuestion(deviceId: string, share: AskedShare): OnlineQuestion | OfflineQuestion {
  const asked = { deviceId, reservedBytes: '0' }
  if (share.kind === 'online') return { ...asked, ...share }
  return { ...asked, floorBytes: '0', onPartial: 'roll_back', ...share }
}

/** A modelled host on a clock of its own, spoken to as the server speaks to a real one. */
export class ModelledHost {
  readonly time: SimulatedTime
  readonly machine: ModelMachine

  constructor(options: { spec?: ModelSpec; seed?: number; program?: Program } = {}) {
    this.time = new SimulatedTime(options.seed ?? 1)
    this.machine = modelHost(options.spec ?? smallHost(), this.time, options.program)
  }

  /** Begins a request; replies come as time passes. */
  begin(
    request: AgentRequest,
    { answer = 'go', uid = 0 }: { answer?: ModelAnswer; uid?: number } = {},
  ): { replies: AgentReply[]; session: AgentSession } {
    const replies: AgentReply[] = []
    const session = startAgent(this.machine, {
      uid,
      onLine: (line) => {
        const reply: AgentReply = JSON.parse(line)
        replies.push(reply)
        if (reply.type !== 'ready') return true
        const go = { go: reply.nonce, ...(answer === 'back' && { direction: 'back' }) }
        if (answer === 'cut') session.hangUp()
        else if (typeof answer === 'string') session.send(JSON.stringify(go))
        else void answer().then(() => session.send(JSON.stringify(go)))
        return true
      },
    })
    session.send(JSON.stringify(request))
    return { replies, session }
  }

  /** One request to its end; all its replies. */
  async ask(
    request: AgentRequest,
    options: { answer?: ModelAnswer; uid?: number } = {},
  ): Promise<AgentReply[]> {
    const { replies, session } = this.begin(request, options)
    await this.time.until(session.ended)
    return replies
  }

  async plan(name = 'dax0.0', zone: Zone = 'movable', health?: HealthPolicy): Promise<PlanResult> {
    const inspected = await this.ask({ protocol: 1, verb: 'inspect', params: {} })
    const [inspection] = inspected.flatMap((reply) => (reply.type === 'inspection' ? [reply.inspection] : []))
    const device = inspection?.devices.find((each) => each.name === name)
    if (device === undefined) throw new Error(`There is no ${name}: ${JSON.stringify(inspected)}`)
    const asked = { deviceId: device.identity.id, zone, reservedBytes: '0' }
    const params = health === undefined ? asked : { ...asked, health }
    const replies = await this.ask({ protocol: 1, verb: 'plan', params })
    const [plan] = replies.flatMap((reply) => (reply.type === 'plan' ? [reply.plan] : []))
    if (plan === undefined) throw new Error(JSON.stringify(replies))
    return plan
  }

  async approved(name = 'dax0.0', zone: Zone = 'movable'): Promise<Approved> {
    const { item, digest, refusals } = await this.plan(name, zone)
    if (item === null || digest === null) throw new Error(JSON.stringify(refusals))
    return { item, digest }
  }

  /** A plan of the way back. */
  async restorePlan(policy: Partial<RestoreQuestion> = {}, name = 'dax0.0'): Promise<PlanResult> {
    const inspected = await this.ask({ protocol: 1, verb: 'inspect', params: {} })
    const [inspection] = inspected.flatMap((reply) => (reply.type === 'inspection' ? [reply.inspection] : []))
    const device = inspection?.devices.find((each) => each.name === name)
    const question = restoreQuestion(device?.identity.id ?? '', policy)
    const replies = await this.ask({ protocol: 1, verb: 'plan', params: question })
    const [plan] = replies.flatMap((reply) => (reply.type === 'plan' ? [reply.plan] : []))
    if (plan === undefined) throw new Error(JSON.stringify(replies))
    return plan
  }

  async restoreApproved(policy: Partial<RestoreQuestion> = {}): Promise<Approved> {
    const { item, digest, refusals } = await this.restorePlan(policy)
    if (item === null || digest === null) throw new Error(JSON.stringify(refusals))
    return { item, digest }
  }

  restoreRequest(approved: Approved, epoch = '2', jobId = 'back-1'): AgentRequest {
    const token = { installationId: 'here', epoch }
    return { protocol: 1, verb: 'restore', params: { jobId, token, ...approved } }
  }

  convertRequest(approved: Approved, epoch = '1', jobId = 'job-1'): AgentRequest {
    const token = { installationId: 'here', epoch }
    return { protocol: 1, verb: 'convert', params: { jobId, token, ...approved } }
  }

  recoverRequest(approved: Approved, epoch = '2', jobId = 'job-1'): AgentRequest {
    const token = { installationId: 'here', epoch }
    return { protocol: 1, verb: 'recover', params: { jobId, token, ...approved, fromLine: 1 } }
  }

  /** What a test of a real host would read there: driver, blocks online, ids in kmem's list. */
  witness(name = 'dax0.0') {
    const { bus, memory } = this.machine
    const device = bus.find(name)
    const plugged = memory.plugged.filter((range) => range.device === device?.index)
    const blocks = plugged.flatMap(({ first, states }) =>
      Array.from(states, (_, index) => ({ id: first + index, zones: memory.zonesOf(first + index) })),
    )
    return {
      driver: device?.driver ?? null,
      present: blocks.map(({ id }) => id),
      online: blocks.filter(({ id }) => memory.stateOf(id) === 'online').map(({ id }) => id),
      zones: [...new Set(blocks.map(({ zones }) => zones))],
      ids: [...bus.ids.kmem],
      stranded: device?.stranded ?? false,
    }
  }
}
