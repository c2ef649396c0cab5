import { createHash, randomBytes } from 'node:crypto'
import type { ModelMachine } from '@/agents/model/machine'
import { type AgentSession, modelHost, startAgent } from '@/agents/model/session'
import type { ModelSpec } from '@/agents/model/spec'
import type { ModelWorld } from '@/agents/model/world'
import type { Fault } from './faults'

/** How long a host is gone that lost its power. */
const DOWN_MS = 4_000
const SLOW_MS = 3_000

/** The machine's own time; what a sleeping agent waits for keeps no process alive. */
const world: ModelWorld = {
  nowMs: () => performance.now(),
  timer: (ms, call) => {
    const timer = setTimeout(call, ms)
    return () => clearTimeout(timer)
  },
  randomHex: (bytes) => randomBytes(bytes).toString('hex'),
  sha256: (text) => createHash('sha256').update(text).digest('hex'),
}

/** One simulated host behind its SSH server: made when first spoken to, for thousands of them mostly wait. */
export class SimulatedMachine {
  /** Digests of the agents that were put there. */
  readonly agents = new Set<string>()
  private made: ModelMachine | null = null
  private isBusy = false
  private hasRestarted = false
  private readonly downListeners = new Set<() => void>()

  constructor(
    private readonly makeSpec: () => ModelSpec,
    readonly fault: Fault | null,
  ) {}

  get isOn(): boolean {
    return this.made?.isOn ?? true
  }

  /** The modelled host itself, made now if need be. */
  get machine(): ModelMachine {
    this.made ??= this.make()
    return this.made
  }

  /** Called when the host goes down: its connections go with it. */
  whenDown(listener: () => void): () => void {
    this.downListeners.add(listener)
    return () => this.downListeners.delete(listener)
  }

  /** Before anything is answered: a slow host takes its time. */
  async hesitate(): Promise<void> {
    if (this.fault === 'slow') await new Promise((resolve) => setTimeout(resolve, SLOW_MS))
  }

  /** Starts the agent; the request, its first line, is looked at for what a fault waits for. */
  start(uid: number, onLine: (line: string) => boolean): AgentSession {
    const session = startAgent(this.machine, { uid, onLine })
    let isFirst = true
    return {
      ...session,
      send: (line) => {
        if (isFirst) this.heard(line)
        isFirst = false
        session.send(line)
      },
    }
  }

  close(): void {
    this.made?.shutDown()
  }

  private make(): ModelMachine {
    const spec = this.makeSpec()
    const made = modelHost(
      this.fault === 'partial' ? { ...spec, refusingBlocks: [lastBlock(spec)] } : spec,
      world,
    )
    made.whenDown(() => {
      for (const listener of [...this.downListeners]) listener()
    })
    if (this.fault === 'reboot') made.hook = ({ call, path }) => this.losePower(call, path)
    return made
  }

  private heard(line: string): void {
    if (this.fault !== 'busy' || this.isBusy) return
    const { bus, memory } = this.machine
    if (line.includes('"verb":"convert"')) {
      for (const { name } of bus.devices) this.machine.openDevice(name, 'open')
    } else if (line.includes('"verb":"restore"')) {
      // The first block goes last: the others are offline by then.
      for (const { first } of memory.plugged) memory.pinned.set(first, 'never')
    } else return
    this.isBusy = true
  }

  private losePower(call: string, path: string): undefined {
    if (call !== 'writeOnce' || !path.endsWith('/unbind') || this.hasRestarted) return
    this.hasRestarted = true
    this.machine.powerOff()
    setTimeout(() => this.machine.powerOn(), DOWN_MS).unref()
  }
}

/** The last block of the first device, which does not come online: out of memory, as a notifier may say. */
function lastBlock({ devices, blockSizeBytes }: ModelSpec) {
  const ENOMEM = 12
  const [range] = devices[0]?.ranges ?? []
  const blocks =
    range === undefined
      ? 0n
      : (range.end + 1n) / blockSizeBytes - (range.start + blockSizeBytes - 1n) / blockSizeBytes
  return { device: 0, block: Number(blocks) - 1, errno: ENOMEM }
}
