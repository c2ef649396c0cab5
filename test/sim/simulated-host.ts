import type { ModelMachine } from '@/agents/model/machine'
import { modelHost, startAgent } from '@/agents/model/session'
import { GIB, MIB, type ModelSpec, pmemDevice, smallHost, volatileDevice } from '@/agents/model/spec'
import type { AgentReply, AgentRequest, Inspection, PlanResult, RequestParams } from '@/agents/protocol'
import type { Figures } from './figures'
import type { Channel } from './network'
import { sha256 } from './sha256'
import type { World } from './world'

/** A host of the simulation: a model of its kernel, on which the real agent runs, and its place in the network. */
export class SimulatedHost {
  readonly machine: ModelMachine
  readonly channels = new Set<Channel>()
  /** Cut off from the network: nothing arrives, either way, and nobody is told. */
  isAway = false
  /** Ids in kmem's list that were there before us, in this boot. */
  readonly foreignIds = new Set<string>()
  /** Devices that somebody else had a hand on, by index, and when last. */
  readonly handled = new Map<number, number>()
  /** The acting agent has read what is available, and has taken nothing offline since. */
  hasLooked = false

  constructor(
    readonly world: World,
    readonly id: string,
    readonly name: string,
    readonly figures: Figures['hosts'][number],
    index: number,
  ) {
    const { random } = world
    const hex = (bytes: number) => {
      let text = ''
      while (text.length < 2 * bytes) text += random.whole(0, 0xffffff).toString(16).padStart(6, '0')
      return text.slice(0, 2 * bytes)
    }
    this.machine = modelHost(specOf(figures, index, name), {
      nowMs: () => world.nowMs,
      timer: (ms, call) => world.timer(ms, call),
      randomHex: hex,
      sha256,
    })
    this.start()
  }

  /** On, with a program of its own running: then the model keeps the tree of its files from one agent to the next. */
  start(): void {
    this.foreignIds.clear()
    this.hasLooked = false
    this.machine.powerOn()
    this.machine.spawn({ name: 'sshd' })
  }

  /** No agent's process is there, nor one of its children. */
  get isIdle(): boolean {
    return this.machine.processIds().length <= 2
  }

  /** What runs on it, for whoever looks into a seed. */
  running(): string {
    const names = this.machine.processIds().map((pid) => this.machine.processAt(pid)?.name)
    return `${this.name} runs ${names.join(', ')}`
  }

  /** Asks the agent over a line that never fails, as everything before the storm is. */
  async ask<Type extends AgentReply['type']>(
    request: AgentRequest,
    type: Type,
  ): Promise<Extract<AgentReply, { type: Type }>> {
    const replies: AgentReply[] = []
    const session = startAgent(this.machine, {
      onLine: (line) => {
        replies.push(JSON.parse(line))
        return true
      },
    })
    session.send(JSON.stringify(request))
    await session.ended
    const found = replies.find((reply): reply is Extract<AgentReply, { type: Type }> => reply.type === type)
    if (found === undefined) throw new Error(`${this.name} answered ${JSON.stringify(replies)}`)
    return found
  }

  async inspect(): Promise<Inspection> {
    return (await this.ask({ protocol: 1, verb: 'inspect', params: {} }, 'inspection')).inspection
  }

  async plan(params: RequestParams['plan']): Promise<PlanResult> {
    return (await this.ask({ protocol: 1, verb: 'plan', params }, 'plan')).plan
  }
}

/** Small, so that thousands of schedules fit: two or three blocks a device. */
function specOf(
  { devices, systemd, renumbers, loadable, cxl }: Figures['hosts'][number],
  index: number,
  name: string,
): ModelSpec {
  const digits = (of: number) => of.toString(16).padStart(4, '0')
  return smallHost({
    hostname: name,
    machineId: `5f1d0c9be0a64c4fb4a6a1c2b3d4${digits(index)}`,
    dmiUuid: `7e57ab1e-0000-4000-8000-00000000${digits(index)}`,
    systemd,
    renumbers,
    kmem: loadable ? 'loadable' : 'loaded',
    ...(cxl ? { kernelRelease: '6.12.43-amd64' } : {}),
    devices: Array.from({ length: devices }, (_, at) => {
      const start = 4n * GIB + BigInt(at) * GIB
      const serial = `8680-${digits(index)}${digits(at)}`
      if (cxl) return volatileDevice('cxl', start, 512n * MIB, { serial, targetNode: 1 + at })
      return pmemDevice(start, 512n * MIB, {
        uuid: `08b05b22-2a90-4b4d-882a-83f3${digits(index)}${digits(at)}`,
        namespaceUuid: `5b3c1f0e-3d5f-4a55-9a8e-7d2f${digits(index)}${digits(at)}`,
        serial,
        targetNode: 1 + at,
      })
    }),
  })
}
