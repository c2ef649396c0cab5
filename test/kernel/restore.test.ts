import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { AgentReply } from '@/agents/protocol'
import { AgentOnGuest } from '@/test/support/agent-on-guest'
import { availableBytes } from '@/test/support/memory-pressure'
import { useDevice } from '../support/dax-data'
import { blocks, daxctlDevice, daxctlList, iomem, meminfo } from '../support/guest-memory'
import { describeWithGuests, useGuest } from '../support/guests'
import { holdPages } from '../support/page-holder'
import { resetDevice } from '../support/settled'
import { arm } from '../support/trapdoor'

const MIB = 1024n * 1024n
const WHOLE = 896n * MIB
const OFFLINE = 'write write /sys/devices/system/memory/memory{n}/state offline'

const writesIn = (replies: readonly AgentReply[]) =>
  replies.flatMap((reply) =>
    reply.type === 'journal' && reply.line.kind === 'done'
      ? [`${reply.line.step} ${reply.line.errnoName}`]
      : [],
  )

describeWithGuests('giving memory back on a real kernel', () => {
  const guest = useGuest({ name: 'restore' })
  let agent: AgentOnGuest
  let jobs = 0
  const job = () => `restore-${++jobs}`

  beforeAll(async () => {
    agent = await AgentOnGuest.install(guest())
  })
  afterAll(() => agent.close())
  // Fails where an id was left in kmem's list.
  afterEach(() => resetDevice(guest()))

  const convert = async () => {
    expect((await agent.convert(job(), await agent.plan())).outcome).toBe('converted')
  }
  const onlineOnNode = async () =>
    (await blocks(guest())).filter(({ node, state }) => node === 1 && state === 'online')
  const expectWhole = async () => {
    expect(await daxctlDevice(guest())).toMatchObject({
      mode: 'system-ram',
      online_memblocks: 7,
      movable: true,
    })
  }

  it('converted, then given back: as daxctl lists it, MemTotal to the byte, its data path whole', async () => {
    const [listed, before] = [await daxctlList(guest()), await meminfo(guest())]
    await convert()
    expect((await meminfo(guest())).MemTotal - before.MemTotal).toBe(WHOLE)
    const plan = await agent.restorePlan()
    expect(plan).toMatchObject({ verdict: 'restorable', item: { lossBytes: String(WHOLE) } })
    const { outcome, replies, message } = await agent.restore(job(), plan)
    expect(outcome, message).toBe('restored')
    expect(writesIn(replies)).toEqual(['release ok', 'offline ok', 'unbind ok', 'bind ok'])
    expect(await daxctlList(guest())).toEqual(listed)
    expect((await meminfo(guest())).MemTotal).toBe(before.MemTotal)
    expect(await iomem(guest(), 'System RAM (kmem)')).toEqual([])
    await useDevice(guest(), 'dax0.0', listed[0]?.size ?? 0)
    const { devices } = await agent.inspect()
    expect(devices[0]).toMatchObject({ driver: 'device_dax', stranded: false, blocks: [], refusals: [] })
    await convert()
    await expectWhole()
  })

  it('converted by daxctl, which leaves its id listed: given back without one', async () => {
    await guest().text(['daxctl', 'reconfigure-device', '-m', 'system-ram', 'dax0.0'], { timeoutMs: 120_000 })
    const plan = await agent.restorePlan()
    expect(plan.refusals).toEqual([])
    expect((await agent.restore(job(), plan)).outcome).toBe('restored')
    expect((await daxctlDevice(guest())).mode).toBe('devdax')
  })

  it('locked pages move to where there is room; who holds them is told beforehand', async () => {
    await convert()
    const held = await holdPages(guest(), { node: 1, mib: 64, how: 'lock' })
    const plan = await agent.restorePlan()
    expect(plan.restore?.holders).toMatchObject([{ pid: held.pid, name: 'page-holder', pinnedBytes: '0' }])
    expect(BigInt(plan.restore?.holders[0]?.lockedBytes ?? 0)).toBeGreaterThanOrEqual(64n * MIB)
    expect(BigInt(plan.restore?.holders[0]?.onNodeBytes ?? 0)).toBeGreaterThanOrEqual(64n * MIB)
    expect(plan.hazards.map(({ code }) => code)).toContain('held_pages')
    const { outcome, message } = await agent.restore(job(), plan)
    expect(outcome, message).toBe('restored')
    expect((await guest().run(['kill', '-0', String(held.pid)])).status).toBe(0)
    await held.release()
  })

  it('a page that nobody can move: bounded, interrupted, told, and all online again', async () => {
    await convert()
    const before = await meminfo(guest())
    const held = await holdPages(guest(), { node: 1, mib: 64, how: 'pin' })
    const { outcome, message, refusals, replies } = await agent.restore(
      job(),
      await agent.restorePlan({ offlineSeconds: 5 }),
    )
    expect(outcome, message).toBe('failed')
    expect(refusals).toMatchObject([{ code: 'not_offline' }])
    expect(message).toMatch(/Block \d+ did not go offline: .*Movable/)
    expect(writesIn(replies).at(-1)).toBe('online ok')
    expect(await onlineOnNode()).toHaveLength(7)
    expect((await meminfo(guest())).MemTotal).toBe(before.MemTotal)
    await expectWhole()
    await held.release()
    expect((await agent.restore(job(), await agent.restorePlan())).outcome).toBe('restored')
  })

  it('asked to stop while the kernel holds a block: interrupted, all online as before', async () => {
    await convert()
    const held = await holdPages(guest(), { node: 1, mib: 64, how: 'pin' })
    const jobId = job()
    const giving = agent.restore(jobId, await agent.restorePlan({ offlineSeconds: 3600 }))
    const journal = `/var/lib/daxfleet/jobs/${jobId}.jsonl`
    // The stop comes once the journal says that it has begun.
    const begun = `until grep -q '"kind":"intent","step":"offline"' ${journal} 2>/dev/null; do sleep 0.1; done`
    await guest().text(['sh', '-c', begun])
    const token = { installationId: 'kernel-test', epoch: String(10n ** 15n) }
    await agent.ask({ protocol: 1, verb: 'abort', params: { jobId, token } })
    const { outcome, message } = await giving
    expect(outcome, message).toBe('cancelled')
    await expectWhole()
    await held.release()
  })

  it('a share, killed among its blocks and taken up, then online again: as daxctl lists it, to the byte', async () => {
    await convert()
    const [listed, before] = [await daxctlList(guest()), await meminfo(guest())]
    const [plan, jobId] = [await agent.sharePlan({ kind: 'offline', shareBytes: String(512n * MIB) }), job()]
    expect(plan).toMatchObject({ verdict: 'offlinable', item: { lossBytes: String(512n * MIB) } })
    const trap = await arm(guest(), {
      at: { label: OFFLINE, nth: 2 },
      when: 'after',
      action: { signal: 'kill', whom: ['self', 'parent', 'agents'] },
    })
    await agent.share(jobId, plan).catch(() => {})
    await trap.fired
    await trap.disarm()
    expect((await onlineOnNode()).length).toBeGreaterThan(3)
    const { outcome, message, readBack } = await agent.recover(jobId, plan, 'go')
    expect(outcome, message).toBe('restored')
    expect(await daxctlDevice(guest())).toMatchObject({ mode: 'system-ram', online_memblocks: 3 })
    const after = await meminfo(guest())
    expect(before.MemTotal - after.MemTotal).toBe(512n * MIB)
    expect(BigInt(readBack?.memTotalBytes ?? 0)).toBe(after.MemTotal)
    const offline = (await blocks(guest())).filter(({ node, state }) => node === 1 && state === 'offline')
    expect(offline.map((block) => block.number)).toEqual([36, 37, 38, 39])
    const back = await agent.sharePlan({ kind: 'online', zone: 'movable', shareBytes: String(512n * MIB) })
    expect((await agent.share(job(), back)).outcome).toBe('converted')
    expect(await daxctlList(guest())).toEqual(listed)
    expect((await meminfo(guest())).MemTotal).toBe(before.MemTotal)
    await expectWhole()
  })

  it('what would not fit elsewhere, or would break the floor, is refused before anything is written', async () => {
    await convert()
    const { restore: outlook } = await agent.restorePlan()
    const after = BigInt(outlook?.availableAfterBytes ?? 0)
    const floor = await agent.restorePlan({ floorBytes: String(after + 256n * MIB) })
    expect(floor.refusals).toMatchObject([{ code: 'capacity_floor' }])
    const refused = await agent.restore(job(), floor)
    expect(refused).toMatchObject({ outcome: 'refused', refusals: [{ code: 'capacity_floor' }] })
    expect(writesIn(refused.replies)).toEqual([])
    const room = Number((await availableBytes(guest())) / MIB)
    const held = await holdPages(guest(), { node: 1, mib: room, how: 'lock' })
    expect((await agent.restorePlan()).refusals).toMatchObject([{ code: 'no_room' }])
    await held.release()
    await expectWhole()
  })

  it('the acting process killed while the kernel tries one block for ever: its child goes too, and the lock is free', async () => {
    await convert()
    const held = await holdPages(guest(), { node: 1, mib: 64, how: 'pin' })
    const [plan, jobId] = [await agent.restorePlan({ offlineSeconds: 3600 }), job()]
    const giving = agent.restore(jobId, plan).catch(() => null)
    // The child is in the kernel with a block that does not go, and the one that waits for it dies.
    const kill = `f=/var/lib/daxfleet/jobs/${jobId}.jsonl
      until grep -q '"kind":"intent","step":"offline"' $f 2>/dev/null; do sleep 0.1; done
      until grep -qs offline_pages $(pidof write | sed 's|[0-9]*|/proc/&/stack|g') /dev/null; do sleep 0.1; done
      kill -9 $(pidof act)`
    await guest().text(['sh', '-c', kill])
    expect(await giving).toBeNull()
    const { outcome, message } = await agent.recover(jobId, plan, 'back')
    expect(outcome, message).toBe('cancelled')
    await expectWhole()
    await held.release()
  })

  it.each([
    ['go', 3],
    ['back', 3],
  ] as const)('the acting process killed among the blocks, taken up: %s', async (direction, nth) => {
    await convert()
    const [plan, jobId] = [await agent.restorePlan(), job()]
    const trap = await arm(guest(), {
      at: { label: OFFLINE, nth },
      when: 'after',
      action: { signal: 'kill', whom: ['self', 'parent', 'agents'] },
    })
    await agent.restore(jobId, plan).catch(() => {})
    await trap.fired
    await trap.disarm()
    expect((await onlineOnNode()).length).toBeLessThan(7)
    const { outcome, message } = await agent.recover(jobId, plan, direction)
    if (direction === 'go') {
      expect(outcome, message).toBe('restored')
      expect((await daxctlDevice(guest())).mode).toBe('devdax')
    } else {
      expect(outcome, message).toBe('cancelled')
      await expectWhole()
    }
  })
})

describeWithGuests('a device that kmem let go of while online', () => {
  const guest = useGuest({ name: 'restore-stranded' })

  it('is told, refused, and cleared by a restart', async () => {
    let agent = await AgentOnGuest.install(guest())
    expect((await agent.convert('before', await agent.plan())).outcome).toBe('converted')
    const plan = await agent.restorePlan()
    await guest().text(['sh', '-c', 'echo dax0.0 > /sys/bus/dax/drivers/kmem/unbind'])
    const refused = await agent.restore('stranded', plan)
    expect(refused.outcome).toBe('refused')
    expect(refused.refusals.map(({ code }) => code)).toContain('stranded')
    expect((await agent.inspect()).devices[0]).toMatchObject({ stranded: true, driver: null })
    agent.close()
    await guest().reboot()
    agent = await AgentOnGuest.install(guest())
    expect((await agent.inspect()).devices[0]).toMatchObject({
      stranded: false,
      driver: 'device_dax',
      refusals: [],
    })
    expect((await agent.restorePlan()).verdict).toBe('already')
    agent.close()
  })
})
