import { act } from '@/agents/convert/act'
import { LOCK } from '@/agents/convert/state'
import type { AgentReply, AgentRequest, JournalLine, PlanItem, PlanResult, Zone } from '@/agents/protocol'
import { run } from '@/agents/run'
import { MemoryHost } from './memory-host'

export const MIB = 1024n * 1024n
export const BLOCK_BYTES = 128n * MIB
export const BOOT_ID = '11111111-2222-3333-4444-555555555555'
const MEMORY = '/sys/devices/system/memory'
const DRIVERS = '/sys/bus/dax/drivers'

/** How `ready` is answered; `back` is a go in that direction. */
export type Answer = 'go' | 'back' | 'wrong' | 'eof' | 'timeout'

/** A lock that some other process holds. */
export const FOREIGN = 1

export interface DaxSpec {
  name: string
  uuid: string
  startBytes: bigint
  sizeBytes: bigint
  driver: string | null
}

/** The geometry of the lab's small guest: 1 GiB of pmem, 1006 MiB behind its metadata, seven blocks of 128 MiB. */
export const DAX0: DaxSpec = {
  name: 'dax0.0',
  uuid: '08b05b22-2a90-4b4d-882a-83f3f4927b74',
  startBytes: 4_313_841_664n,
  sizeBytes: 1_054_867_456n,
  driver: 'device_dax',
}

/**
 * As much of a kernel's dax and memory files as the agent meets, with what writes do to them. The kernel's rules
 * stand here a second time on purpose: faults can be put between any two of them. Real kernels are tested elsewhere.
 */
export class World extends MemoryHost {
  readonly writes: string[] = []
  readonly ids = new Set<string>()
  /** errno for a path, instead of the effect; `{n}` counts from the first write of that path. */
  readonly failing = new Map<string, number>()
  /** Zone that a block lands in, whatever is asked; as a udev rule would have it. */
  landsIn: string | null = null
  /** Called before each sysfs write: the world may change here. */
  beforeWrite: (path: string, value: string) => void = () => {}
  replies: AgentReply[] = []

  constructor(devices: DaxSpec[] = [DAX0]) {
    super()
    const set = (path: string, text: string) => this.files.set(path, text)
    set('/etc/machine-id', '04f0c24cbf68739c3191bb54ea492a58\n')
    set('/sys/class/dmi/id/product_uuid', '196497af-81b4-46c2-921e-8aa46e4c9f6f\n')
    set('/proc/sys/kernel/random/boot_id', `${BOOT_ID}\n`)
    set('/proc/sys/kernel/osrelease', '6.1.0\n')
    set('/proc/sys/kernel/hostname', 'world\n')
    set('/proc/cmdline', 'console=ttyS0\n')
    set('/proc/self/status', 'Uid:\t0\t0\t0\t0\nCapEff:\t000001ffffffffff\n')
    set('/proc/self/exe', `${'\0'.repeat(18)}\u003e\0`)
    set('/proc/meminfo', 'MemTotal:  656936 kB\nMemFree:  580000 kB\nMemAvailable:  530000 kB\n')
    set(`${MEMORY}/block_size_bytes`, `${BLOCK_BYTES.toString(16)}\n`)
    set(`${MEMORY}/auto_online_blocks`, 'offline\n')
    set('/sys/devices/system/node/node0/meminfo', 'Node 0 MemTotal:  656936 kB\nNode 0 MemFree:  580000 kB\n')
    set('/sys/devices/system/node/node0/distance', '10 20\n')
    for (let id = 0; id < 6; id++) this.addBlock(id, 'online', 'Normal', 0)
    for (const driver of ['kmem', 'device_dax']) {
      this.folders.set(`${DRIVERS}/${driver}`, { kind: 'directory', mode: 0o755, uid: 0, rdev: 0 })
    }
    for (const device of devices) this.addDevice(device)
    this.onWrite = (path, value) => this.kernelWrite(path, value)
    this.onStart = ([, , jobId = '', epoch = '', direction = '']) =>
      this.actor((host) => act(host, jobId, epoch, direction))
    this.onFork = (work) => this.actor(work)
    this.links.set('/proc/self/fd/0', LOCK)
  }

  addBlock(id: number, state: string, zones: string, node: number): void {
    this.files.set(`${MEMORY}/memory${id}/state`, `${state}\n`)
    this.files.set(`${MEMORY}/memory${id}/valid_zones`, `${zones}\n`)
    this.links.set(`/sys/devices/system/node/node${node}/memory${id}`, `${MEMORY}/memory${id}`)
    this.links.set(`${MEMORY}/memory${id}/node${node}`, `/sys/devices/system/node/node${node}`)
  }

  private static folderOf({ name }: { name: string }): string {
    return `/sys/devices/LNXSYSTM:00/ndbus0/region0/${name}/${name}`
  }

  addDevice(device: DaxSpec): void {
    const folder = World.folderOf(device)
    const parent = folder.slice(0, folder.lastIndexOf('/'))
    const set = (path: string, text: string) => this.files.set(path, `${text}\n`)
    set(`${folder}/size`, String(device.sizeBytes))
    set(`${folder}/align`, '2097152')
    set(`${folder}/target_node`, '1')
    set(`${folder}/numa_node`, '0')
    set(`${folder}/dev`, '252:0')
    set(`${folder}/mapping0/start`, `0x${device.startBytes.toString(16)}`)
    set(`${folder}/mapping0/end`, `0x${(device.startBytes + device.sizeBytes - 1n).toString(16)}`)
    set(`${parent}/uuid`, device.uuid)
    this.links.set(`/sys/bus/dax/devices/${device.name}`, folder)
    this.bindTo(device.name, device.driver)
  }

  bindTo(name: string, driver: string | null): void {
    const link = `${World.folderOf({ name })}/driver`
    if (driver === null) this.links.delete(link)
    else this.links.set(link, `${DRIVERS}/${driver}`)
  }

  driverOf(name: string): string | null {
    return (
      this.links
        .get(`${World.folderOf({ name })}/driver`)
        ?.split('/')
        .pop() ?? null
    )
  }

  /** Blocks 33 to 39 appear, offline, as kmem's probe of DAX0 makes them. */
  plug(state = 'offline', zones = 'Normal Movable'): void {
    for (let id = 33; id <= 39; id++) this.addBlock(id, state, zones, 1)
    this.files.set('/sys/devices/system/node/node1/meminfo', 'Node 1 MemTotal:  917504 kB\n')
  }

  private kernelWrite(path: string, value: string): number {
    this.beforeWrite(path, value)
    this.writes.push(`${path.replace(`${DRIVERS}/`, '').replace(`${MEMORY}/`, '')} ${value}`)
    const failure = this.failing.get(path)
    if (failure !== undefined) return failure
    const [driver, file] = path.replace(`${DRIVERS}/`, '').split('/')
    if (path.startsWith(DRIVERS)) {
      if (file === 'new_id') this.ids.add(value)
      else if (file === 'remove_id') this.ids.delete(value)
      else if (file === 'unbind') this.bindTo(value, null)
      else if (file === 'bind') {
        if (driver === 'kmem' && !this.ids.has(value)) return 19
        this.bindTo(value, driver ?? null)
        if (driver === 'kmem') this.plug()
      }
      return 0
    }
    const block = path.slice(0, path.lastIndexOf('/'))
    const asked = value === 'online_movable' ? 'Movable' : 'Normal'
    this.files.set(path, 'online\n')
    this.files.set(`${block}/valid_zones`, `${this.landsIn ?? asked}\n`)
    return 0
  }

  /** The acting process runs beside the one that started it, and its end frees the lock. */
  actor(work: (host: World) => Promise<number>): void {
    this.actorRuns = true
    const ended = () => {
      this.actorRuns = false
      this.lockedBy = null
    }
    void work(this.mortal(ended)).then(ended, ended)
  }

  /** Calls an acting process makes before it is killed; it lives to its end unless told otherwise. */
  diesAfter = Number.POSITIVE_INFINITY
  /** Calls made by acting processes so far. */
  calls = 0

  /** This world as a process sees it that may be killed: at its death every call it made stays without an answer. */
  private mortal(ended: () => void): World {
    return new Proxy<World>(this, {
      get: (world, name) => {
        const value: unknown = Reflect.get(world, name)
        if (typeof value !== 'function' || name === 'out') return value
        return (...args: unknown[]) => {
          world.calls += 1
          if (world.calls <= world.diesAfter) return value.apply(world, args)
          ended()
          return new Promise(() => {})
        }
      },
    })
  }

  /** The lock outlives the parent's descriptor as long as an actor has it: the world lets only actors free it. */
  override async close(handle: number): Promise<void> {
    const keep = this.lockedBy === handle && this.actorRuns
    if (!keep) await super.close(handle)
  }

  actorRuns = false

  override async poll(): ReturnType<MemoryHost['poll']> {
    return this.actorRuns ? { running: true } : { running: false, status: null }
  }

  /** One request as a process of its own would serve it; `go` answers `ready` unless told otherwise. */
  async ask(request: AgentRequest, answer: Answer = 'go'): Promise<AgentReply[]> {
    const began = this.lines.length
    this.input = [() => ({ line: JSON.stringify(request) })]
    this.atEnd = answer === 'timeout' ? 'timeout' : 'eof'
    if (answer === 'go') this.input.push(() => ({ line: JSON.stringify({ go: this.nonceSince(began) }) }))
    if (answer === 'back') {
      const go = () => JSON.stringify({ go: this.nonceSince(began), direction: 'back' })
      this.input.push(() => ({ line: go() }))
    }
    if (answer === 'wrong') this.input.push(() => ({ line: '{"go":"not it"}' }))
    await run(this, [])
    // The kernel frees what an ended process held.
    if (this.lockedBy !== FOREIGN && !this.actorRuns) this.lockedBy = null
    return this.lines.slice(began).map((line): AgentReply => JSON.parse(line))
  }

  private nonceSince(began: number): string {
    for (const line of this.lines.slice(began)) {
      const reply: AgentReply = JSON.parse(line)
      if (reply.type === 'ready') return reply.nonce
    }
    throw new Error('No ready was said.')
  }

  async plan(zone: Zone = 'movable', name = 'dax0.0'): Promise<PlanResult> {
    const { inspection } = await this.inspect()
    const device = inspection.devices.find((each) => each.name === name)
    if (device === undefined) throw new Error(`No ${name}.`)
    return this.planFor(device.identity.id, zone)
  }

  async planFor(deviceId: string, zone: Zone): Promise<PlanResult> {
    const replies = await this.ask({
      protocol: 1,
      verb: 'plan',
      params: { deviceId, zone, reservedBytes: '0' },
    })
    const found = replies.find((reply) => reply.type === 'plan')
    if (found === undefined) throw new Error(JSON.stringify(replies))
    return found.plan
  }

  async inspect() {
    const replies = await this.ask({ protocol: 1, verb: 'inspect', params: {} })
    const found = replies.find((reply) => reply.type === 'inspection')
    if (found === undefined) throw new Error(JSON.stringify(replies))
    return found
  }

  /** Takes the job up after its process died; all replies. */
  recover(
    approved: { item: PlanItem; digest: string },
    { epoch = '2', answer = 'go', jobId = 'job-1' }: { epoch?: string; answer?: Answer; jobId?: string } = {},
  ): Promise<AgentReply[]> {
    const token = { installationId: 'here', epoch }
    const params = { jobId, token, ...approved, fromLine: 1 }
    return this.ask({ protocol: 1, verb: 'recover', params }, answer)
  }

  /** Converts an approved item; gives the outcome line. */
  async convert(
    approved: { item: PlanItem; digest: string },
    options: {
      jobId?: string
      epoch?: string
      installationId?: string
      answer?: Answer
    } = {},
  ): Promise<Extract<JournalLine, { kind: 'outcome' }>> {
    const token = { installationId: options.installationId ?? 'here', epoch: options.epoch ?? '1' }
    const params = { jobId: options.jobId ?? 'job-1', token, item: approved.item, digest: approved.digest }
    this.replies = await this.ask({ protocol: 1, verb: 'convert', params }, options.answer)
    const ends = this.replies.flatMap((reply) => (reply.type === 'journal' ? [reply.line] : []))
    const outcome = ends.find((line) => line.kind === 'outcome')
    if (outcome === undefined) throw new Error(JSON.stringify(this.replies))
    return outcome
  }
}

/** A job's journal as it stands on the disk; torn lines are none. */
export function journalOf(world: World, jobId = 'job-1'): JournalLine[] {
  const lines = (world.files.get(`/var/lib/daxfleet/jobs/${jobId}.jsonl`) ?? '').split('\n')
  return lines.flatMap((line): JournalLine[] => {
    try {
      return [JSON.parse(line)]
    } catch {
      return []
    }
  })
}

/** The item and digest of a plan that can be approved. */
export function approve(plan: PlanResult): { item: PlanItem; digest: string } {
  if (plan.item === null || plan.digest === null) throw new Error('There is nothing to approve.')
  return { item: plan.item, digest: plan.digest }
}
