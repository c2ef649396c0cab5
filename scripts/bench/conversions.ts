import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { AgentReply, AgentRequest, JournalLine, PlanItem } from '@/agents/protocol'
import type { Guest } from '@/scripts/lab/lab'

const AGENT = '/root/daxfleet-agent'
const STOPWATCH = '/root/stopwatch'
const DRIVERS = '/sys/bus/dax/drivers'
const NAME = 'dax0.0'

/** Reads the whole host. */
export const INSPECT: string = JSON.stringify({
  protocol: 1,
  verb: 'inspect',
  params: {},
} satisfies AgentRequest)

/** What the stopwatch in the guest measured of one run. */
export interface Timed {
  ns: number
  firstLineNs: number
  peakRssKb: number
  /** Of an agent's conversion: how long its writes were in the kernel, how long preflight and read-back took. */
  writesMs?: number
  looksMs?: number
}

/** One way to turn the device into RAM, timed inside the guest. */
export type Way = 'agent' | 'daxctl' | 'shell'

/** Puts a program into the guest. */
async function place(guest: Guest, from: string, to: string): Promise<void> {
  const stdin = (await readFile(from)).toString('base64')
  await guest.text(['sh', '-c', `base64 -d > ${to} && chmod 700 ${to}`], { stdin })
}

/** A guest whose one device goes to RAM and back, in any of the ways. */
export class Conversions {
  private epoch = 0

  private constructor(private readonly guest: Guest) {}

  static async on(guest: Guest, programs: { agent: string; stopwatch: string }): Promise<Conversions> {
    await place(guest, programs.agent, AGENT)
    await place(guest, programs.stopwatch, STOPWATCH)
    // Loaded beforehand: the module's loading is no part of any way, and happens once.
    await guest.text(['/sbin/modprobe', 'kmem'])
    return new Conversions(guest)
  }

  /** Converts, sees that the memory is there, and gives what it took. */
  async time(way: Way): Promise<Timed> {
    const before = await this.memTotalKb()
    const timed = await this.run(way)
    const gainedKb = (await this.memTotalKb()) - before
    if (gainedKb <= 0) throw new Error(`${way} brought no memory online`)
    return timed
  }

  /** Back to device_dax, by the reference tool, whoever converted it. */
  async restore(): Promise<void> {
    await this.guest.text(['daxctl', 'reconfigure-device', '-f', '-m', 'devdax', NAME])
  }

  /** How long the agent takes to its first line, and what it and the tools it asks need at most for the whole host. */
  async inspect(): Promise<Timed> {
    return this.stopwatch(['ask', AGENT, INSPECT])
  }

  /** The most memory the agent itself takes to read the whole host, without the tools it asks, in KiB. */
  async ownPeakKb(): Promise<number> {
    return (await this.stopwatch(['peak', AGENT, INSPECT])).peakRssKb
  }

  async blocks(): Promise<number> {
    return (await this.plan()).item.prediction.blockCount
  }

  private async run(way: Way): Promise<Timed> {
    if (way === 'daxctl')
      return this.stopwatch(['run', '/usr/bin/daxctl', 'reconfigure-device', '-m', 'system-ram', NAME])
    const { item, digest } = await this.plan()
    if (way === 'shell') return this.stopwatch(['run', '/bin/sh', '-ec', shellScript(item)])
    const token = { installationId: 'bench', epoch: String(++this.epoch) }
    const jobId = randomUUID()
    const request: AgentRequest = { protocol: 1, verb: 'convert', params: { jobId, token, item, digest } }
    const timed = await this.stopwatch(['ask', AGENT, JSON.stringify(request)])
    return { ...timed, ...(await this.shares(jobId)) }
  }

  /** What of a conversion the journal says of itself: the writes, and the looks before and after them. */
  private async shares(jobId: string): Promise<{ writesMs: number; looksMs: number }> {
    const text = await this.guest.text(['cat', `/var/lib/daxfleet/jobs/${jobId}.jsonl`])
    const shares = { writesMs: 0, looksMs: 0 }
    for (const line of text.trim().split('\n')) {
      const entry: JournalLine = JSON.parse(line)
      if (entry.kind === 'done') shares.writesMs += entry.durationMs
      const isLook = entry.kind === 'step' && (entry.step === 'preflight' || entry.step === 'verify')
      if (isLook) shares.looksMs += entry.durationMs ?? 0
    }
    return shares
  }

  private async plan(): Promise<{ item: PlanItem; digest: string }> {
    const inspected = await this.ask({ protocol: 1, verb: 'inspect', params: {} })
    const device = inspected.type === 'inspection' ? inspected.inspection.devices[0] : undefined
    if (device === undefined) throw new Error('The guest shows no dax device')
    const params = { deviceId: device.identity.id, zone: 'movable' as const, reservedBytes: '0' }
    const planned = await this.ask({ protocol: 1, verb: 'plan', params })
    if (planned.type !== 'plan' || planned.plan.item === null || planned.plan.digest === null)
      throw new Error(`The agent made no plan: ${JSON.stringify(planned)}`)
    return { item: planned.plan.item, digest: planned.plan.digest }
  }

  private async ask(request: AgentRequest): Promise<AgentReply> {
    const lines = (await this.guest.text([AGENT], { stdin: `${JSON.stringify(request)}\n` }))
      .trim()
      .split('\n')
    return JSON.parse(lines.at(-1) ?? '')
  }

  private async stopwatch(argv: string[]): Promise<Timed> {
    const { stdout, stderr } = await this.guest.run([STOPWATCH, ...argv])
    const timed: Timed & { status: number } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}')
    if (timed.status !== 0) throw new Error(`${argv.slice(0, 3).join(' ')} failed: ${stderr}`)
    return timed
  }

  private async memTotalKb(): Promise<number> {
    const found = /^MemTotal:\s+(\d+) kB/m.exec(await this.guest.text(['cat', '/proc/meminfo']))
    return Number(found?.[1])
  }
}

/** The bare writes: no lock, no look, no journal, no read-back. What nobody should do, and nothing can undercut. */
function shellScript({ prediction }: PlanItem): string {
  const ids = prediction.blocks.map(([first, last]) => `$(seq ${first} ${last})`).join(' ')
  return [
    `echo ${NAME} > ${DRIVERS}/kmem/new_id`,
    `echo ${NAME} > ${DRIVERS}/device_dax/unbind`,
    `echo ${NAME} > ${DRIVERS}/kmem/bind`,
    `echo ${NAME} > ${DRIVERS}/kmem/remove_id`,
    `for id in ${ids}; do echo online_movable > /sys/devices/system/memory/memory$id/state; done`,
  ].join('\n')
}
