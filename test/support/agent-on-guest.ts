import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import {
  type AgentReply,
  type AgentRequest,
  type HealthPolicy,
  HOOK_SECONDS,
  type Inspection,
  type JournalLine,
  type PlanItem,
  type PlanResult,
  type RestoreQuestion,
  type Zone,
} from '@/agents/protocol'
import { type BuiltAgent, buildAgent } from '@/scripts/agent/build'
import { connectGuest, type GuestConnection, type GuestSsh } from '@/scripts/lab/ssh'
import type { Guest } from './guests'
import { type AskedShare, restoreQuestion, shareQuestion } from './modelled-host'

const CACHE = fileURLToPath(new URL('../../.cache/agent/', import.meta.url))
const PATH = '/root/daxfleet-agent'
const DEADLINE_MS = 120_000

export type OutcomeLine = Extract<JournalLine, { kind: 'outcome' }>

/** What to answer to `ready`: permission, silence until the channel is cut, or something else to do first. */
export type Answer = 'go' | 'back' | 'cut' | (() => Promise<void>)

export function buildForTests(arch: 'x64' | 'arm64', signal: AbortSignal): Promise<BuiltAgent> {
  return buildAgent({ arch, cacheDir: CACHE, signal })
}

/** The agent alone on a guest, spoken to as the server speaks to it, without the server. */
export class AgentOnGuest {
  /** Grows over every agent on a guest, as the server's sequence does. */
  private epoch = Date.now()

  private constructor(
    private readonly client: GuestConnection,
    private readonly command = PATH,
    private readonly installationId = 'kernel-test',
  ) {}

  /** Whatever this command starts for whoever signs in like this; it acts under the name of that installation. */
  static async signIn(ssh: GuestSsh, command: string, installationId: string): Promise<AgentOnGuest> {
    return new AgentOnGuest(await connectGuest(ssh, DEADLINE_MS), command, installationId)
  }

  static async install(guest: Guest): Promise<AgentOnGuest> {
    const built = await buildForTests('x64', AbortSignal.timeout(600_000))
    const client = await connectGuest(guest.ssh, DEADLINE_MS)
    const bytes = await readFile(built.path)
    await new Promise<void>((resolve, reject) => {
      client.exec(
        `cat > ${PATH}.new && chmod 700 ${PATH}.new && mv ${PATH}.new ${PATH}`,
        (error, channel) => {
          if (error) return reject(error)
          channel.on('close', (code: number) => (code === 0 ? resolve() : reject(new Error(`cat: ${code}`))))
          channel.resume()
          channel.end(bytes)
        },
      )
    })
    return new AgentOnGuest(client)
  }

  close(): void {
    this.client.end()
  }

  /** One request, one process, all its replies. `as` puts a command before the agent. */
  ask(request: AgentRequest, options: { answer?: Answer; as?: string } = {}): Promise<AgentReply[]> {
    const { answer = 'go', as } = options
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`The agent did not end: ${request.verb}`)), DEADLINE_MS)
      this.client.exec(as === undefined ? this.command : `${as} ${this.command}`, (error, channel) => {
        if (error) return reject(error)
        const replies: AgentReply[] = []
        createInterface({ input: channel }).on('line', (line) => {
          const reply: AgentReply = JSON.parse(line)
          replies.push(reply)
          if (reply.type !== 'ready') return
          const go = () => channel.write(`${JSON.stringify({ go: reply.nonce })}\n`)
          if (answer === 'go') go()
          else if (answer === 'back')
            channel.write(`${JSON.stringify({ go: reply.nonce, direction: 'back' })}\n`)
          else if (answer === 'cut') channel.end()
          else answer().then(go, reject)
        })
        channel.on('close', () => {
          clearTimeout(timer)
          resolve(replies)
        })
        channel.write(`${JSON.stringify(request)}\n`)
      })
    })
  }

  async inspect(as?: string): Promise<Inspection> {
    const request = { protocol: 1, verb: 'inspect' as const, params: {} }
    const replies = await this.ask(request, as === undefined ? {} : { as })
    const found = replies.find((reply) => reply.type === 'inspection')
    if (found === undefined) throw new Error(JSON.stringify(replies))
    return found.inspection
  }

  async plan(
    zone: Zone = 'movable',
    name = 'dax0.0',
    hookSeconds = HOOK_SECONDS,
    health?: HealthPolicy,
  ): Promise<PlanResult> {
    const device = (await this.inspect()).devices.find((each) => each.name === name)
    if (device === undefined) throw new Error(`The agent shows no ${name}`)
    const asked = { deviceId: device.identity.id, zone, reservedBytes: '0', hookSeconds }
    const params = health === undefined ? asked : { ...asked, health }
    const replies = await this.ask({ protocol: 1, verb: 'plan', params })
    const found = replies.find((reply) => reply.type === 'plan')
    if (found === undefined) throw new Error(JSON.stringify(replies))
    return found.plan
  }

  /** Converts what the plan says; the outcome, and all replies. */
  async convert(
    jobId: string,
    { item, digest }: { item: PlanItem | null; digest: string | null },
    answer: Answer = 'go',
  ): Promise<OutcomeLine & { replies: AgentReply[] }> {
    const replies = await this.start(jobId, { item, digest }, answer)
    return { ...outcomeOf(replies), replies }
  }

  /** The same, wherever it ends; all replies. */
  start(
    jobId: string,
    { item, digest }: { item: PlanItem | null; digest: string | null },
    answer: Answer = 'go',
  ): Promise<AgentReply[]> {
    if (item === null || digest === null) throw new Error('There is nothing to convert.')
    const params = { jobId, token: this.nextToken(), item, digest }
    return this.ask({ protocol: 1, verb: 'convert', params }, { answer })
  }

  /** A plan of it coming back after each restart, in ZONE_MOVABLE, or of it doing so no more. */
  async persistPlan(kind: 'persist' | 'unpersist', deviceId: string): Promise<PlanResult> {
    const params = kind === 'persist' ? { kind, deviceId, zone: 'movable' as const } : { kind, deviceId }
    const replies = await this.ask({ protocol: 1, verb: 'plan', params })
    const found = replies.find((reply) => reply.type === 'plan')
    if (found === undefined) throw new Error(JSON.stringify(replies))
    return found.plan
  }

  /** Carries out what such a plan says; the outcome. */
  async persist(jobId: string, { item, digest, refusals }: PlanResult): Promise<OutcomeLine> {
    if (item === null || digest === null) throw new Error(JSON.stringify(refusals))
    const params = { jobId, token: this.nextToken(), item, digest }
    const verb = item.kind === 'persist' ? 'persist' : 'unpersist'
    return outcomeOf(await this.ask({ protocol: 1, verb, params }))
  }

  /** A plan of the way back. */
  async restorePlan(policy: Partial<RestoreQuestion> = {}, name = 'dax0.0'): Promise<PlanResult> {
    const device = (await this.inspect()).devices.find((each) => each.name === name)
    if (device === undefined) throw new Error(`The agent shows no ${name}`)
    const params = restoreQuestion(device.identity.id, policy)
    const replies = await this.ask({ protocol: 1, verb: 'plan', params })
    const found = replies.find((reply) => reply.type === 'plan')
    if (found === undefined) throw new Error(JSON.stringify(replies))
    return found.plan
  }

  /** Gives back what the plan says; the outcome, and all replies. */
  async restore(
    jobId: string,
    { item, digest }: { item: PlanItem | null; digest: string | null },
    answer: Answer = 'go',
  ): Promise<OutcomeLine & { replies: AgentReply[] }> {
    if (item === null || digest === null) throw new Error('There is nothing to give back.')
    const params = { jobId, token: this.nextToken(), item, digest }
    const replies = await this.ask({ protocol: 1, verb: 'restore', params }, { answer })
    return { ...outcomeOf(replies), replies }
  }

  /** A plan of a share. */
  async sharePlan(share: AskedShare, name = 'dax0.0'): Promise<PlanResult> {
    const device = (await this.inspect()).devices.find((each) => each.name === name)
    if (device === undefined) throw new Error(`The agent shows no ${name}`)
    const params = shareQuestion(device.identity.id, share)
    const replies = await this.ask({ protocol: 1, verb: 'plan', params })
    const found = replies.find((reply) => reply.type === 'plan')
    if (found === undefined) throw new Error(JSON.stringify(replies))
    return found.plan
  }

  /** Brings online or takes offline what the plan says; the outcome, and all replies. */
  async share(
    jobId: string,
    { item, digest }: { item: PlanItem | null; digest: string | null },
  ): Promise<OutcomeLine & { replies: AgentReply[] }> {
    if (item === null || digest === null) throw new Error('There is no share.')
    const params = { jobId, token: this.nextToken(), item, digest }
    const replies = await this.ask({ protocol: 1, verb: item.kind, params })
    return { ...outcomeOf(replies), replies }
  }

  /** Takes up a job whose agent died, as far as it can be without a direction; its outcome. */
  async recover(
    jobId: string,
    { item, digest }: { item: PlanItem | null; digest: string | null },
    answer: Answer = 'go',
  ): Promise<OutcomeLine> {
    if (item === null || digest === null) throw new Error('There is nothing to recover.')
    const params = { jobId, token: this.nextToken(), item, digest, fromLine: 1 }
    return outcomeOf(await this.ask({ protocol: 1, verb: 'recover', params }, { answer }))
  }

  /** Makes the host its installation's, whoever's it reads now; all replies. */
  async adopt(): Promise<AgentReply[]> {
    const { fence } = await this.inspect()
    if (fence === null) throw new Error('The host is nobody’s yet.')
    return this.ask({ protocol: 1, verb: 'adopt', params: { token: this.nextToken(), from: fence } })
  }

  private nextToken() {
    return { installationId: this.installationId, epoch: String(++this.epoch) }
  }
}

export function outcomeOf(replies: AgentReply[]): OutcomeLine {
  for (const reply of replies)
    if (reply.type === 'journal' && reply.line.kind === 'outcome') return reply.line
  throw new Error(`No outcome: ${JSON.stringify(replies)}`)
}
