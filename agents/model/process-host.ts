import type { Handle, Host, WriteReport } from '../host'
import { MAX_LINE_BYTES } from '../protocol'
import { type Description, Inode } from './disk'
import { ENOENT } from './errno'
import { FileCalls } from './file-calls'
import { healthOutput } from './health-tools'
import type { ModelProcess } from './process'
import { sha256 } from './sha256'
import { startUnit } from './units'

const LOOK_EVERY_MS = 100

/** How one process of a modelled host sees it: children, time, chance and lines beside the files. */
export class ProcessHost extends FileCalls implements Host {
  async run(argv: string[], options: Parameters<Host['run']>[1]): ReturnType<Host['run']> {
    await this.enter('run', argv.join(' '))
    const [program = '', ...words] = argv
    const there = typeof this.machine.find(this.process, program) !== 'number'
    if (!there) return { status: 127, stdout: '', timedOut: false }
    if (!program.endsWith('/modprobe')) return this.runTool(program, words, options.killAfterMs)
    const stdin = options.stdin === null ? null : this.at('run', options.stdin)
    const child = this.child('modprobe', stdin)
    const work = async () => {
      await this.machine.holdInKernel?.('modprobe', words.join(' '))
      const errno = words[0] === 'kmem' ? this.machine.loadKmem(child) : ENOENT
      return errno === 0 ? 0 : 1
    }
    const status = await this.process.surviving(this.ran(child, work))
    return { status, stdout: '', timedOut: false }
  }

  /** A program that only reads: what a test put in its place, else what the model has of it. */
  private async runTool(program: string, words: string[], killAfterMs = 0): ReturnType<Host['run']> {
    const child = this.child(program.slice(program.lastIndexOf('/') + 1), null)
    let [stdout, timedOut] = ['', false]
    const cancel = child.timer(killAfterMs, () => {
      timedOut = true
      child.end(null)
    })
    const status = await this.process.surviving(
      this.ran(child, async () => {
        const own = this.machine.programs.get(program)
        if (own !== undefined) {
          const ended = await own(this.machine.hostOf(child), { ARGUMENTS: words.join(' ') })
          stdout = ended.output
          return ended.status
        }
        const output = healthOutput(program, words, this.machine.bus.devices)
        stdout = output ?? ''
        return output === null ? 1 : 0
      }),
    )
    cancel()
    return { status, stdout, timedOut }
  }

  async runAlone(
    path: string,
    environment: Record<string, string>,
    { killAfterMs, keepBytes }: Parameters<Host['runAlone']>[2],
  ): ReturnType<Host['runAlone']> {
    await this.enter('runAlone', path)
    if (typeof this.machine.find(this.process, path) === 'number') return this.fail('exec', path, ENOENT)
    const program = this.machine.programs.get(path)
    if (program === undefined) return { status: 127, stdout: '', timedOut: false }
    const { uid } = this.process
    const name = path.slice(path.lastIndexOf('/') + 1)
    const child = this.machine.spawn({ name, parent: this.process, uid, environment })
    // It dies with whoever started it.
    this.process.whenEnded(() => child.end(null))
    let [stdout, timedOut] = ['', false]
    const cancel = child.timer(killAfterMs, () => {
      timedOut = true
      child.end(null)
    })
    const work = async () => {
      const ended = await program(this.machine.hostOf(child), environment)
      stdout = ended.output.slice(-keepBytes)
      return ended.status
    }
    const status = await this.process.surviving(this.ran(child, work))
    cancel()
    return { status, stdout, timedOut }
  }

  async kill(pid: number): Promise<void> {
    await this.enter('kill', String(pid))
    this.machine.processAt(pid)?.kill()
  }

  async writeApart(...[writes, ready, slow]: Parameters<Host['writeApart']>): ReturnType<Host['writeApart']> {
    await this.enter('writeApart', writes.name)
    const child = this.child(writes.name, null)
    for (const [fd, description] of this.process.descriptors) child.share(fd, description)
    let isOpen = false
    // Who waits at a gate that nobody will open any more ends there, with nothing written.
    this.process.whenEnded(() => {
      if (!isOpen) child.end(1)
    })
    const paths = writes.stopFile === null ? [...writes.paths] : writes.paths
    // One that does a single write is bound to it: an offline that never ends would keep the lock for ever.
    if (Array.isArray(paths) && paths.length === 1) this.process.whenEnded(() => child.kill())
    try {
      await ready()
    } catch (error) {
      child.end(1)
      throw error
    }
    isOpen = true
    const host = this.machine.hostOf(child)
    let report: WriteReport | null = null
    const work = async () => {
      const done: WriteReport = { failures: [], stopped: false }
      let index = 0
      for (const path of paths) {
        done.stopped = writes.stopFile !== null && (await host.has(writes.stopFile))
        if (done.stopped) break
        const errno = await host.writeOnce(path, writes.value)
        if (errno !== 0) done.failures.push([index, errno])
        index += 1
      }
      report = done
      return 0
    }
    const cancel = this.process.timer(slow.slowAfterMs, () => void slow.onSlow().catch(() => {}))
    this.lookWhetherDue(child, slow.isDue)
    const status = await this.process.surviving(this.ran(child, work))
    cancel()
    return status === 0 ? report : null
  }

  async fork(...[name, work, , stdin]: Parameters<Host['fork']>): Promise<number> {
    await this.enter('fork', name)
    const child = this.child(name, this.at('fork', stdin))
    void this.ran(child, () => work(this.machine.hostOf(child)))
    return child.pid
  }

  async start(argv: string[], stdin: Handle): Promise<number> {
    await this.enter('start', argv.join(' '))
    const child = this.child('systemd-run', this.at('start', stdin))
    const unit = startUnit(this.machine, argv, this.at('start', stdin))
    if (unit === null) child.end(1)
    else unit.whenEnded((status) => child.end(status ?? 1))
    return child.pid
  }

  async poll(pid: number): ReturnType<Host['poll']> {
    await this.enter('poll', String(pid))
    if (this.process.children.has(pid)) return { running: true }
    return { running: false, status: this.process.ended.get(pid) ?? null }
  }

  async setsid(): Promise<void> {
    await this.enter('setsid', '')
  }

  async ignoreHangups(): Promise<void> {
    await this.enter('ignoreHangups', '')
  }

  async uptimeMs(): Promise<number> {
    await this.enter('uptimeMs', '')
    return this.machine.uptimeMs()
  }

  async watch(path: string): Promise<Handle | null> {
    await this.enter('watch', path)
    const node = this.find('watch', path)
    const handle = this.process.open(path, node)
    if (node instanceof Inode) node.watchers.add(this.at('watch', handle))
    return handle
  }

  async awaitChange(watch: Handle, timeoutMs: number): Promise<void> {
    const description = this.at('watch', watch)
    await this.enter('awaitChange', description.path)
    if (!description.changed) await this.wait(timeoutMs, (wake) => (description.wake = wake))
    description.wake = null
    description.changed = false
  }

  async sleep(ms: number): Promise<void> {
    await this.enter('sleep', String(ms))
    await this.process.sleep(ms)
  }

  async sha256(text: string): Promise<string> {
    await this.enter('sha256', '')
    return (this.machine.world.sha256 ?? sha256)(text)
  }

  async sha256Of(path: string, limitBytes: number): Promise<string | null> {
    await this.enter('sha256Of', path)
    const text = this.textOf(path)
    if (typeof text === 'number') return this.fail('read', path, text)
    return text.length > limitBytes ? null : (this.machine.world.sha256 ?? sha256)(text)
  }

  async randomHex(bytes: number): Promise<string> {
    await this.enter('randomHex', '')
    return this.machine.world.randomHex(bytes)
  }

  async readLine(timeoutMs: number | null): ReturnType<Host['readLine']> {
    await this.enter('readLine', '')
    const { stdio } = this.process
    if (stdio === null) return 'eof'
    if (stdio.lines.length === 0 && !stdio.ended) {
      await this.wait(timeoutMs, (wake) => (stdio.wake = wake))
      stdio.wake = null
    }
    const line = stdio.lines.shift()
    if (line !== undefined) return line.length > MAX_LINE_BYTES ? 'too_long' : { line }
    return stdio.ended ? 'eof' : 'timeout'
  }

  async out(line: string): Promise<boolean> {
    await this.enter('out', line)
    const { stdio } = this.process
    if (stdio === null) return true
    const heard = stdio.out(line)
    return typeof heard === 'boolean' ? heard : this.process.surviving(heard)
  }

  async self(): Promise<string> {
    return '/proc/self/exe'
  }

  private lookWhetherDue(child: ModelProcess, isDue: (() => Promise<boolean>) | undefined): void {
    if (isDue === undefined) return
    const look = async () => {
      if (!child.isAlive) return
      if (await isDue()) child.kill()
      else this.process.timer(LOOK_EVERY_MS, () => void look().catch(() => {}))
    }
    this.process.timer(LOOK_EVERY_MS, () => void look().catch(() => {}))
  }

  private child(name: string, stdin: Description | null): ModelProcess {
    const { uid, scope } = this.process
    return this.machine.spawn({ name, parent: this.process, uid, scope, stdin })
  }

  /** Lets a process do its work and end with its status; null when it was ended before. */
  private ran(child: ModelProcess, work: () => Promise<number>): Promise<number | null> {
    return new Promise((resolve) => {
      child.whenEnded(resolve)
      work().then(
        (status) => child.end(status),
        () => child.end(1),
      )
    })
  }

  private wait(timeoutMs: number | null, awaken: (wake: () => void) => void): Promise<void> {
    return new Promise((resolve) => {
      const cancel = timeoutMs === null ? () => {} : this.process.timer(timeoutMs, resolve)
      awaken(() => {
        cancel()
        if (this.process.isAlive) resolve()
      })
    })
  }
}
