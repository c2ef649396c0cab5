import { afterEach, beforeAll, expect, it } from 'vitest'
import type { AgentReply, AgentRequest } from '@/agents/protocol'
import { AgentOnGuest } from '@/test/support/agent-on-guest'
import { daxctlDevice } from '@/test/support/guest-memory'
import { describeWithGuests, type Guest, useGuest } from '@/test/support/guests'
import { holdPages } from '@/test/support/page-holder'
import { scenarios } from '@/test/support/scenarios/list'
import { codesOf } from '@/test/support/scenarios/scenario'
import { DAX, DRIVERS, MEMORY, type OnReady, type Setting, Subject } from '@/test/support/scenarios/subject'
import { resetDevice } from '@/test/support/settled'

/** As strerror(3) has them, which is what a shell prints. */
const ERRNOS: [text: string, name: string][] = [
  ['Invalid argument', 'EINVAL'],
  ['Device or resource busy', 'EBUSY'],
  ['No such device', 'ENODEV'],
  ['Permission denied', 'EACCES'],
]

/** Takes kmem's file out of the list that modprobe and the agent read, or puts it back. */
const HIDE_KMEM = `f=/lib/modules/$(uname -r)/modules.dep; cp $f $f.whole; sed -i '/^[^ ]*kmem\\.ko/d' $f`
const SHOW_KMEM = `f=/lib/modules/$(uname -r)/modules.dep; if [ -e $f.whole ]; then mv $f.whole $f; fi`

/** The first line of each file behind a `=`, and a bare `!` for what cannot be read. */
const READ_LINES = 'for f; do if l=$(head -n 1 "$f" 2>/dev/null); then echo "=$l"; else echo "!"; fi; done'

/** After a scenario: kmem and its policy as they were, and a driver for a device that has none. */
const PUT_BACK = `${SHOW_KMEM}
/sbin/modprobe kmem
echo offline > ${MEMORY}/auto_online_blocks
[ -e /sys/bus/dax/devices/${DAX}/driver ] || echo ${DAX} > ${DRIVERS}/device_dax/bind`

/** The lab's small guest with a real kernel. */
class GuestSubject extends Subject {
  constructor(
    private readonly guest: Guest,
    private agent: AgentOnGuest,
  ) {
    super()
  }

  ask(request: AgentRequest, onReady: OnReady = 'go'): Promise<AgentReply[]> {
    return this.agent.ask(request, { answer: onReady })
  }

  async write(path: string, value: string): Promise<string> {
    const done = await this.guest.run(['sh', '-c', 'echo "$1" > "$0"', path, value], { timeoutMs: 120_000 })
    if (done.status === 0) return 'ok'
    return ERRNOS.find(([text]) => done.stderr.includes(text))?.[1] ?? done.stderr
  }

  async readLines(paths: readonly string[]): Promise<(string | null)[]> {
    const told = await this.guest.text(['sh', '-c', READ_LINES, 'sh', ...paths])
    const lines = told.split('\n').slice(0, paths.length)
    return lines.map((line) => (line.startsWith('=') ? line.slice(1).trimEnd() : null))
  }

  async driver(): Promise<string | null> {
    const { stdout } = await this.guest.run(['readlink', `/sys/bus/dax/devices/${DAX}/driver`])
    return stdout.trim().split('/').at(-1) || null
  }

  async pinPage() {
    return (await holdPages(this.guest, { node: 1, mib: 64, how: 'pin' })).release
  }

  async openDevice() {
    const open = `sleep 100000 3<>/dev/${DAX} >/dev/null 2>&1 & echo $!`
    const pid = (await this.guest.text(['sh', '-c', open])).trim()
    const end = 'kill "$0"; while kill -0 "$0" 2>/dev/null; do :; done'
    return async () => void (await this.guest.text(['sh', '-c', end, pid]))
  }

  /** Before a scenario: as it asks for it. */
  async prepare({ kmem, autoOnline }: Setting = {}): Promise<void> {
    if (autoOnline !== undefined) await this.write(`${MEMORY}/auto_online_blocks`, autoOnline)
    if (kmem !== undefined) await this.guest.text(['/sbin/modprobe', '-r', 'kmem'])
    if (kmem === 'missing') await this.guest.text(['sh', '-c', HIDE_KMEM])
  }

  /** After it: the device on device_dax again, and everything else as it was. */
  async reset(): Promise<void> {
    await this.guest.text(['sh', '-c', PUT_BACK])
    await resetDevice(this.guest)
  }

  /** As a conversion finds it after a restart: the same agent, over another connection. */
  async restart(): Promise<void> {
    this.agent.close()
    await this.guest.reboot()
    this.agent = await AgentOnGuest.install(this.guest)
  }
}

describeWithGuests('on a real kernel', () => {
  const guest = useGuest({ name: 'scenarios' })
  let subject: GuestSubject
  beforeAll(async () => {
    subject = new GuestSubject(guest(), await AgentOnGuest.install(guest()))
  })
  let needsRestart = false
  afterEach(() => (needsRestart ? subject.restart() : subject.reset()))

  it.each(scenarios)('$name', async ({ setting, run, expected, ...scenario }) => {
    needsRestart = scenario.needsRestart ?? false
    await subject.prepare(setting)
    expect(await run(subject)).toEqual(expected)
  })

  it('goes the way of ndctl’s own daxctl-devices test, each of its assertions as daxctl has it', async () => {
    const shown = async () => {
      const { mode, online_memblocks, movable } = await daxctlDevice(guest(), DAX)
      return { mode, ...(online_memblocks === undefined ? {} : { online_memblocks, movable }) }
    }
    const agentShows = async () => {
      const { mode, blocks } = await subject.device()
      const online = blocks.filter(({ state }) => state === 'online')
      return { mode, online: online.reduce((sum, { first, last }) => sum + last - first + 1, 0) }
    }
    const isSystemRam = async (online: number) => {
      // Without a block online daxctl tells of no zone.
      expect(await shown()).toMatchObject({ mode: 'system-ram', online_memblocks: online })
      expect(await agentShows()).toEqual({ mode: 'system-ram', online })
    }
    const isDevdax = async () => {
      expect(await shown()).toEqual({ mode: 'devdax' })
      expect(await agentShows()).toEqual({ mode: 'devdax', online: 0 })
    }
    const convert = async () => (await subject.convert(await subject.approved())).outcome
    const whole = { blocks: [[33, 39]] as [number, number][] }

    // reconfigure-device -N: the product brings online what it converts, so the same is reached by two of its verbs.
    expect(await convert()).toBe('converted')
    expect((await subject.share({ kind: 'offline', ...whole })).outcome).toBe('restored')
    await isSystemRam(0)
    // online-memory, offline-memory
    expect((await subject.share({ kind: 'online', zone: 'movable', ...whole })).outcome).toBe('converted')
    await isSystemRam(7)
    expect((await subject.share({ kind: 'offline', ...whole })).outcome).toBe('restored')
    await isSystemRam(0)
    // reconfigure-device -m devdax, of what is offline
    expect((await subject.restore()).outcome).toBe('restored')
    await isDevdax()
    // -m system-ram, and -f -m devdax, which takes the blocks offline by itself
    expect(await convert()).toBe('converted')
    await isSystemRam(7)
    expect((await subject.restore()).outcome).toBe('restored')
    await isDevdax()
    // disable-namespace is refused while it is system RAM
    expect(await convert()).toBe('converted')
    const disabled = await guest().run(['ndctl', 'disable-namespace', 'namespace0.0'], { timeoutMs: 120_000 })
    expect(disabled.status, disabled.stderr).not.toBe(0)
    await isSystemRam(7)
    expect((await subject.restore()).outcome).toBe('restored')
    await isDevdax()
    // with the kernel onlining by itself the conversion that did not ask for it is refused
    expect(await subject.changePolicy('offline', 'online')).toMatchObject({ type: 'policy' })
    expect(codesOf(await subject.plan())).toEqual(['auto_online_conflict'])
    expect(await subject.convert(await subject.approved())).toMatchObject({ outcome: 'refused', writes: [] })
    await isDevdax()
    expect(await subject.changePolicy('online', 'offline')).toMatchObject({ type: 'policy' })
  })
})
