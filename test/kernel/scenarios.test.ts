import { afterEach, beforeAll, expect, it } from 'vitest'
import type { AgentReply, AgentRequest } from '@/agents/protocol'
import { AgentOnGuest } from '@/test/support/agent-on-guest'
import { describeWithGuests, type Guest, useGuest } from '@/test/support/guests'
import { holdPages } from '@/test/support/page-holder'
import { scenarios } from '@/test/support/scenarios/list'
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

  async read(path: string): Promise<string | null> {
    const { status, stdout } = await this.guest.run(['cat', path])
    return status === 0 ? stdout.trimEnd() : null
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
    await this.guest.text(['sh', '-c', SHOW_KMEM])
    await this.guest.text(['/sbin/modprobe', 'kmem'])
    await this.write(`${MEMORY}/auto_online_blocks`, 'offline')
    if ((await this.driver()) === null) await this.write(`${DRIVERS}/device_dax/bind`, DAX)
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
})
