import { isDeepStrictEqual } from 'node:util'
import type {
  BlockRun,
  Direction,
  FencingToken,
  Inspection,
  JournalLine,
  Outcome,
  PlanItem,
  PlanResult,
  RecordedToken,
  Refusal,
  RefusalCode,
  RequestParams,
  Sample,
} from '@/agents/protocol'
import type {
  AbortAnswer,
  AdoptAnswer,
  AgentClient,
  CallOptions,
  FenceAnswer,
  OnReady,
  PolicyAnswer,
  RecoverEnd,
  TailEnd,
  TailHandlers,
  WatchHandlers,
} from '@/server/agents/port'
import { sampleOf } from '@/server/capacity/sample-of'
import { ContactError, type SshTarget } from '@/server/ssh/target'
import { convertedDevice, daxDevice, inspectionOf } from './inspection'

type Act = Parameters<AgentClient['act']>[1]
type Entry = JournalLine extends infer Line
  ? Line extends JournalLine
    ? Omit<Line, 'n' | 'uptimeMs'>
    : never
  : never

/** What a test may do at each point of a conversion: wait, cut the line (throw), turn the world. */
export interface Script {
  onContact(target: SshTarget): Promise<void>
  beforeReady(): Promise<void>
  /** The host has been told to go on; what throws here is lost for the server, not for the host. */
  afterGo(signal: AbortSignal): Promise<void>
  onAttach(handlers: TailHandlers): Promise<void>
  onInspect(): Promise<void>
  onRecover(): Promise<void>
}

const quiet: Script = {
  onContact: async () => {},
  beforeReady: async () => {},
  afterGo: async () => {},
  onAttach: async () => {},
  onInspect: async () => {},
  onRecover: async () => {},
}

/** Where the acting process is killed: with the device on no driver, or just before it writes its outcome. */
type Death = 'never' | 'unbound' | 'before_outcome'

/**
 * A fleet of one-device hosts behind the agent's port, with journals and tokens that outlive every connection. It does
 * what the agent's contract says; only faults are scripted. Real agents on real kernels are met in test/kernel.
 */
export class ScriptedAgent implements AgentClient {
  script: Script = { ...quiet }
  /** How often a host was told to go on: by job. */
  readonly acted = new Map<string, number>()
  /** Jobs acting at this moment, by host: more than one is what must never be. */
  readonly acting = new Map<string, number>()
  mostActingOnOneHost = 0
  /** What the kernel shows after a conversion. */
  blocksAfter: BlockRun[] = [{ first: 35, last: 41, state: 'online', zones: 'Movable', node: 1 }]
  driverAfter: string | null = 'kmem'
  /** What the agent calls it. */
  outcome: Outcome = 'converted'
  /** What the kernel shows after a giving back, and what the agent calls it. */
  givenBack: { driver: string | null; blocks: BlockRun[] } = { driver: 'device_dax', blocks: [] }
  restoreOutcome: Outcome = 'restored'
  dies: Death = 'never'
  /** Another process on the host has the lock, for this job. */
  lockHeldBy: string | null = null
  /** Each line is delivered twice. */
  stutters = false
  restarted = false
  digestShown: string | null = null
  answer: PlanResult | null = null
  /** What each host has on record, as if on its disk. */
  readonly tokens = new Map<string, RecordedToken>()
  /** Which way each recovery went. */
  readonly recovered: Direction[] = []
  readonly aborted: string[] = []
  /** What auto_online_blocks reads, by host, where it is not `offline`. */
  readonly policies = new Map<string, string>()
  readonly asked: RequestParams['plan'][] = []
  private readonly journals = new Map<string, JournalLine[]>()
  /** What the kernel shows by host, where it is not as at the start. */
  private readonly devices = new Map<string, { driver: string | null; blocks: BlockRun[] }>()
  private readonly waitingForGo = new Set<() => void>()
  /** Open watches: by host, what ends each. */
  readonly watches = new Map<string, { tell: (sample: Sample) => Promise<void>; cut: () => void }>()

  async inspect(target: SshTarget, _options: CallOptions): Promise<Inspection> {
    await this.script.onInspect()
    return this.look(target)
  }

  async plan(_target: SshTarget, params: RequestParams['plan']): Promise<PlanResult> {
    this.asked.push(params)
    if (this.answer === null) throw new Error('no plan was scripted')
    return this.answer
  }

  async act(
    target: SshTarget,
    params: Act,
    handlers: CallOptions & TailHandlers & { onReady: OnReady },
  ): Promise<TailEnd> {
    await this.script.onContact(target)
    const say = async (line: JournalLine) => {
      handlers.signal.throwIfAborted()
      await handlers.onJournal(line)
      if (this.stutters) await handlers.onJournal(line)
    }
    const { jobId, token, digest } = params
    const bootId = params.item.invariants.bootId
    const refusal = this.record(target, token)
    if (refusal !== null) {
      const n = (this.journals.get(jobId)?.length ?? 0) + 1
      const { message, next } = refusal
      const told = { n, uptimeMs: '1', bootId, readBack: null, refusals: [refusal], message, next }
      await say({ kind: 'outcome', outcome: 'refused', ...told })
      return 'finished'
    }
    if (this.hasWritten(jobId)) {
      for (const line of this.journals.get(jobId) ?? []) await say(line)
      return this.hasOutcome(jobId) ? 'finished' : 'abandoned'
    }
    const open = {
      kind: 'open',
      jobId,
      token,
      digest,
      bootId,
      agentVersion: '1',
      memTotalBytes: '1000',
    } as const
    await say(this.write(jobId, open))
    await say(
      this.write(jobId, { kind: 'step', step: 'preflight', state: 'done', durationMs: 1, detail: '' }),
    )
    await this.script.beforeReady()
    handlers.signal.throwIfAborted()
    const go = await this.awaitGo(() =>
      handlers.onReady(this.digestShown ?? digest, sampleOf(this.look(target))),
    )
    if (go !== true) {
      const message = 'Nothing was written: the channel was lost before go.'
      this.write(jobId, this.outcomeEntry('cancelled', bootId, target, message))
      if (go instanceof Error) throw go
      return 'finished'
    }
    const lines = this.writeAll(target, params)
    try {
      await this.script.afterGo(handlers.signal)
      for (const line of lines) await say(line)
    } finally {
      this.acting.set(target.hostId, (this.acting.get(target.hostId) ?? 1) - 1)
    }
    return this.hasOutcome(jobId) ? 'finished' : 'abandoned'
  }

  async attach(
    _target: SshTarget,
    { jobId, fromLine }: RequestParams['attach'],
    handlers: CallOptions & TailHandlers,
  ): Promise<TailEnd | 'no_journal'> {
    await this.script.onAttach(handlers)
    const journal = this.journals.get(jobId)
    if (journal === undefined) return 'no_journal'
    for (const line of journal) if (line.n >= fromLine) await handlers.onJournal(line)
    return this.hasOutcome(jobId) ? 'finished' : 'abandoned'
  }

  async fence(target: SshTarget, { token }: RequestParams['fence']): Promise<FenceAnswer> {
    await this.script.onInspect()
    if (this.lockHeldBy !== null) return { type: 'held', jobId: this.lockHeldBy }
    const refusal = this.record(target, token)
    return refusal === null ? { type: 'fenced', inspection: this.look(target) } : { type: 'refused', refusal }
  }

  async recover(
    target: SshTarget,
    params: RequestParams['recover'],
    handlers: CallOptions & TailHandlers & { onReady: (digest: string) => Promise<Direction | null> },
  ): Promise<RecoverEnd> {
    await this.script.onRecover()
    if (this.lockHeldBy !== null) return 'held'
    const { jobId, token, item } = params
    const refusal = this.record(target, token)
    if (refusal !== null) return { refusal }
    for (const line of this.journals.get(jobId) ?? []) {
      if (line.n >= params.fromLine) await handlers.onJournal(line)
    }
    if (this.hasOutcome(jobId)) return 'finished'
    if (this.restarted) return 'rebooted'
    const { bootId } = item.invariants
    const say = (entry: Entry) => handlers.onJournal(this.write(jobId, entry))
    if (this.journals.has(jobId) && !this.hasWritten(jobId)) {
      await say(this.outcomeEntry('cancelled', bootId, target, 'Nothing was written.'))
      return 'finished'
    }
    const direction = await handlers.onReady(params.digest)
    if (direction === null) return 'finished'
    this.recovered.push(direction)
    const { driver } = this.deviceOf(target)
    await say({ kind: 'recover', token, direction, driver, bootId, agentVersion: '1' })
    if (this.dies === 'unbound') return 'abandoned'
    if (direction === 'forward') {
      this.devices.set(target.hostId, { driver: this.driverAfter, blocks: this.blocksAfter })
      await say({ kind: 'step', step: 'verify', state: 'done', durationMs: 1, detail: '' })
      await say(this.outcomeEntry(this.outcome, bootId, target))
    } else {
      if (driver === null) this.devices.set(target.hostId, { driver: 'device_dax', blocks: [] })
      const message = 'Taken back: the device is on device_dax.'
      await say(this.outcomeEntry('cancelled', bootId, target, message))
    }
    return 'finished'
  }

  async abort(_target: SshTarget, { jobId }: RequestParams['abort']): Promise<AbortAnswer> {
    this.aborted.push(jobId)
    return { type: 'abort_noted' }
  }

  async adopt(target: SshTarget, { token, from }: RequestParams['adopt']): Promise<AdoptAnswer> {
    if (this.lockHeldBy !== null) return { type: 'held', jobId: this.lockHeldBy }
    const known = this.tokens.get(target.hostId)
    if (!isDeepStrictEqual(known, from))
      return { type: 'refused', refusal: refused('other_installation', 'The record is another now.') }
    this.tokens.set(target.hostId, token)
    return { type: 'adopted' }
  }

  async policy(target: SshTarget, { from, to }: RequestParams['policy']): Promise<PolicyAnswer> {
    await this.script.onContact(target)
    if (this.lockHeldBy !== null) return { type: 'held', jobId: this.lockHeldBy }
    const before = this.policies.get(target.hostId) ?? 'offline'
    if (before !== from) return { type: 'refused', refusal: refused('plan_changed', `It reads ${before}.`) }
    this.policies.set(target.hostId, to)
    return { type: 'policy', before, after: to, errnoName: null }
  }

  async watch(target: SshTarget, _params: RequestParams['watch'], handlers: WatchHandlers): Promise<never> {
    await this.script.onContact(target)
    return new Promise<never>((_, reject) => {
      const end = () => {
        this.watches.delete(target.hostId)
        reject(new ContactError('lost_contact', 'The line was cut.', 'Wait.'))
      }
      handlers.signal.addEventListener('abort', end, { once: true })
      this.watches.set(target.hostId, { tell: handlers.onSample, cut: end })
      if (handlers.signal.aborted) end()
      else void handlers.onSample(sampleOf(this.look(target)))
    })
  }

  async close(): Promise<void> {}

  /** Thirty seconds without a `go`, or the channel gone: every agent that waits for one ends by itself. */
  giveUpWaiting(): void {
    for (const giveUp of this.waitingForGo) giveUp()
  }

  /** Somebody on the host converts its device by hand. */
  plug(hostId: string): void {
    this.devices.set(hostId, { driver: this.driverAfter, blocks: this.blocksAfter })
  }

  /** The journal is gone from the host's disk. */
  loseJournal(jobId: string): void {
    this.journals.delete(jobId)
  }

  look(target: Pick<SshTarget, 'hostId' | 'name'>): Inspection {
    const fence = this.tokens.get(target.hostId) ?? null
    const seen = inspectionOf(target.name, { fence })
    if (this.restarted) return { ...seen, host: { ...seen.host, bootId: 'boot-later' } }
    const { driver, blocks } = this.deviceOf(target)
    if (driver === 'device_dax') return seen
    const device = driver === 'kmem' ? convertedDevice(blocks) : daxDevice({ blocks })
    return { ...seen, devices: [{ ...device, driver }] }
  }

  private deviceOf({ hostId }: Pick<SshTarget, 'hostId'>) {
    return this.devices.get(hostId) ?? { driver: 'device_dax', blocks: [] }
  }

  private async awaitGo(ask: () => Promise<boolean>): Promise<boolean | Error> {
    let giveUp = () => {}
    const tooLong = new Promise<false>((resolve) => {
      giveUp = () => resolve(false)
    })
    this.waitingForGo.add(giveUp)
    try {
      return await Promise.race([ask(), tooLong])
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error))
    } finally {
      this.waitingForGo.delete(giveUp)
    }
  }

  private hasWritten(jobId: string): boolean {
    return (this.journals.get(jobId) ?? []).some(({ kind }) => kind === 'intent')
  }

  private hasOutcome(jobId: string): boolean {
    return this.journals.get(jobId)?.at(-1)?.kind === 'outcome'
  }

  /** Compares the token with the one on record and writes it down; why not, if it may not. */
  private record({ hostId }: SshTarget, token: FencingToken): Refusal | null {
    const known = this.tokens.get(hostId)
    if (known === 'unreadable') return refused('other_installation', 'The token cannot be read.')
    if (known !== undefined && known.installationId !== token.installationId)
      return refused('other_installation', `The host belongs to ${known.installationId}.`)
    if (known !== undefined && BigInt(known.epoch) > BigInt(token.epoch))
      return refused('stale_token', `The host has seen epoch ${known.epoch}.`)
    this.tokens.set(hostId, { ...token })
    return null
  }

  /** The whole of the host's work, at once, into its journal. */
  private writeAll(target: SshTarget, { jobId, item }: Act): JournalLine[] {
    const { hostId } = target
    this.acted.set(jobId, (this.acted.get(jobId) ?? 0) + 1)
    const now = (this.acting.get(hostId) ?? 0) + 1
    this.acting.set(hostId, now)
    this.mostActingOnOneHost = Math.max(this.mostActingOnOneHost, now)
    const isRestore = item.kind === 'restore'
    const driver = isRestore ? 'device_dax' : 'kmem'
    const write = { step: 'bind' as const, path: `/sys/bus/dax/drivers/${driver}/bind`, value: 'dax0.0' }
    const entries: Entry[] = [
      { kind: 'step', step: 'bind', state: 'started', detail: '' },
      { kind: 'intent', step: 'bind', write },
    ]
    if (this.dies === 'unbound') this.devices.set(hostId, { driver: null, blocks: [] })
    else {
      this.devices.set(
        hostId,
        isRestore ? this.givenBack : { driver: this.driverAfter, blocks: this.blocksAfter },
      )
      entries.push({ kind: 'done', step: 'bind', write, errno: 0, errnoName: '', durationMs: 3 })
      entries.push({ kind: 'step', step: 'bind', state: 'done', durationMs: 4, detail: '' })
    }
    if (this.dies === 'never') {
      entries.push({ kind: 'step', step: 'verify', state: 'started', detail: '' })
      entries.push({ kind: 'step', step: 'verify', state: 'done', durationMs: 1, detail: '' })
      entries.push(
        this.outcomeEntry(isRestore ? this.restoreOutcome : this.outcome, item.invariants.bootId, target),
      )
    }
    return entries.map((entry) => this.write(jobId, entry))
  }

  private outcomeEntry(
    outcome: Outcome,
    bootId: PlanItem['invariants']['bootId'],
    target: SshTarget,
    message = 'As the agent tells it.',
  ): Entry {
    const { driver, blocks } = this.deviceOf(target)
    const readBack = { driver, blocks, memTotalBytes: '2000', nodeMemTotalBytes: null }
    return { kind: 'outcome', outcome, bootId, readBack, refusals: [], message, next: '' }
  }

  private write(jobId: string, entry: Entry): JournalLine {
    const journal = this.journals.get(jobId) ?? []
    this.journals.set(jobId, journal)
    const line = { n: journal.length + 1, uptimeMs: String(1000 + journal.length), ...entry } as JournalLine
    journal.push(line)
    return line
  }
}

function refused(code: RefusalCode, message: string): Refusal {
  return { code, message, next: 'Look at the host.' }
}
