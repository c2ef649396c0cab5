import { createHash } from 'node:crypto'
import { canonicalJson } from '@/agents/lib/canonical'
import type {
  AgentReply,
  AgentRequest,
  DaxDevice,
  FencingToken,
  PlanItem,
  PlanResult,
  RestoreQuestion,
  Zone,
} from '@/agents/protocol'
import { restoreQuestion } from '@/test/support/modelled-host'

export const DAX = 'dax0.0'
export const DRIVERS = '/sys/bus/dax/drivers'
export const MEMORY = '/sys/devices/system/memory'

export type Approved = { item: PlanItem; digest: string }
/** Permission, or something to do first. */
export type OnReady = 'go' | (() => Promise<void>)

/** What a scenario asks of a host before it begins. */
export interface Setting {
  kmem?: 'loadable' | 'missing'
  autoOnline?: 'online' | 'online_movable'
}

/**
 * A host that scenarios run on, the lab's small guest or the model of it: the agent's requests, and the hand of
 * somebody else who is root there. What both can tell in the same words is told in them.
 */
export abstract class Subject {
  private epoch = 100
  private jobs = 0

  abstract ask(request: AgentRequest, onReady?: OnReady): Promise<AgentReply[]>
  /** One write by another hand; the errno's name, `ok` when it was taken. */
  abstract write(path: string, value: string): Promise<string>
  /** Null when it cannot be read. */
  abstract read(path: string): Promise<string | null>
  abstract driver(): Promise<string | null>
  /** A program opens the device; what is returned ends it. */
  abstract openDevice(): Promise<() => Promise<void>>
  /** A program holds a page of the device's node that nobody can move; what is returned ends it. */
  abstract pinPage(): Promise<() => Promise<void>>

  token(): FencingToken {
    this.epoch += 1
    return { installationId: 'scenarios', epoch: String(this.epoch) }
  }

  jobId(): string {
    this.jobs += 1
    return `scenario-${this.jobs}`
  }

  async device(): Promise<DaxDevice> {
    const replies = await this.ask({ protocol: 1, verb: 'inspect', params: {} })
    for (const reply of replies) {
      const device =
        reply.type === 'inspection' ? reply.inspection.devices.find(({ name }) => name === DAX) : undefined
      if (device !== undefined) return device
    }
    throw new Error(`There is no ${DAX}: ${JSON.stringify(replies)}`)
  }

  async plan(zone: Zone = 'movable'): Promise<PlanResult> {
    const params = { deviceId: (await this.device()).identity.id, zone, reservedBytes: '0' }
    const replies = await this.ask({ protocol: 1, verb: 'plan', params })
    for (const reply of replies) if (reply.type === 'plan') return reply.plan
    throw new Error(JSON.stringify(replies))
  }

  async approved(zone: Zone = 'movable'): Promise<Approved> {
    const { item, digest, refusals } = await this.plan(zone)
    if (item === null || digest === null) throw new Error(JSON.stringify(refusals))
    return { item, digest }
  }

  async planRestore(policy: Partial<RestoreQuestion> = {}): Promise<PlanResult> {
    const params = restoreQuestion((await this.device()).identity.id, policy)
    const replies = await this.ask({ protocol: 1, verb: 'plan', params })
    for (const reply of replies) if (reply.type === 'plan') return reply.plan
    throw new Error(JSON.stringify(replies))
  }

  /** Plans a giving back, and does it as planned. */
  async restore(policy: Partial<RestoreQuestion> = {}, onReady: OnReady = 'go'): Promise<Told> {
    const { item, digest, refusals } = await this.planRestore(policy)
    if (item === null || digest === null) throw new Error(JSON.stringify(refusals))
    const params = { jobId: this.jobId(), token: this.token(), item, digest }
    return this.told(await this.ask({ protocol: 1, verb: 'restore', params }, onReady))
  }

  async convert(
    approved: Approved,
    { token = this.token(), jobId = this.jobId(), onReady = 'go' as OnReady } = {},
  ): Promise<Told> {
    const request: AgentRequest = { protocol: 1, verb: 'convert', params: { jobId, token, ...approved } }
    return this.told(await this.ask(request, onReady))
  }

  /** What came of a request, and what the host reads now. */
  async told(replies: readonly AgentReply[]): Promise<Told> {
    const outcome = replies
      .flatMap((reply) => (reply.type === 'journal' && reply.line.kind === 'outcome' ? [reply.line] : []))
      .at(-1)
    const last = replies.at(-1)
    const end =
      last?.type === 'end' ? last.state : last?.type === 'error' ? last.code : (last?.type ?? 'none')
    return {
      outcome: outcome?.outcome ?? null,
      codes: outcome?.refusals.map(({ code }) => code) ?? [],
      end,
      writes: replies.flatMap((reply) =>
        reply.type === 'journal' && reply.line.kind === 'done'
          ? [`${reply.line.step} ${reply.line.errnoName}`]
          : [],
      ),
      ...(await this.state()),
    }
  }

  /** Driver and blocks, as another hand reads them: `33-39 online Movable`. */
  async state(): Promise<{ driver: string | null; blocks: string[] }> {
    const runs: { first: number; last: number; what: string }[] = []
    for (let id = 33; id <= 39; id++) {
      const state = await this.read(`${MEMORY}/memory${id}/state`)
      if (state === null) continue
      // Zones of an offline block are only what it could become.
      const zones = state === 'online' ? ` ${await this.read(`${MEMORY}/memory${id}/valid_zones`)}` : ''
      const run = runs.at(-1)
      if (run !== undefined && run.last + 1 === id && run.what === `${state}${zones}`) run.last = id
      else runs.push({ first: id, last: id, what: `${state}${zones}` })
    }
    return {
      driver: await this.driver(),
      blocks: runs.map(({ first, last, what }) => `${first === last ? first : `${first}-${last}`} ${what}`),
    }
  }
}

interface Told {
  outcome: string | null
  codes: string[]
  /** How the conversation ended. */
  end: string
  /** Each write of the journal and its errno. */
  writes: string[]
  driver: string | null
  blocks: string[]
}

/** An item that says something else, under a digest that is its own. */
export function changed({ item }: Approved, invariants: Partial<PlanItem['invariants']>): Approved {
  const other = { ...item, invariants: { ...item.invariants, ...invariants } } as PlanItem
  return { item: other, digest: createHash('sha256').update(canonicalJson(other)).digest('hex') }
}
