import { afterAll, beforeAll, expect, it } from 'vitest'
import { AgentOnGuest } from '@/test/support/agent-on-guest'
import { daxctlDevice } from '@/test/support/guest-memory'
import { describeWithGuests, useGuest } from '@/test/support/guests'
import { arm, type Point, record } from '@/test/support/trapdoor'

const unbind = 'write write /sys/bus/dax/drivers/device_dax/unbind dax0.0'
const bind = 'write write /sys/bus/dax/drivers/kmem/bind dax0.0'

describeWithGuests('the trapdoor', () => {
  const guest = useGuest({ name: 'trapdoor-a' })
  let agent: AgentOnGuest | undefined
  let jobs = 0
  const current = () => {
    if (agent === undefined) throw new Error('The agent is not installed yet.')
    return agent
  }
  /** A conversion whose end is not waited for longer than its agent lives. */
  const convert = async () => {
    const plan = await current().plan()
    jobs += 1
    return current().convert(`trapdoor-${jobs}`, plan)
  }
  const driver = async () =>
    (await guest().run(['readlink', '/sys/bus/dax/devices/dax0.0/driver'])).stdout.trim().split('/').at(-1)

  beforeAll(async () => {
    agent = await AgentOnGuest.install(guest())
  })
  afterAll(() => agent?.close())

  const restart = async () => {
    await guest().reboot()
    agent = await AgentOnGuest.install(guest())
  }
  /**
   * Without the one that serves the request: how often that one looks is a matter of time. So is whether a child that
   * writes begins before its intent is on the disk or after; it waits for that either way. After the outcome it only
   * tidies up, and nobody waits for that.
   */
  const acting = (all: Point[]) => {
    const own = all.filter(({ label }) => /^(act|write|write-blocks) (?!fork$)/.test(label))
    return own.slice(0, own.findIndex(({ label }) => label.includes('jsonl outcome')) + 1)
  }
  let points: Point[] = []

  it('names every effect in order, the writes to the kernel each after its intent', async () => {
    points = await record(guest(), async () => {
      expect((await convert()).outcome).toBe('converted')
    })
    const labels = points.map(({ label }) => label)
    const intent = labels.indexOf('act write /var/lib/daxfleet/jobs/{job}.jsonl intent unbind')
    expect(intent).toBeGreaterThan(
      labels.indexOf('convert write /var/lib/daxfleet/jobs/{job}.jsonl step preflight started'),
    )
    expect(labels.indexOf(unbind)).toBeGreaterThan(intent)
    expect(labels.indexOf(bind)).toBeGreaterThan(labels.indexOf(unbind))
    expect(labels).toContain('convert say journal outcome converted')
    const blocks = points.filter(({ label }) => label.includes('/memory{n}/state'))
    expect(blocks.map(({ nth }) => nth)).toEqual([1, 2, 3, 4, 5, 6, 7])
  })

  it('holds the next conversion between the drivers, lets it go on, and names the same effects', async () => {
    await restart()
    const seen: unknown[] = []
    const trap = await arm(guest(), {
      at: { label: unbind, nth: 1 },
      when: 'after',
      action: async () => void seen.push(await driver()),
    })
    expect((await convert()).outcome).toBe('converted')
    await trap.fired
    expect(acting(await trap.passed())).toEqual(acting(points))
    await trap.disarm()
    expect(seen).toEqual([''])
    expect(await driver()).toBe('kmem')
  })

  it('kills the child that writes before its write, and nothing else', async () => {
    await restart()
    const trap = await arm(guest(), {
      at: { label: unbind, nth: 1 },
      when: 'before',
      action: { signal: 'kill', whom: 'self' },
    })
    expect((await convert()).outcome).not.toBe('converted')
    await trap.fired
    await trap.disarm()
    expect(await driver()).toBe('device_dax')
  })

  it('restarts the host with the device between its drivers', async () => {
    const trap = await arm(guest(), {
      at: { label: unbind, nth: 1 },
      when: 'after',
      action: { host: 'reset' },
    })
    const asked = convert().catch((error: unknown) => error)
    await trap.fired
    current().close()
    expect(await asked).toBeInstanceOf(Error)
    expect(await daxctlDevice(guest())).toMatchObject({ mode: 'devdax' })
  })
})
