import { createHash } from 'node:crypto'
import { canonicalJson } from '@/agents/lib/canonical'
import type {
  AgentReply,
  AgentRequest,
  AutoOnlinePolicy,
  DaxDevice,
  FencingToken,
  PlanItem,
  PlanResult,
  RestoreQuestion,
  Zone,
} from '@/agents/protocol'
import { type AskedShare, restoreQuestion, shareQuestion } from '@/test/support/modelled-host'

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
  private id: string | undefined

  abstract ask(request: AgentRequest, onReady?: OnReady): Promise<AgentReply[]>
  /** One write by another hand; the errno's name, `ok` when it was taken. */
  abstract write(path: string, value: string): Promise<string>
  /** A line each, null for what cannot be read. All at once: on a guest every visit takes a while. */
  abstract readLines(paths: readonly string[]): Promise<(string | null)[]>
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

  async read(path: string): Promise<string | null> {
    return (await this.readLines([path]))[0] ?? null
  }

  /** No scenario makes another device of it. */
  private async deviceId(): Promise<string> {
    this.id ??= (await this.device()).identity.id
    return this.id
  }

  async plan(zone: Zone = 'movable'): Promise<PlanResult> {
    const params = { deviceId: await this.deviceId(), zone, reservedBytes: '0' }
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
    const params = restoreQuestion(await this.deviceId(), policy)
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

  async planShare(share: AskedShare): Promise<PlanResult> {
    const params = shareQuestion(await this.deviceId(), share)
    const replies = await this.ask({ protocol: 1, verb: 'plan', params })
    for (const reply of replies) if (reply.type === 'plan') return reply.plan
    throw new Error(JSON.stringify(replies))
  }

  /** Plans a share, and does it as planned. */
  async share(share: AskedShare): Promise<Told> {
    const { item, digest, refusals } = await this.planShare(share)
    if (item === null || digest === null) throw new Error(JSON.stringify(refusals))
    const params = { jobId: this.jobId(), token: this.token(), item, digest }
    return this.told(await this.ask({ protocol: 1, verb: share.kind, params }))
  }

  /** What came of a change of the kernel's policy: the answer, or the code of a refusal. */
  async changePolicy(from: AutoOnlinePolicy, to: AutoOnlinePolicy, bootId?: string) {
    const own = (await this.read('/proc/sys/kernel/random/boot_id')) ?? ''
    const params = { token: this.token(), bootId: bootId ?? own, from, to }
    const reply = (await this.ask({ protocol: 1, verb: 'policy', params })).at(-1)
    return reply?.type === 'refused' ? reply.refusal.code : reply
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
    const ids = Array.from({ length: 7 }, (_, index) => 33 + index)
    const lines = await this.readLines(
      ids.flatMap((id) => ['state', 'valid_zones'].map((file) => `${MEMORY}/memory${id}/${file}`)),
    )
    for (const [index, id] of ids.entries()) {
      const state = lines[2 * index] ?? null
      if (state === null) continue
      // Zones of an offline block are only what it could become.
      const zones = state === 'online' ? ` ${lines[2 * index + 1]}` : ''
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
