import { beforeEach, describe, expect, it } from 'vitest'
import { LOCK, TOKEN } from '@/agents/convert/state'
import type { AgentReply, JournalLine, PlanItem } from '@/agents/protocol'
import { approve, BOOT_ID, DAX0, FOREIGN, journalOf, MIB, World } from './world'

/** Hundreds of conversions in one test. */
const TWO_MINUTES = 120_000
const STOP = '/var/lib/daxfleet/jobs/job-1.stop'
const JOURNAL = '/var/lib/daxfleet/jobs/job-1.jsonl'
const DAX1 = { ...DAX0, name: 'dax1.0', uuid: 'another', startBytes: 8n * 1024n * MIB }

let world: World
let approved: { item: PlanItem; digest: string }

beforeEach(async () => {
  world = new World()
  approved = approve(await world.plan())
})

/** Begins a conversion whose acting process is killed after so many calls; false when it ended before that. */
async function dieAfter(calls: number): Promise<boolean> {
  world.diesAfter = world.calls + calls
  await world.convert(approved).catch(() => {})
  const died = world.calls > world.diesAfter
  world.diesAfter = Number.POSITIVE_INFINITY
  return died
}

/** Lets the acting process die right after the write whose text this is. */
async function dieAtWrite(write: string): Promise<void> {
  const before = world.beforeWrite
  world.beforeWrite = (path, value) => {
    if (`${path} ${value}`.includes(write)) world.diesAfter = world.calls
  }
  await world.convert(approved).catch(() => {})
  world.beforeWrite = before
  world.diesAfter = Number.POSITIVE_INFINITY
}

const outcomeIn = (replies: readonly AgentReply[]) =>
  replies
    .flatMap((reply) => (reply.type === 'journal' && reply.line.kind === 'outcome' ? [reply.line] : []))
    .at(-1)

const onlineBlocks = () =>
  [33, 34, 35, 36, 37, 38, 39].filter(
    (id) => world.files.get(`/sys/devices/system/memory/memory${id}/state`) === 'online\n',
  )

/** What must hold however a conversion and its recoveries went. */
function expectSettled(outcome: Extract<JournalLine, { kind: 'outcome' }> | undefined): void {
  expect(world.ids.size).toBe(0)
  expect(world.lockedBy).toBeNull()
  expect(outcome).toBeDefined()
  const driver = world.driverOf('dax0.0')
  expect(outcome?.readBack?.driver).toBe(driver)
  if (driver === 'kmem') {
    expect(outcome?.outcome).toBe(onlineBlocks().length === 7 ? 'converted' : 'partial')
  } else {
    expect(driver).toBe('device_dax')
    expect(onlineBlocks()).toEqual([])
    expect(['failed', 'cancelled', 'refused']).toContain(outcome?.outcome)
  }
  const numbers = journalOf(world).map(({ n }) => n)
  expect(numbers).toEqual(numbers.map((_, index) => index + 1))
}

describe('an acting process that is killed', () => {
  it('at any call leaves what recover can settle: forward', { timeout: TWO_MINUTES }, async () => {
    let calls = 0
    const ends = new Set<string>()
    for (; ; calls += 1) {
      world = new World()
      if (!(await dieAfter(calls))) break
      const outcome = outcomeIn(await world.recover(approved))
      expectSettled(outcome)
      ends.add(`${outcome?.outcome} on ${world.driverOf('dax0.0')}`)
      // Past the unbinding there is no way but on.
      if (world.writes.some((write) => write.startsWith('device_dax/unbind')))
        expect(outcome?.outcome).toBe('converted')
    }
    expect(calls).toBeGreaterThan(100)
    expect([...ends].sort()).toEqual(['cancelled on device_dax', 'converted on kmem', 'failed on device_dax'])
  })

  it('at any call leaves what recover can settle: back, as long as no block is there', {
    timeout: TWO_MINUTES,
  }, async () => {
    const ends = new Set<string>()
    for (let calls = 0; ; calls += 1) {
      world = new World()
      if (!(await dieAfter(calls))) break
      const outcome = outcomeIn(await world.recover(approved, { answer: 'back' }))
      expectSettled(outcome)
      ends.add(`${outcome?.outcome} on ${world.driverOf('dax0.0')}`)
    }
    expect([...ends].sort()).toEqual([
      'cancelled on device_dax',
      'converted on kmem',
      'failed on device_dax',
      'partial on kmem',
    ])
  })

  it('again while it recovers leaves what the next can settle', { timeout: TWO_MINUTES }, async () => {
    let pairs = 0
    for (let calls = 3; ; calls += 13) {
      world = new World()
      if (!(await dieAfter(calls))) break
      for (let again = 0; ; again += 17) {
        world = new World()
        await dieAfter(calls)
        world.diesAfter = world.calls + again
        const first = await world.recover(approved, { epoch: '2' })
        const died = world.calls > world.diesAfter
        world.diesAfter = Number.POSITIVE_INFINITY
        if (!died) {
          expectSettled(outcomeIn(first))
          break
        }
        pairs += 1
        expectSettled(outcomeIn(await world.recover(approved, { epoch: '3' })))
      }
    }
    expect(pairs).toBeGreaterThan(20)
  })
})

describe('recover', () => {
  it('tells the outcome there is, and writes nothing', async () => {
    const first = await world.convert(approved)
    const writes = world.writes.length
    const replies = await world.recover(approved)
    expect(outcomeIn(replies)).toEqual(first)
    expect(replies.at(-1)).toEqual({ type: 'end', state: 'finished' })
    expect(world.writes).toHaveLength(writes)
  })

  it('decides nothing while another holds the lock', async () => {
    await dieAtWrite('device_dax/unbind')
    world.lockedBy = FOREIGN
    expect((await world.recover(approved)).at(-1)).toEqual({ type: 'end', state: 'held' })
    expect(world.driverOf('dax0.0')).toBeNull()
  })

  it('writes nothing after a restart of the host', async () => {
    await dieAtWrite('device_dax/unbind')
    world.files.set('/proc/sys/kernel/random/boot_id', 'another\n')
    const writes = world.writes.length
    expect((await world.recover(approved)).at(-1)).toEqual({ type: 'end', state: 'rebooted' })
    expect(world.writes).toHaveLength(writes)
  })

  it('shuts out whoever comes later with an older token', async () => {
    await dieAtWrite('device_dax/unbind')
    await world.recover(approved, { epoch: '9' })
    expect(await world.convert(approved, { jobId: 'job-2', epoch: '8' })).toMatchObject({
      outcome: 'refused',
      refusals: [{ code: 'stale_token' }],
    })
  })

  it('leaves all as it is when no go comes', async () => {
    await dieAtWrite('device_dax/unbind')
    const writes = world.writes.length
    expect((await world.recover(approved, { answer: 'eof' })).at(-1)).toEqual({
      type: 'end',
      state: 'abandoned',
    })
    expect(world.writes).toHaveLength(writes)
    expectSettled(outcomeIn(await world.recover(approved, { epoch: '3' })))
  })

  it('goes by the kernel alone where the journal is gone', async () => {
    await dieAtWrite('device_dax/unbind')
    world.files.delete(JOURNAL)
    const outcome = outcomeIn(await world.recover(approved))
    expect(outcome).toMatchObject({ outcome: 'converted' })
    expectSettled(outcome)
  })

  it('goes back when another device lost its driver meanwhile, since kmem would take it as well', async () => {
    world = new World([DAX0, DAX1])
    approved = approve(await world.plan())
    await dieAtWrite('device_dax/unbind')
    world.bindTo('dax1.0', null)
    const outcome = outcomeIn(await world.recover(approved))
    expect(outcome).toMatchObject({ outcome: 'failed', refusals: [{ code: 'sibling_unbound' }] })
    expect(world.driverOf('dax0.0')).toBe('device_dax')
    expect(world.driverOf('dax1.0')).toBeNull()
  })

  it('refuses an item that is not what its digest says, and another machine', async () => {
    await dieAtWrite('device_dax/unbind')
    expect((await world.recover({ ...approved, digest: '0'.repeat(64) })).at(-1)).toMatchObject({
      type: 'error',
      code: 'bad_request',
    })
    world.files.set('/etc/machine-id', 'another\n')
    expect(outcomeIn(await world.recover(approved))).toMatchObject({
      outcome: 'refused',
      refusals: [{ code: 'identity_changed' }],
    })
  })
})

describe('abort', () => {
  const abort = (epoch = '1', installationId = 'here') =>
    world.ask({
      protocol: 1,
      verb: 'abort',
      params: { jobId: 'job-1', token: { installationId, epoch } },
    })

  it('is noted while the lock is held', async () => {
    world.lockedBy = FOREIGN
    expect((await abort()).at(-1)).toEqual({ type: 'abort_noted' })
    expect(world.files.has(STOP)).toBe(true)
  })

  it('is refused with an older token, and by another installation', async () => {
    world.files.set(TOKEN, '{"installationId":"here","epoch":"7"}\n')
    expect((await abort('6')).at(-1)).toMatchObject({ type: 'refused', refusal: { code: 'stale_token' } })
    expect((await abort('8', 'elsewhere')).at(-1)).toMatchObject({
      type: 'refused',
      refusal: { code: 'other_installation' },
    })
    expect(world.files.has(STOP)).toBe(false)
  })

  it.each([
    ['kmem/new_id', 'cancelled', 'device_dax', 0],
    ['device_dax/unbind', 'cancelled', 'device_dax', 0],
    ['kmem/bind', 'partial', 'kmem', 0],
    ['kmem/remove_id', 'partial', 'kmem', 0],
    ['memory33/state', 'partial', 'kmem', 1],
    ['memory36/state', 'partial', 'kmem', 4],
    ['memory39/state', 'converted', 'kmem', 7],
  ])('at %s rests at the next safe point: %s on %s', async (write, outcome, driver, online) => {
    world.beforeWrite = (path) => {
      if (path.includes(write)) world.files.set(STOP, '')
    }
    const end = await world.convert(approved)
    expect(end).toMatchObject({ outcome, readBack: { driver } })
    if (outcome !== 'converted') expect(end.message).toContain('Stopped as asked')
    expect(onlineBlocks()).toHaveLength(online)
    expect(world.ids.size).toBe(0)
    expect(world.files.has(STOP)).toBe(false)
  })

  it('does not linger: a later conversion of the same job is not stopped by it', async () => {
    await abort()
    expect(await world.convert(approved)).toMatchObject({ outcome: 'converted' })
  })
})

describe('fence', () => {
  const fence = (epoch: string, installationId = 'here') =>
    world.ask({ protocol: 1, verb: 'fence', params: { token: { installationId, epoch } } })

  it('records its token before it reads, and shuts out older ones', async () => {
    expect((await fence('5')).at(-1)).toMatchObject({
      type: 'fenced',
      inspection: { fence: { installationId: 'here', epoch: '5' }, host: { bootId: BOOT_ID } },
    })
    expect(await world.convert(approved, { epoch: '4' })).toMatchObject({
      refusals: [{ code: 'stale_token' }],
    })
  })

  it('says who holds the lock', async () => {
    world.lockedBy = FOREIGN
    world.files.set(LOCK, 'job-7\n')
    expect((await fence('5')).at(-1)).toEqual({ type: 'held', jobId: 'job-7' })
    expect(world.files.has(TOKEN)).toBe(false)
  })

  it('refuses what is torn or another installation’s, and changes nothing of it', async () => {
    for (const record of ['{"installationId":"there","epoch":"1"}\n', '', '{"inst', 'null']) {
      world.files.set(TOKEN, record)
      expect((await fence('5')).at(-1)).toMatchObject({
        type: 'refused',
        refusal: { code: 'other_installation' },
      })
      expect(world.files.get(TOKEN)).toBe(record)
    }
  })
})

describe('adopt', () => {
  const ours = { installationId: 'here', epoch: '3' }
  const adopt = (from: 'unreadable' | typeof ours) =>
    world.ask({ protocol: 1, verb: 'adopt', params: { token: ours, from } })

  it('replaces the record that was looked at, and then acts', async () => {
    const theirs = { installationId: 'there', epoch: '99' }
    world.files.set(TOKEN, JSON.stringify(theirs))
    expect((await adopt(theirs)).at(-1)).toEqual({ type: 'adopted' })
    expect(await world.convert(approved, { epoch: '4' })).toMatchObject({ outcome: 'converted' })
  })

  it('replaces a torn record, and one that is missing by now', async () => {
    world.files.set(TOKEN, '{"inst')
    expect((await adopt('unreadable')).at(-1)).toEqual({ type: 'adopted' })
    world.files.delete(TOKEN)
    expect((await adopt('unreadable')).at(-1)).toEqual({ type: 'adopted' })
    expect((await adopt('unreadable')).at(-1)).toEqual({ type: 'adopted' })
  })

  it('replaces nothing that changed since it was looked at', async () => {
    world.files.set(TOKEN, '{"installationId":"there","epoch":"100"}')
    expect((await adopt({ installationId: 'there', epoch: '99' })).at(-1)).toMatchObject({ type: 'refused' })
    expect(world.files.get(TOKEN)).toContain('"100"')
  })

  it('waits for no one who acts', async () => {
    world.lockedBy = FOREIGN
    expect((await adopt('unreadable')).at(-1)).toMatchObject({ type: 'held' })
  })
})

describe('a plan', () => {
  it('counts what was promised to the page structures of other devices', async () => {
    const { inspection } = await world.inspect()
    const deviceId = inspection.devices[0]?.identity.id ?? ''
    const plan = async (reservedBytes: bigint) => {
      const params = { deviceId, zone: 'movable' as const, reservedBytes: String(reservedBytes) }
      const replies = await world.ask({ protocol: 1, verb: 'plan', params })
      return replies.flatMap((reply) => (reply.type === 'plan' ? [reply.plan] : []))[0]
    }
    expect(await plan(0n)).toMatchObject({ verdict: 'convertible' })
    expect(await plan(512n * MIB)).toMatchObject({
      verdict: 'refused',
      digest: approved.digest,
      refusals: [{ code: 'no_memmap_headroom', message: expect.stringContaining('512 MiB more') }],
    })
  })
})
