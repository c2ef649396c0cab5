import type { Host } from '../host'
import { type BusDevice, DaxBus } from './dax'
import { DiskFolder, Inode, Space, type Survival } from './disk'
import { EPERM } from './errno'
import { Figures } from './figures'
import { Memory } from './memory'
import { procFolder } from './proc'
import { ModelProcess, type ProcessOptions } from './process'
import { ProcessHost } from './process-host'
import { rootFiles } from './root-files'
import type { ModelSpec } from './spec'
import { sysFolder } from './sys'
import { type CharNode, type FolderNode, living, type Node, walk } from './tree'
import type { Hook, KernelWrite, ModelWorld } from './world'

/** What stands for a program: it is given its host and its arguments, and gives its exit status. */
export type Program = (host: Host, args: string[]) => Promise<number>

/** A program of the host's own, e.g. a hook: what it printed, and its exit status. */
export type HostProgram = (
  host: Host,
  environment: Record<string, string>,
) => Promise<{ status: number; output: string }>

interface SpawnOptions extends Partial<Omit<ProcessOptions, 'pid' | 'name'>> {
  name: string
}

/**
 * A host: hardware that stays, a disk that remembers what was fsynced, a kernel that begins anew with each boot, and
 * processes. Any number of them run on it at a time.
 */
export class ModelMachine {
  /** Before every call of every process. */
  hook: Hook | null = null
  /** After each write to a driver or to a block's state. */
  onKernelWrite: ((write: KernelWrite) => void) | null = null
  /** How long a write sits in the kernel, which no signal ends; undefined: not at all. */
  holdInKernel: ((path: string, value: string) => Promise<void> | undefined) | null = null
  /** What the host's own programs do, hooks above all, by path; the file itself must be there as well. */
  readonly programs = new Map<string, HostProgram>()
  /** Whose call is being served. */
  asking: ModelProcess | null = null
  isOn = false
  bootId = ''
  boots = 0
  memory: Memory
  figures: Figures
  bus: DaxBus
  readonly space = new Space()
  readonly disk: DiskFolder
  private processes = new Map<number, ModelProcess>()
  private readonly mapped = new Map<number, BusDevice>()
  private readonly bootListeners = new Set<() => void>()
  private root: FolderNode | null = null
  private run = new DiskFolder(0o755, 0)
  private nextPid = 0
  private bootedAtMs = 0

  constructor(
    readonly spec: ModelSpec,
    readonly world: ModelWorld,
    /** What a unit runs; fork brings its own work along. */
    readonly program: Program,
  ) {
    this.disk = rootFiles(spec, this.space)
    this.memory = new Memory(spec)
    this.figures = new Figures(spec, this.memory)
    this.bus = this.makeBus()
    this.powerOn()
  }

  uptimeMs(): number {
    return Math.floor(this.world.nowMs() - this.bootedAtMs)
  }

  /** The filesystem in memory at /run. */
  get runFolder(): DiskFolder {
    return this.run
  }

  /** Which boot this is, for a snapshot. */
  bootRecord() {
    const { bootId, boots, bootedAtMs, nextPid } = this
    return { bootId, boots, bootedAtMs, nextPid }
  }

  /** This boot is that one, which goes on. */
  resumeBoot({ bootId, boots, bootedAtMs, nextPid }: ReturnType<ModelMachine['bootRecord']>): void {
    Object.assign(this, { bootId, boots, bootedAtMs, nextPid })
    this.root = null
  }

  powerOn(): void {
    if (this.isOn) return
    this.isOn = true
    this.boots += 1
    const random = this.world.randomHex(16)
    this.bootId = [8, 12, 16, 20, 32]
      .map((end, index) => random.slice([0, 8, 12, 16, 20][index], end))
      .join('-')
    this.bootedAtMs = this.world.nowMs()
    this.nextPid = 100
    this.memory = new Memory(this.spec)
    this.figures = new Figures(this.spec, this.memory)
    this.bus = this.makeBus()
    this.bus.boot(this.regionNumbers())
    // Of the kernel before, also where it was made while the last processes went.
    this.root = null
    this.run = this.freshRun()
    this.spawn({ name: this.spec.systemd ? 'systemd' : 'init' })
  }

  /** As a power failure does it: every process is gone at once, and with it what was not fsynced. */
  powerOff(survival: Survival | null = null): void {
    if (!this.isOn) return
    this.endAll()
    this.disk.loseUnsynced('', survival)
  }

  /** In order: what was written is on the disk. */
  shutDown(): void {
    if (!this.isOn) return
    this.endAll()
    this.disk.sync()
  }

  reboot(): void {
    this.shutDown()
    this.powerOn()
  }

  /** A crash of the kernel or a reset: as a power failure, and up again. */
  reset(survival: Survival | null = null): void {
    this.powerOff(survival)
    this.powerOn()
  }

  /** Called whenever the host goes down, once its processes are gone. */
  whenDown(listener: () => void): () => void {
    this.bootListeners.add(listener)
    return () => this.bootListeners.delete(listener)
  }

  spawn(options: SpawnOptions): ModelProcess {
    const pid = this.processes.size === 0 && this.nextPid === 100 ? 1 : this.nextPid++
    const process = new ModelProcess(
      { pid, parent: null, uid: 0, scope: 0, stdio: null, stdin: null, environment: {}, ...options },
      this.world,
      (ended) => {
        this.processes.delete(ended.pid)
        this.mapped.delete(ended.pid)
        // Made anew when somebody looks: thousands of hosts wait, and few are looked at.
        if (this.processes.size <= 1) this.root = null
      },
    )
    this.processes.set(pid, process)
    return process
  }

  hostOf(process: ModelProcess): Host {
    return new ProcessHost(this, process)
  }

  processIds(): number[] {
    return [...this.processes.keys()]
  }

  processAt(pid: number): ModelProcess | null {
    return this.processes.get(pid) ?? null
  }

  /** All that is in a login session, whatever has left its process group (KillUserProcesses=yes). */
  killScope(scope: number): void {
    for (const process of [...this.processes.values()]) if (process.scope === scope) process.kill()
  }

  /** A program that uses the device; gives its pid. It dies of SIGBUS when the device is taken from it while mapped. */
  openDevice(name: string, how: 'open' | 'mapped', command = 'redis-server'): number {
    const device = this.bus.find(name)
    if (device === null) throw new Error(`This host has no ${name}.`)
    const process = this.spawn({ name: command })
    if (how === 'open') process.open(`/dev/${name}`, this.charOf(device))
    else this.mapped.set(process.pid, device)
    return process.pid
  }

  /** Special files that the process has mapped. */
  mappedBy(process: ModelProcess): CharNode[] {
    const device = this.mapped.get(process.pid)
    return device === undefined ? [] : [this.charOf(device)]
  }

  /** As modprobe does; an errno. */
  loadKmem(by: ModelProcess): number {
    this.asking = by
    if (this.spec.kmem === 'blacklisted') return EPERM
    const errno = this.bus.loadKmem()
    this.onKernelWrite?.({ pid: by.pid, process: by.name, file: 'modprobe', value: 'kmem', errno })
    return errno
  }

  /** The node a path leads to for this process, or an errno. */
  find(process: ModelProcess, path: string, follow = true): Node | number {
    this.asking = process
    return walk(this.tree(), path, process.uid, follow)
  }

  private charOf(device: BusDevice): CharNode {
    // As gnu_dev_makedev packs a small number.
    return { kind: 'char', mode: 0o600, uid: 0, rdev: (252 << 8) | device.index }
  }

  private makeBus(): DaxBus {
    return new DaxBus(
      this.spec,
      this.memory,
      () => this.figures.kernelFree(),
      (device) => {
        for (const [pid, mapped] of [...this.mapped]) if (mapped === device) this.processAt(pid)?.end(null)
      },
    )
  }

  private regionNumbers(): number[] {
    const numbers = this.spec.devices.map((_, index) => index)
    if (!this.spec.renumbers || numbers.length < 2) return numbers
    const turn = Number.parseInt(this.world.randomHex(2), 16) % numbers.length
    return numbers.map((number) => (number + turn) % numbers.length)
  }

  private freshRun(): DiskFolder {
    const run = new DiskFolder(0o755, 0)
    const folder = (parent: DiskFolder, name: string) => {
      const made = new DiskFolder(0o755, 0)
      parent.set(name, made)
      return made
    }
    if (this.spec.systemd) {
      folder(folder(run, 'systemd'), 'system')
      folder(run, 'udev').set('control', new Inode('', 0o600, 0, this.space, true))
    }
    return run
  }

  private tree(): FolderNode {
    if (this.root !== null) return this.root
    const sys = sysFolder(this, (write) => {
      const by = this.asking
      this.onKernelWrite?.({ pid: by?.pid ?? 0, process: by?.name ?? '', ...write })
    })
    const proc = procFolder(this)
    const others = new Map<string, Node>([
      ['sys', sys],
      ['proc', proc],
      ['run', this.run],
    ])
    this.root = living(
      () => [...others.keys(), ...this.disk.names()],
      (name) => others.get(name) ?? this.disk.child(name),
    )
    return this.root
  }

  private endAll(): void {
    this.isOn = false
    for (const process of [...this.processes.values()]) process.end(null)
    this.processes = new Map()
    this.mapped.clear()
    for (const listener of [...this.bootListeners]) listener()
  }
}
