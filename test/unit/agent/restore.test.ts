import { beforeEach, describe, expect, it } from 'vitest'
import { GIB, smallHost, volatileDevice } from '@/agents/model/spec'
import {
  type AgentReply,
  type JournalLine,
  RESTORE_STEPS,
  type RestoreQuestion,
  type Zone,
} from '@/agents/protocol'
import { type ModelAnswer, ModelledHost } from '@/test/support/modelled-host'

const MIB = 1024n * 1024n
const ALL = [33, 34, 35, 36, 37, 38, 39]

let host: ModelledHost

beforeEach(async () => {
  host = new ModelledHost()
  await convert(host)
})

async function convert(on: ModelledHost, zone: Zone = 'movable') {
  const replies = await on.ask(on.convertRequest(await on.approved('dax0.0', zone)))
  expect(outcomeIn(replies)?.outcome).toBe('converted')
}

const linesOf = (replies: readonly AgentReply[]) =>
  replies.flatMap((reply) => (reply.type === 'journal' ? [reply.line] : []))
const outcomeIn = (replies: readonly AgentReply[]) =>
  linesOf(replies)
    .flatMap((line) => (line.kind === 'outcome' ? [line] : []))
    .at(-1)
const writesIn = (replies: readonly AgentReply[]) =>
  linesOf(replies).flatMap((line) => (line.kind === 'done' ? [`${line.step} ${line.errnoName}`] : []))

async function restore(
  policy: Partial<RestoreQuestion> = {},
  { on = host, answer = 'go' as ModelAnswer, epoch = '2' } = {},
) {
  const replies = await on.ask(on.restoreRequest(await on.restoreApproved(policy), epoch), { answer })
  return { replies, outcome: outcomeIn(replies), writes: writesIn(replies) }
}

describe('a device that is system RAM', () => {
  it('is given back: every block offline, then device_dax, and MemTotal as it was before', async () => {
    const before = new ModelledHost().machine.figures.total()
    const { outcome, writes, replies } = await restore()
    expect(outcome).toMatchObject({
      outcome: 'restored',
      refusals: [],
      readBack: { driver: 'device_dax', blocks: [] },
    })
    expect(writes).toEqual(['release ok', 'offline ok', 'unbind ok', 'bind ok'])
    expect(host.witness()).toMatchObject({ driver: 'device_dax', present: [], ids: [], stranded: false })
    expect(host.machine.figures.total()).toBe(before)
    const steps = [...new Set(linesOf(replies).flatMap((line) => (line.kind === 'step' ? [line.step] : [])))]
    expect(steps).toEqual(RESTORE_STEPS.filter((step) => steps.includes(step)))
  })

  it('is taken offline from its highest block down', async () => {
    const order: string[] = []
    host.machine.onKernelWrite = ({ file, value }) => void order.push(`${file} ${value}`)
    await restore()
    expect(order).toEqual([
      'kmem/remove_id dax0.0',
      ...ALL.toReversed().map((id) => `memory${id}/state offline`),
      'kmem/unbind dax0.0',
      'device_dax/bind dax0.0',
    ])
  })

  it('as daxctl left it, its id still listed: the id goes first', async () => {
    host.machine.bus.ids.kmem.add('dax0.0')
    expect((await restore()).outcome?.outcome).toBe('restored')
    expect(host.witness().ids).toEqual([])
  })

  it('can be converted again, and given back again', async () => {
    await restore()
    const again = await host.ask(host.convertRequest(await host.approved(), '3', 'job-3'))
    expect(outcomeIn(again)?.outcome).toBe('converted')
    const token = { installationId: 'here', epoch: '4' }
    const params = { jobId: 'back-4', token, ...(await host.restoreApproved()) }
    expect(outcomeIn(await host.ask({ protocol: 1, verb: 'restore', params }))?.outcome).toBe('restored')
  })

  it('is told beforehand: the loss, what stays available, every block with its zone', async () => {
    const { item, verdict, restore: outlook } = await host.restorePlan({ floorBytes: String(100n * MIB) })
    expect(verdict).toBe('restorable')
    expect(item).toMatchObject({
      kind: 'restore',
      lossBytes: String(896n * MIB),
      preconditions: { driver: 'kmem', blocks: [{ first: 33, last: 39, state: 'online', zones: 'Movable' }] },
      policy: {
        floorBytes: String(100n * MIB),
        onPartial: 'roll_back',
        offlineSeconds: 60,
        kernelZone: 'refuse',
      },
      recovery: [{ step: 'online', value: 'online_movable', blocks: [[33, 39]] }, { step: 'bind' }],
    })
    const now = BigInt(outlook?.availableBytes ?? 0)
    expect(BigInt(outlook?.availableAfterBytes ?? 0)).toBe(now - 896n * MIB)
    expect(outlook).toMatchObject({ holders: [] })
  })

  it('sent twice acts once; on device_dax already nothing is written', async () => {
    const approved = await host.restoreApproved()
    const first = await host.ask(host.restoreRequest(approved))
    const second = await host.ask(host.restoreRequest(approved))
    expect(linesOf(second)).toEqual(linesOf(first))
    expect(await host.restorePlan()).toMatchObject({ verdict: 'already', refusals: [] })
    const params = { jobId: 'later', token: { installationId: 'here', epoch: '3' }, ...approved }
    const later = await host.ask({ protocol: 1, verb: 'restore', params })
    expect([outcomeIn(later)?.outcome, writesIn(later)]).toEqual(['already', []])
  })

  it('is not given back without a go', async () => {
    await restore({}, { answer: 'cut' })
    const params = { jobId: 'back-1', fromLine: 1 }
    const attached = await host.ask({ protocol: 1, verb: 'attach', params })
    expect([outcomeIn(attached)?.outcome, writesIn(attached)]).toEqual(['cancelled', []])
    expect(host.witness()).toMatchObject({ driver: 'kmem', online: ALL })
  })

  it('is refused where verb and item are of different kinds', async () => {
    const params = {
      jobId: 'odd',
      token: { installationId: 'here', epoch: '2' },
      ...(await host.restoreApproved()),
    }
    const replies = await host.ask({ protocol: 1, verb: 'convert', params })
    expect(replies.at(-1)).toMatchObject({ type: 'error', code: 'bad_request' })
  })
})

describe('a CXL region, which belongs to kmem by itself since Linux 6.3', () => {
  const region = () =>
    new ModelledHost({
      spec: smallHost({
        kernelRelease: '6.12.0-1-amd64',
        autoOnline: 'online_movable',
        devices: [volatileDevice('cxl', 4n * GIB, GIB, { serial: '0x12345678', targetNode: 1 })],
      }),
    })

  it('goes to device_dax by its id there, which is taken off again', async () => {
    const cxl = region()
    expect(cxl.witness()).toMatchObject({ driver: 'kmem', online: [32, ...ALL] })
    const { outcome, writes } = await restore({}, { on: cxl })
    expect(outcome?.outcome, outcome?.message).toBe('restored')
    expect(writes).toEqual(['release ok', 'offline ok', 'claim ok', 'unbind ok', 'bind ok', 'release ok'])
    expect(cxl.witness()).toMatchObject({ driver: 'device_dax', present: [], ids: [] })
    expect([...cxl.machine.bus.ids.device_dax]).toEqual([])
  })

  it('goes back there as well when its conversion stops half-way, and leaves no id', async () => {
    const cxl = region()
    await restore({}, { on: cxl })
    cxl.machine.memory.autoOnline = 'offline'
    const request = cxl.convertRequest(await cxl.approved(), '3')
    const params = { jobId: 'job-1', token: { installationId: 'here', epoch: '3' } }
    cxl.machine.hook = ({ call, path }) => {
      if (call !== 'writeOnce' || !path.endsWith('device_dax/unbind')) return undefined
      return cxl.begin({ protocol: 1, verb: 'abort', params }).session.ended.then(() => {})
    }
    expect(outcomeIn(await cxl.ask(request))).toMatchObject({ outcome: 'cancelled', refusals: [] })
    expect(cxl.witness()).toMatchObject({ driver: 'device_dax', present: [], ids: [] })
    expect([...cxl.machine.bus.ids.device_dax]).toEqual([])
  })

  it('keeps no id in device_dax’s list where kmem does not let go after all', async () => {
    const cxl = region()
    cxl.machine.onKernelWrite = ({ file }) => {
      if (file === 'device_dax/new_id') cxl.machine.memory.write(39, 'online_movable')
    }
    const { outcome } = await restore({}, { on: cxl })
    expect(outcome).toMatchObject({ outcome: 'failed', refusals: [{ code: 'not_offline' }] })
    expect(cxl.witness()).toMatchObject({ driver: 'kmem', online: [32, ...ALL], stranded: false })
    expect([...cxl.machine.bus.ids.device_dax]).toEqual([])
  })
})

describe('a block that does not go', () => {
  it('is tried until its time is over, told, and everything is online again', async () => {
    host.machine.memory.pinned.set(35, 16)
    const before = host.machine.uptimeMs()
    const { outcome, writes } = await restore({ offlineSeconds: 5 })
    expect(outcome).toMatchObject({ outcome: 'failed', refusals: [{ code: 'not_offline' }] })
    expect(outcome?.message).toMatch(/Block 35 did not go offline: .*busy.*Movable.*not known/s)
    expect(writes).toEqual(['release ok', 'offline EBUSY', 'online ok'])
    expect(host.witness()).toMatchObject({ driver: 'kmem', online: ALL, zones: ['Movable'], stranded: false })
    const took = host.machine.uptimeMs() - before
    expect(took).toBeGreaterThanOrEqual(5_000)
    expect(took).toBeLessThan(10_000)
  })

  it('and never would: the write is interrupted when its time is over', async () => {
    host.machine.memory.pinned.set(37, 'never')
    const before = host.machine.uptimeMs()
    const { outcome, writes } = await restore({ offlineSeconds: 7 })
    expect(outcome).toMatchObject({ outcome: 'failed', refusals: [{ code: 'not_offline' }] })
    expect(outcome?.message).toContain('interrupted')
    expect(writes).toEqual(['release ok', 'offline EINTR', 'online ok'])
    expect(host.witness()).toMatchObject({ driver: 'kmem', online: ALL })
    expect(host.machine.uptimeMs() - before).toBeLessThan(12_000)
  })

  it('leaves offline what is, where the policy says so', async () => {
    host.machine.memory.pinned.set(36, 16)
    const { outcome } = await restore({ offlineSeconds: 1, onPartial: 'leave' })
    expect(outcome).toMatchObject({ outcome: 'partial', refusals: [{ code: 'not_offline' }] })
    expect(host.witness()).toMatchObject({ driver: 'kmem', online: [33, 34, 35, 36] })
    expect(outcome?.message).toContain('blocks 37-39 are not as they were')
  })

  it('comes back into the zone it had, mixed as it was', async () => {
    const mixed = new ModelledHost()
    await convert(mixed, 'kernel')
    mixed.machine.memory.pinned.set(33, 16)
    const { outcome } = await restore({ offlineSeconds: 1, kernelZone: 'try' }, { on: mixed })
    expect(outcome?.outcome).toBe('failed')
    expect(mixed.witness()).toMatchObject({ online: ALL, zones: ['Normal'] })
  })

  it('stops where somebody onlines a block again behind our back: kmem is never unbound', async () => {
    host.machine.onKernelWrite = ({ file, value }) => {
      if (file === 'memory33/state' && value === 'offline') host.machine.memory.write(39, 'online_movable')
    }
    const { outcome, writes } = await restore()
    expect(outcome).toMatchObject({ outcome: 'failed', refusals: [{ code: 'not_offline' }] })
    expect(writes).not.toContain('unbind ok')
    expect(host.witness()).toMatchObject({ driver: 'kmem', online: ALL, stranded: false })
  })
})

describe('before anything is written', () => {
  const codes = async (policy: Partial<RestoreQuestion> = {}, on = host) =>
    (await on.restorePlan(policy)).refusals.map(({ code }) => code)

  it('the floor refuses, and again under the lock', async () => {
    expect(await codes({ floorBytes: String(100n * 1024n * MIB) })).toEqual(['capacity_floor'])
    const approved = await host.restoreApproved({ floorBytes: String(100n * 1024n * MIB) })
    const replies = await host.ask(host.restoreRequest(approved))
    expect(outcomeIn(replies)).toMatchObject({ outcome: 'refused', refusals: [{ code: 'capacity_floor' }] })
    expect(writesIn(replies)).toEqual([])
  })

  it('too little room for what is in use refuses', async () => {
    host.machine.spec.usedBytes = 760n * MIB
    expect(await codes()).toEqual(['no_room'])
  })

  it('blocks in a kernel zone refuse, unless they are to be tried', async () => {
    const kernel = new ModelledHost()
    await convert(kernel, 'kernel')
    expect(await codes({}, kernel)).toEqual(['kernel_zone'])
    expect((await restore({ kernelZone: 'try' }, { on: kernel })).outcome?.outcome).toBe('restored')
  })

  it('a kernel that keeps what was plugged in refuses', async () => {
    // It does not tell where the device lies either, so none of its blocks is known.
    const spec = smallHost({ kernelRelease: '5.2.0' })
    for (const device of spec.devices) device.driverAtBoot = 'kmem'
    const old = new ModelledHost({ spec })
    expect(await codes({}, old)).toEqual(['no_hot_remove'])
  })

  it('a device that nobody holds, or device_dax with no memory plugged', async () => {
    const fresh = new ModelledHost()
    expect((await fresh.restorePlan()).verdict).toBe('already')
    fresh.machine.bus.unbind('device_dax', 'dax0.0')
    expect(await codes({}, fresh)).toEqual(['not_system_ram'])
  })

  it('a stranded device: told, and cleared by a restart', async () => {
    host.machine.bus.unbind('kmem', 'dax0.0')
    expect(await codes()).toContain('stranded')
    host.machine.reboot()
    expect((await host.restorePlan()).verdict).toBe('already')
  })

  it('a udev rule that acts on blocks going offline', async () => {
    const rule = (action: string) =>
      new ModelledHost({
        spec: smallHost({
          systemd: true,
          files: {
            '/etc/udev/rules.d/99-memory.rules': `SUBSYSTEM=="memory", ACTION=="${action}", ATTR{state}="online_movable"\n`,
          },
        }),
      })
    const [atAdd, atOffline] = [rule('add'), rule('offline')]
    for (const each of [atAdd, atOffline]) await convert(each)
    expect(await codes({}, atAdd)).toEqual([])
    expect(await codes({}, atOffline)).toEqual(['auto_online_conflict'])
  })

  it('blocks that are not as they were planned', async () => {
    const approved = await host.restoreApproved()
    host.machine.memory.write(39, 'offline')
    const replies = await host.ask(host.restoreRequest(approved))
    const message =
      'The blocks of dax0.0 are not as planned: memory33-39 online in Movable when planned, memory33-38 online in Movable, memory39 offline now.'
    expect(outcomeIn(replies)).toMatchObject({
      outcome: 'refused',
      refusals: [{ code: 'plan_changed', message }],
    })
  })
})

describe('asked to stop', () => {
  const abort = (epoch = '2') =>
    host.ask({
      protocol: 1,
      verb: 'abort',
      params: { jobId: 'back-1', token: { installationId: 'here', epoch } },
    })

  it('while the kernel holds a block: interrupted at once, everything online as before', async () => {
    host.machine.memory.pinned.set(36, 'never')
    let asked = false
    host.machine.onKernelWrite = ({ file }) => {
      if (file !== 'memory37/state' || asked) return
      asked = true
      void abort()
    }
    const { outcome } = await restore({ offlineSeconds: 3600 })
    expect(outcome).toMatchObject({ outcome: 'cancelled', refusals: [] })
    expect(host.witness()).toMatchObject({ driver: 'kmem', online: ALL })
    expect(host.machine.uptimeMs()).toBeLessThan(60_000)
  })

  it('after kmem let go: unbound is no place to rest, so it goes on', async () => {
    host.machine.onKernelWrite = ({ file }) => {
      if (file === 'kmem/unbind') void abort()
    }
    expect((await restore()).outcome?.outcome).toBe('restored')
  })
})

describe('taken up again', () => {
  const settle = (direction: 'go' | 'back', approved: Awaited<ReturnType<ModelledHost['restoreApproved']>>) =>
    host.ask(host.recoverRequest(approved, '3', 'back-1'), { answer: direction })

  /** Kills the process that acts, or the child it writes by, at the n-th call it makes; false when it ended before. */
  async function dieAt(call: number, approved: Awaited<ReturnType<ModelledHost['restoreApproved']>>) {
    let calls = 0
    let actor = 0
    host.machine.hook = ({ pid, process }) => {
      if (process === 'act') actor = pid
      else if (process !== 'write' && process !== 'write-blocks') return undefined
      calls++
      if (calls !== call) return undefined
      // A child alone as well, as the kernel does it when memory runs short.
      for (const each of process === 'act' || call % 2 === 0 ? [pid, actor] : [pid])
        host.machine.processAt(each)?.kill()
      return undefined
    }
    const replies = await host.ask(host.restoreRequest(approved))
    host.machine.hook = null
    return { died: calls >= call, replies }
  }

  it.each(['go', 'back'] as const)(
    'after a death at any call: %s',
    async (direction) => {
      const seen = new Set<string>()
      for (let call = 1; call < 400; call += 3) {
        host = new ModelledHost({ seed: call })
        await convert(host)
        const approved = await host.restoreApproved()
        host.machine.onKernelWrite = ({ file }) => {
          if (file !== 'kmem/unbind') return
          expect(host.witness().stranded).toBe(false)
        }
        const { died, replies } = await dieAt(call, approved)
        const recovered =
          died && outcomeIn(replies) === undefined ? await settle(direction, approved) : replies
        const outcome: Extract<JournalLine, { kind: 'outcome' }> | undefined = outcomeIn(recovered)
        expect(outcome, `call ${call}: ${JSON.stringify(recovered.at(-1))}`).toBeDefined()
        const now = host.witness()
        expect(now.stranded, `call ${call}`).toBe(false)
        seen.add(outcome?.outcome ?? '')
        if (outcome?.outcome === 'restored') expect(now).toMatchObject({ driver: 'device_dax', present: [] })
        else expect(now, `call ${call}: ${outcome?.message}`).toMatchObject({ driver: 'kmem', online: ALL })
        expect(now.ids).toEqual([])
        if (!died) break
      }
      expect([...seen]).toEqual(expect.arrayContaining(['cancelled', 'restored']))
      // Failed: the child alone died at the unbind, and everything was brought online again.
      expect([...seen].filter((outcome) => !['cancelled', 'failed', 'restored'].includes(outcome))).toEqual(
        [],
      )
    },
    240_000,
  )
})
