import type { BlockRun, Inspection, JournalLine, Outcome, PlanResult, RequestParams } from '@/agents/protocol'
import type { AgentClient, CallOptions, TailEnd, TailHandlers } from '@/server/agents/port'
import type { SshTarget } from '@/server/ssh/target'
import { convertedDevice, inspectionOf } from './inspection'

type Convert = RequestParams['convert']
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
  onAttach(): Promise<void>
  onInspect(): Promise<void>
}

const quiet: Script = {
  onContact: async () => {},
  beforeReady: async () => {},
  afterGo: async () => {},
  onAttach: async () => {},
  onInspect: async () => {},
}

/**
 * A fleet of one-device hosts behind the agent's port, with journals that outlive every connection. It does what the
 * agent's contract says; only faults are scripted. Real agents on real kernels are met in test/kernel.
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
  /** The agent dies before it writes its outcome. */
  dies = false
  /** Each line is delivered twice. */
  stutters = false
  restarted = false
  digestShown: string | null = null
  answer: PlanResult | null = null
  private readonly journals = new Map<string, JournalLine[]>()
  private readonly converted = new Set<string>()

  async inspect(target: SshTarget, _options: CallOptions): Promise<Inspection> {
    await this.script.onInspect()
    const seen = inspectionOf(target.name)
    if (this.restarted) return { ...seen, host: { ...seen.host, bootId: 'boot-later' } }
    if (!this.converted.has(target.hostId)) return seen
    return { ...seen, devices: [{ ...convertedDevice(this.blocksAfter), driver: this.driverAfter }] }
  }

  async plan(): Promise<PlanResult> {
    if (this.answer === null) throw new Error('no plan was scripted')
    return this.answer
  }

  async convert(
    target: SshTarget,
    params: Convert,
    handlers: CallOptions & TailHandlers & { onReady: (digest: string) => Promise<boolean> },
  ): Promise<TailEnd> {
    await this.script.onContact(target)
    const say = async (line: JournalLine) => {
      handlers.signal.throwIfAborted()
      await handlers.onJournal(line)
      if (this.stutters) await handlers.onJournal(line)
    }
    const { jobId, token, digest } = params
    const bootId = params.item.invariants.bootId
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
    if (!(await handlers.onReady(this.digestShown ?? digest))) return 'finished'
    const lines = this.act(target.hostId, params)
    try {
      await this.script.afterGo(handlers.signal)
      for (const line of lines) await say(line)
    } finally {
      this.acting.set(target.hostId, (this.acting.get(target.hostId) ?? 1) - 1)
    }
    return this.dies ? 'abandoned' : 'finished'
  }

  async attach(
    _target: SshTarget,
    { jobId, fromLine }: RequestParams['attach'],
    handlers: CallOptions & TailHandlers,
  ): Promise<TailEnd> {
    await this.script.onAttach()
    for (const line of this.journals.get(jobId) ?? []) {
      if (line.n >= fromLine) await handlers.onJournal(line)
    }
    return this.dies ? 'abandoned' : 'finished'
  }

  async close(): Promise<void> {}

  /** The whole of the host's work, at once, into its journal. */
  private act(hostId: string, { jobId, item }: Convert): JournalLine[] {
    this.acted.set(jobId, (this.acted.get(jobId) ?? 0) + 1)
    const now = (this.acting.get(hostId) ?? 0) + 1
    this.acting.set(hostId, now)
    this.mostActingOnOneHost = Math.max(this.mostActingOnOneHost, now)
    this.converted.add(hostId)
    const write = { step: 'bind' as const, path: '/sys/bus/dax/drivers/kmem/bind', value: 'dax0.0' }
    const entries: Entry[] = [
      { kind: 'step', step: 'bind', state: 'started', detail: '' },
      { kind: 'intent', step: 'bind', write },
      { kind: 'done', step: 'bind', write, errno: 0, errnoName: '', durationMs: 3 },
      { kind: 'step', step: 'bind', state: 'done', durationMs: 4, detail: '' },
    ]
    if (!this.dies) {
      entries.push({ kind: 'step', step: 'verify', state: 'started', detail: '' })
      entries.push({ kind: 'step', step: 'verify', state: 'done', durationMs: 1, detail: '' })
      entries.push({
        kind: 'outcome',
        outcome: this.outcome,
        bootId: item.invariants.bootId,
        readBack: {
          driver: this.driverAfter,
          blocks: this.blocksAfter,
          memTotalBytes: '2000',
          nodeMemTotalBytes: null,
        },
        refusals: [],
        message: 'As the agent tells it.',
        next: '',
      })
    }
    return entries.map((entry) => this.write(jobId, entry))
  }

  private write(jobId: string, entry: Entry): JournalLine {
    const journal = this.journals.get(jobId) ?? []
    this.journals.set(jobId, journal)
    const line = { n: journal.length + 1, uptimeMs: String(1000 + journal.length), ...entry } as JournalLine
    journal.push(line)
    return line
  }
}
