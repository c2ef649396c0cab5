import { beforeEach, describe, expect, it } from 'vitest'
import { DiskFolder } from '@/agents/model/disk'
import { startAgent } from '@/agents/model/session'
import { GIB, type ModelSpec, pmemDevice, smallHost, volatileDevice } from '@/agents/model/spec'
import type { AgentReply, JournalLine, PlanResult } from '@/agents/protocol'
import { modelFile, putModelFile } from '@/test/support/model-files'
import { type ModelAnswer, ModelledHost } from '@/test/support/modelled-host'
import { carryOutKeeping, inspectModel, type Keeping, planKeeping } from '@/test/support/modelled-keeping'

const UNIT = '/etc/systemd/system/daxfleet-boot.service'
const PROGRAM = '/usr/local/libexec/daxfleet/agent'
const LINK = '/etc/systemd/system/multi-user.target.wants/daxfleet-boot.service'
const UUID = '5b3c1f0e-3d5f-4a55-9a8e-7d2f3f0b9a11'
const TWO_MINUTES = 120_000

const TWO = {
  devices: [
    pmemDevice(4n * GIB, GIB, { uuid: 'one', namespaceUuid: 'one-ns', serial: 'a', targetNode: 1 }),
    pmemDevice(8n * GIB, GIB, { uuid: 'two', namespaceUuid: 'two-ns', serial: 'b', targetNode: 2 }),
  ],
}

let host: ModelledHost
let deviceId: string

beforeEach(async () => {
  host = hostWith()
  deviceId = await idOf(host)
  await convert(host)
})

const hostWith = (changes: Partial<ModelSpec> = {}) =>
  new ModelledHost({ spec: smallHost({ systemd: true, ...changes }) })

const inspect = (on = host) => inspectModel(on)
const idOf = async (on: ModelledHost, index = 0) => (await inspect(on)).devices[index]?.identity.id ?? ''

async function convert(on: ModelledHost, name = 'dax0.0') {
  const replies = await on.ask(
    on.convertRequest(await on.approved(name), '1', `job-${name.replace('.', '-')}`),
  )
  expect(outcomeIn(replies)?.outcome).toBe('converted')
}

const linesOf = (replies: readonly AgentReply[]) =>
  replies.flatMap((reply) => (reply.type === 'journal' ? [reply.line] : []))
const outcomeIn = (replies: readonly AgentReply[]) =>
  linesOf(replies).findLast(
    (line): line is Extract<JournalLine, { kind: 'outcome' }> => line.kind === 'outcome',
  )

const plan = (kind: Keeping, { on = host, id = deviceId } = {}) => planKeeping(on, kind, id)
const carryOut = (kind: Keeping, { on = host, id = deviceId, answer = 'go' as ModelAnswer } = {}) =>
  carryOutKeeping(on, kind, id, answer)

/** What the unit does as the host starts: the exit status, and what systemd's journal would have. */
async function boot(on = host) {
  const told: string[] = []
  const session = startAgent(on.machine, {
    args: ['boot'],
    onLine: (line) => {
      told.push(line)
      return true
    },
  })
  await on.time.until(session.ended)
  const { persistence } = await inspect(on)
  return { status: await session.ended, told, results: persistence?.lastBoot?.results ?? [] }
}

const fileAt = (path: string, on = host) => modelFile(on.machine, path)
const entryOf = async () => {
  const [device] = (await inspect()).persistence?.devices ?? []
  const file = fileAt(device?.path ?? '')
  if (device === undefined || file === null) throw new Error('There is no file of a device.')
  return { path: device.path, file }
}
const codes = ({ refusals }: PlanResult) => refusals.map(({ code }) => code)

describe('a device that is to come back', () => {
  it('is converted as the host starts, by the unit that the plan showed, and told so', async () => {
    const { item, verdict } = await plan('persist')
    expect(verdict).toBe('persistable')
    expect(item?.writes.map(({ step, path, file }) => [step, path, file])).toEqual([
      ['install', PROGRAM, 'program'],
      ['install', UNIT, 'text'],
      ['install', LINK, 'link'],
      ['persist', expect.stringMatching(/^\/etc\/daxfleet\/persist\.d\/[0-9a-f]{32}\.json$/), 'text'],
    ])
    expect(fileAt(UNIT)).toBeNull()
    expect(outcomeIn((await carryOut('persist')).replies)?.outcome).toBe('persisted')
    expect(fileAt(UNIT)?.read()).toBe(item?.writes[1]?.value)
    expect(fileAt(PROGRAM)?.mode).toBe(0o755)
    expect((await plan('persist')).verdict).toBe('already')

    host.machine.reboot()
    expect(host.witness()).toMatchObject({ driver: 'device_dax', present: [] })
    const { status, told, results } = await boot()
    expect(status).toBe(0)
    expect(results).toMatchObject([{ deviceId, outcome: 'converted' }])
    expect(told[0]).toContain(`converted: ${deviceId}`)
    expect(host.witness()).toMatchObject({ driver: 'kmem', zones: ['Movable'], ids: [] })
    expect(host.witness().online).toHaveLength(7)
  })

  it('is kept again where the program of a start is another than the agent used now: that alone is written', async () => {
    await carryOut('persist')
    const programOf = async () => {
      const { files = [], agentSha256 } = (await inspect()).persistence ?? {}
      return { there: files.find(({ is }) => is === 'program')?.sha256, used: agentSha256 }
    }
    const first = await programOf()
    expect(first.used).toMatch(/^[0-9a-f]{64}$/)
    expect(first.there).toBe(first.used)
    write(PROGRAM, 'an earlier agent')
    const program = fileAt(PROGRAM)
    if (program !== null) program.mode = 0o755
    const then = await programOf()
    expect(then.used).toBe(first.used)
    expect(then.there).not.toBe(first.used)
    expect((await plan('persist')).item?.writes).toMatchObject([{ step: 'install', path: PROGRAM }])
    await carryOut('persist')
    expect(await programOf()).toEqual(first)
  })

  it('is taken to the end by the unit started again, where what converted it died half-way', async () => {
    await carryOut('persist')
    host.machine.reboot()
    host.machine.hook = ({ process, call }) => {
      if (process === 'act' && call === 'writeApart' && host.witness().driver === null) {
        host.machine.hook = null
        for (const pid of host.machine.processIds())
          if (host.machine.processAt(pid)?.name === 'act') host.machine.processAt(pid)?.kill()
      }
    }
    const died = await boot()
    expect(died).toMatchObject({ status: 1, results: [{ outcome: 'failed' }] })
    expect(host.witness().driver).toBeNull()
    expect(await boot()).toMatchObject({ status: 0, results: [{ outcome: 'converted' }] })
    expect(host.witness()).toMatchObject({ driver: 'kmem', ids: [] })
    expect(host.witness().online).toHaveLength(7)
  })

  it('is not given back before that was turned off, and then is', async () => {
    await carryOut('persist')
    const refused = await host.restorePlan()
    expect(codes(refused)).toContain('persisted')
    expect(outcomeIn((await carryOut('unpersist')).replies)?.outcome).toBe('unpersisted')
    expect([PROGRAM, UNIT].map((path) => fileAt(path))).toEqual([null, null])
    expect((await host.restorePlan()).verdict).toBe('restorable')
    host.machine.reboot()
    expect(await boot()).toMatchObject({ status: 0, results: [] })
    expect(host.witness().driver).toBe('device_dax')
  })

  it('keeps unit and program for another that still is to come back', async () => {
    const two = hostWith(TWO)
    const ids = [await idOf(two, 0), await idOf(two, 1)]
    for (const name of ['dax0.0', 'dax1.0']) await convert(two, name)
    for (const id of ids) await carryOut('persist', { on: two, id })
    await carryOut('unpersist', { on: two, id: ids[0] ?? '' })
    expect(fileAt(UNIT, two)).not.toBeNull()
    two.machine.reboot()
    expect((await boot(two)).results.map(({ deviceId: id }) => id)).toEqual([ids[1]])
    expect([two.witness('dax0.0').driver, two.witness('dax1.0').driver]).toEqual(['device_dax', 'kmem'])
  })

  it('is found by its identity where the start gave the names the other way round', async () => {
    const swapped = hostWith({ renumbers: true, ...TWO })
    const nameOf = async (id: string) =>
      (await inspect(swapped)).devices.find(({ identity }) => identity.id === id)?.name ?? ''
    const id = await idOf(swapped)
    const before = await nameOf(id)
    await convert(swapped, before)
    await carryOut('persist', { on: swapped, id })
    for (let starts = 0; starts < 20 && (await nameOf(id)) === before; starts++) swapped.machine.reboot()
    expect(await nameOf(id)).not.toBe(before)
    expect((await boot(swapped)).results).toMatchObject([{ deviceId: id, outcome: 'converted' }])
    expect(swapped.witness(await nameOf(id)).driver).toBe('kmem')
    expect(swapped.witness(before).driver).toBe('device_dax')
  })

  it('may be CXL or soft-reserved memory as well, where that does not come to kmem by itself', async () => {
    for (const kind of ['cxl', 'hmem'] as const) {
      const spec = {
        kernelRelease: '6.1.0-37-amd64',
        devices: [volatileDevice(kind, 4n * GIB, GIB, { serial: '0x1', targetNode: 1 })],
      }
      const other = hostWith(spec)
      const id = await idOf(other)
      await convert(other)
      await carryOut('persist', { on: other, id })
      other.machine.reboot()
      expect((await boot(other)).results).toMatchObject([{ deviceId: id, outcome: 'converted' }])
      expect(other.witness().driver).toBe('kmem')
    }
  })
})

describe('as the host starts, nothing is done', () => {
  beforeEach(async () => {
    await carryOut('persist')
  })

  async function expectUntouched(part: string) {
    const { status, results, told } = await boot()
    expect(status).toBe(1)
    expect(results).toMatchObject([{ outcome: 'refused', jobId: null }])
    expect(results[0]?.message).toContain(part)
    expect(told[0]).toContain('refused')
    expect(host.witness()).toMatchObject({ driver: 'device_dax', present: [], ids: [] })
  }
  const [first] = smallHost().devices
  if (first === undefined) throw new Error('The small host has no device.')
  const changed = (changes: Partial<typeof first>) => {
    host.machine.spec.devices[0] = { ...first, ...changes }
    host.machine.reboot()
  }

  it('to a device of another uuid in its place', async () => {
    changed({ uuid: 'another' })
    await expectUntouched('No dax device of this host has the identity')
  })

  it('to one of another size', async () => {
    changed({ ranges: first.ranges.map(({ start, end }) => ({ start, end: end - GIB / 2n })) })
    await expectUntouched('bytes now and had')
  })

  it('on another machine that has got the disk', async () => {
    host.machine.reboot()
    const { file } = await entryOf()
    file.text = file.text.replace(host.machine.spec.machineId, '0'.repeat(32))
    await expectUntouched('The file was made for machine')
  })

  it.each([
    ['torn', (text: string) => text.slice(0, 40), 'torn'],
    ['of somebody else', () => 'hello\n', 'none of Daxfleet’s files'.slice(0, 4)],
    [
      'for another device than its name says',
      (text: string) => text.replace('pmem:', 'pmem:x'),
      'named for another device',
    ],
  ])('for a file that is %s', async (_what, change, part) => {
    host.machine.reboot()
    const { file } = await entryOf()
    file.text = change(file.text)
    const { status, results } = await boot()
    expect(status).toBe(1)
    expect(results).toMatchObject([{ outcome: 'refused', deviceId: null }])
    expect(results[0]?.message).toContain(part)
    expect(host.witness().driver).toBe('device_dax')
  })

  it('for a file that others can write to', async () => {
    host.machine.reboot()
    const { file } = await entryOf()
    file.mode = 0o666
    const { results } = await boot()
    expect(results).toMatchObject([{ outcome: 'refused', deviceId: null }])
    expect(results[0]?.message).toContain('can be written to by others than root')
  })

  it('where daxctl has been told to bring it back meanwhile', async () => {
    host.machine.reboot()
    for (const [path, text] of Object.entries(DAXCTL)) write(path, text)
    await expectUntouched('daxctl brings it back as well')
  })

  it('where the zone cannot be had any more', async () => {
    host.machine.spec.autoOnline = 'online'
    host.machine.reboot()
    const { results } = await boot()
    expect(results[0]?.outcome).toBe('refused')
    expect(results[0]?.message).toContain('auto_online_blocks')
  })
})

const DAXCTL: Record<string, string> = {
  '/etc/daxctl.conf.d/ours.conf': `# comment\n[reconfigure-device any]\nnvdimm.uuid = ${UUID}\nmode = system-ram\n`,
  '/usr/lib/udev/rules.d/90-daxctl-device.rules':
    'ACTION=="add", SUBSYSTEM=="dax", TAG+="systemd", ENV{SYSTEMD_WANTS}="daxdev-reconfigure@$env{DEVNAME}.service"\n',
  '/usr/lib/systemd/system/daxdev-reconfigure@.service': '[Service]\n',
}

const write = (path: string, text: string) => putModelFile(host.machine, path, text)

describe('a plan is refused', () => {
  it('where daxctl brings the device back, and says which file tells it to', async () => {
    for (const [path, text] of Object.entries(DAXCTL)) write(path, text)
    const refused = await plan('persist')
    expect(codes(refused)).toEqual(['daxctl_persists'])
    expect(refused.refusals[0]?.message).toContain('/etc/daxctl.conf.d/ours.conf')
    expect((await inspect()).persistence?.daxctl).toEqual([
      { file: '/etc/daxctl.conf.d/ours.conf', uuid: UUID, acts: true },
    ])
  })

  it('not where daxctl has a section and nothing that reads it', async () => {
    write('/etc/daxctl.conf.d/ours.conf', DAXCTL['/etc/daxctl.conf.d/ours.conf'] ?? '')
    expect((await plan('persist')).verdict).toBe('persistable')
  })

  it('for a device that is not system RAM now, and where PID 1 is not systemd', async () => {
    host.machine.reboot()
    expect(codes(await plan('persist'))).toEqual(['not_system_ram'])
    const plain = new ModelledHost()
    await convert(plain)
    expect(codes(await plan('persist', { on: plain, id: await idOf(plain) }))).toEqual(['no_systemd'])
  })

  it('where a folder could be written to by others, or somebody else has a unit of that name', async () => {
    write(UNIT, '[Unit]\n')
    expect(codes(await plan('persist'))).toEqual(['unsafe_place'])
    const other = hostWith()
    await convert(other)
    const libexec = other.machine.disk.child('usr')
    if (libexec instanceof DiskFolder) libexec.mode = 0o777
    expect(codes(await plan('persist', { on: other, id: await idOf(other) }))).toEqual(['unsafe_place'])
  })
})

/** Calls that change something on a disk: between any two of the others a death is as between these. */
const CHANGES = new Set(['mkdir', 'rename', 'remove', 'putFile', 'symlink', 'append', 'fsyncDirectory'])

describe('files', () => {
  it('are not half there where the disk is full: the next plan does what is left', async () => {
    const { item, digest } = await plan('persist')
    if (item === null || digest === null) throw new Error('There is no plan.')
    host.machine.hook = ({ call, path }) => {
      if (call === 'putFile' && path.startsWith(UNIT)) host.machine.space.freeBytes = 10
    }
    const params = { jobId: 'full-1', token: { installationId: 'here', epoch: '5' }, item, digest }
    const outcome = outcomeIn(await host.ask({ protocol: 1, verb: 'persist', params }))
    host.machine.hook = null
    host.machine.space.freeBytes = Number.POSITIVE_INFINITY
    expect(outcome?.outcome).toBe('failed')
    expect(outcome?.message).toContain('no space is left')
    expect(fileAt(UNIT)).toBeNull()
    expect((await inspect()).persistence?.devices).toEqual([])
    expect(outcomeIn((await carryOut('persist')).replies)?.outcome).toBe('persisted')
  })

  it.each(['persist', 'unpersist'] as const)(
    'are settled by whoever takes a %s up, wherever its process died',
    async (kind) => {
      for (let call = 1; ; call += 1) {
        const fresh = hostWith()
        const id = await idOf(fresh)
        await convert(fresh)
        if (kind === 'unpersist') await carryOut('persist', { on: fresh, id })
        const { item, digest } = await plan(kind, { on: fresh, id })
        if (item === null || digest === null) throw new Error('There is no plan.')
        let calls = 0
        let died = false
        fresh.machine.hook = ({ pid, process, call: name }) => {
          if (process === 'agent' || !CHANGES.has(name)) return
          calls += 1
          if (calls !== call) return
          died = true
          fresh.machine.processAt(pid)?.kill()
        }
        const params = { jobId: 'die-1', token: { installationId: 'here', epoch: '100' }, item, digest }
        await fresh.ask({ protocol: 1, verb: kind, params })
        fresh.machine.hook = null
        if (!died) {
          expect(call).toBeGreaterThan(15)
          break
        }
        const token = { installationId: 'here', epoch: '101' }
        const again = { ...params, token, fromLine: 1 }
        const replies = await fresh.ask({ protocol: 1, verb: 'recover', params: again })
        const outcome = outcomeIn(replies)?.outcome
        const { persistence } = await inspect(fresh)
        const isKept = persistence?.devices.some(({ deviceId: found }) => found === id) === true
        expect([`${kind}ed`, 'cancelled'], `call ${call}`).toContain(outcome)
        const expected = outcome === 'cancelled' ? kind === 'unpersist' : kind === 'persist'
        expect(isKept, `call ${call}: ${outcome}`).toBe(expected)
        if (isKept) expect(persistence?.fault).toBeNull()
        else expect(fileAt(UNIT, fresh)).toBeNull()
      }
    },
    TWO_MINUTES,
  )

  it('survive a power failure right after the outcome', async () => {
    await carryOut('persist')
    host.machine.reset()
    expect((await boot()).results).toMatchObject([{ outcome: 'converted' }])
  })
})
