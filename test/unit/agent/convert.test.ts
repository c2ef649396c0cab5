import { beforeEach, describe, expect, it } from 'vitest'
import { act } from '@/agents/convert/act'
import { LOCK } from '@/agents/convert/state'
import type { PlanItem } from '@/agents/protocol'
import { approve, DAX0, FOREIGN, journalOf, MIB, World } from './world'

const DRIVERS = '/sys/bus/dax/drivers'
const JOURNAL = '/var/lib/daxfleet/jobs/job-1.jsonl'
const DAX1 = { ...DAX0, name: 'dax1.0', uuid: 'another', startBytes: 8n * 1024n * MIB }

/** Gives the world a systemd; what is started is collected in the list. */
function withSystemd(world: World): string[][] {
  world.folders.set('/run/systemd/system', { kind: 'directory', mode: 0o755, uid: 0, rdev: 0 })
  world.files.set('/usr/bin/systemd-run', '')
  const readlink = world.readlink.bind(world)
  world.readlink = async (path) => (path === '/proc/self' ? '77' : readlink(path))
  return []
}

let world: World
let approved: { item: PlanItem; digest: string }

beforeEach(async () => {
  world = new World()
  approved = approve(await world.plan())
})

describe('convert', () => {
  it('writes in the planned order and tells what it then reads', async () => {
    const outcome = await world.convert(approved)
    expect(outcome).toMatchObject({
      outcome: 'converted',
      readBack: { driver: 'kmem', nodeMemTotalBytes: '939524096' },
    })
    expect(world.writes.slice(0, 5)).toEqual([
      'kmem/new_id dax0.0',
      'device_dax/unbind dax0.0',
      'kmem/bind dax0.0',
      'kmem/remove_id dax0.0',
      'memory33/state online_movable',
    ])
    expect(world.writes).toHaveLength(11)
    expect(world.ids.size).toBe(0)
  })

  it('numbers its journal without gaps, each intent before its done', async () => {
    await world.convert(approved)
    const lines = journalOf(world)
    expect(lines.map(({ n }) => n)).toEqual(lines.map((_, index) => index + 1))
    const kinds = lines.flatMap((line) =>
      line.kind === 'intent' || line.kind === 'done' ? [`${line.kind} ${line.step}`] : [],
    )
    expect(kinds).toEqual(
      ['claim', 'unbind', 'bind', 'release', 'online'].flatMap((step) => [`intent ${step}`, `done ${step}`]),
    )
    expect(lines.at(-1)?.kind).toBe('outcome')
  })

  it('sends every line it has written, in order, and then the end', async () => {
    await world.convert(approved)
    const sent = world.replies.flatMap((reply) => (reply.type === 'journal' ? [reply.line] : []))
    expect(sent).toEqual(journalOf(world))
    expect(world.replies.at(-1)).toEqual({ type: 'end', state: 'finished' })
  })

  it('has written nothing to the kernel when it says ready', async () => {
    let writesAtReady = -1
    const out = world.out.bind(world)
    world.out = (line) => {
      if (line.includes('"type":"ready"')) writesAtReady = world.writes.length
      return out(line)
    }
    await world.convert(approved)
    expect(writesAtReady).toBe(0)
  })

  it.each(['wrong', 'eof', 'timeout'] as const)(
    'is cancelled with nothing written when go is %s',
    async (answer) => {
      expect(await world.convert(approved, { answer })).toMatchObject({ outcome: 'cancelled' })
      expect(world.writes).toEqual([])
      expect(world.lockedBy).toBeNull()
    },
  )

  it('takes a cancelled job up again in the same journal', async () => {
    await world.convert(approved, { answer: 'eof' })
    expect(await world.convert(approved, { epoch: '2' })).toMatchObject({ outcome: 'converted' })
    const lines = journalOf(world)
    expect(lines.map(({ n }) => n)).toEqual(lines.map((_, index) => index + 1))
  })

  it('repeats nothing when a job that has acted is sent again', async () => {
    const first = await world.convert(approved)
    const writes = world.writes.length
    expect(await world.convert(approved, { epoch: '2' })).toEqual(first)
    expect(world.writes).toHaveLength(writes)
  })

  it('goes on after a torn last line', async () => {
    await world.convert(approved, { answer: 'eof' })
    world.files.set(JOURNAL, `${world.files.get(JOURNAL)}{"n":99,"kind":"st`)
    expect(await world.convert(approved, { epoch: '2' })).toMatchObject({ outcome: 'converted' })
    expect(journalOf(world).map(({ n }) => n)).not.toContain(99)
  })

  it('becomes a unit of its own where systemd rules, with the lock passed on', async () => {
    const started = withSystemd(world)
    world.onStart = (argv) => {
      started.push(argv)
      world.actor((host) => act(host, argv.at(-2) ?? '', argv.at(-1) ?? '', ''))
    }
    expect(await world.convert(approved)).toMatchObject({ outcome: 'converted' })
    expect(started).toHaveLength(1)
    expect(started[0]).toEqual(
      expect.arrayContaining(['/usr/bin/systemd-run', '--pipe', '/proc/77/exe', 'act', 'job-1', '1']),
    )
  })

  it('acts the plain way when systemd does not start the unit', async () => {
    const started = withSystemd(world)
    world.poll = async () => ({ running: false, status: 1 })
    world.onStart = (argv) => started.push(argv)
    world.onFork = (work) => {
      started.push(['a copy'])
      world.actor(work)
    }
    expect(await world.convert(approved)).toMatchObject({ outcome: 'converted' })
    expect(started.map(([program]) => program)).toEqual(['/usr/bin/systemd-run', 'a copy'])
  })

  it('is already done when daxctl was faster', async () => {
    world.bindTo('dax0.0', 'kmem')
    world.plug('online', 'Movable')
    expect(await world.convert(approved)).toMatchObject({ outcome: 'already', readBack: { driver: 'kmem' } })
    expect(world.writes).toEqual([])
  })

  it('holds for the second device of a run although the first one loaded the module', async () => {
    world = new World([DAX0, DAX1])
    world.folders.delete(`${DRIVERS}/kmem`)
    world.files.set('/lib/modules/6.1.0/modules.dep', 'kernel/drivers/dax/kmem.ko:\n')
    approved = approve(await world.plan('movable', 'dax1.0'))
    world.folders.set(`${DRIVERS}/kmem`, { kind: 'directory', mode: 0o755, uid: 0, rdev: 0 })
    await world.convert(approved)
    expect(world.replies.map(({ type }) => type)).toContain('ready')
  })
})

describe('convert refuses', () => {
  async function refusal(options = {}) {
    const outcome = await world.convert(approved, options)
    expect(world.writes).toEqual([])
    expect(outcome.outcome).toBe('refused')
    return outcome.refusals[0]?.code
  }

  it('after a restart', async () => {
    world.files.set('/proc/sys/kernel/random/boot_id', '99999999-2222-3333-4444-555555555555\n')
    expect(await refusal()).toBe('rebooted')
  })

  it('on another machine', async () => {
    world.files.set('/etc/machine-id', 'ffffffffffffffffffffffffffffffff\n')
    expect(await refusal()).toBe('identity_changed')
  })

  it('when the device behind the identity has moved', async () => {
    world.files.set('/sys/devices/LNXSYSTM:00/ndbus0/region0/dax0.0/dax0.0/mapping0/start', '0x110000000\n')
    expect(await refusal()).toBe('identity_changed')
  })

  it('when the device is gone', async () => {
    world.links.delete('/sys/bus/dax/devices/dax0.0')
    expect(await refusal()).toBe('device_gone')
  })

  it('when somebody unbound it', async () => {
    world.bindTo('dax0.0', null)
    expect(await refusal()).toBe('bound_elsewhere')
  })

  it('when the policy changed, and names what', async () => {
    world.files.set('/sys/devices/system/memory/auto_online_blocks', 'online_movable\n')
    expect(await refusal()).toBe('plan_changed')
    expect(journalOf(world).at(-1)).toMatchObject({
      message:
        "The host is not as planned: the host's policy for new memory (auto_online_blocks) was offline when planned, and is online_movable now.",
    })
  })

  it('a lower epoch than the host has seen, and another installation', async () => {
    await world.convert(approved, { jobId: 'first', epoch: '5', answer: 'eof' })
    expect(await refusal({ epoch: '4' })).toBe('stale_token')
    expect(await refusal({ epoch: '6', installationId: 'elsewhere' })).toBe('other_installation')
  })

  it('while the lock is held', async () => {
    world.lockedBy = FOREIGN
    expect(await refusal()).toBe('locked')
  })

  it('without space for the journal', async () => {
    world.errors.set('/var/lib/daxfleet/jobs/job-1.reserve', 28)
    expect(await refusal()).toBe('journal_no_space')
  })

  it('without root', async () => {
    world.files.set('/proc/self/status', 'Uid:\t1000\t1000\t1000\t1000\nCapEff:\t0000000000000000\n')
    expect(await refusal()).toBe('not_root')
  })

  it('an item that is not what its digest says', async () => {
    const forged = { ...approved.item, writes: [] }
    const token = { installationId: 'here', epoch: '1' }
    const params = { jobId: 'job-1', token, item: forged, digest: approved.digest }
    const replies = await world.ask({ protocol: 1, verb: 'convert', params })
    expect(replies.at(-1)).toMatchObject({ type: 'error', code: 'bad_request' })
  })
})

describe('convert that goes wrong', () => {
  it('goes back to device_dax when kmem does not take the device', async () => {
    world.failing.set(`${DRIVERS}/kmem/bind`, 12)
    const outcome = await world.convert(approved)
    expect(outcome).toMatchObject({ outcome: 'failed', readBack: { driver: 'device_dax', blocks: [] } })
    expect(world.writes).toEqual([
      'kmem/new_id dax0.0',
      'device_dax/unbind dax0.0',
      'kmem/bind dax0.0',
      'device_dax/bind dax0.0',
      'kmem/remove_id dax0.0',
    ])
    expect(world.ids.size).toBe(0)
  })

  it('takes the id off again when the unbind fails', async () => {
    world.failing.set(`${DRIVERS}/device_dax/unbind`, 16)
    expect(await world.convert(approved)).toMatchObject({
      outcome: 'failed',
      readBack: { driver: 'device_dax' },
    })
    expect(world.ids.size).toBe(0)
  })

  it('does not unbind a device that a process opened after ready', async () => {
    world.beforeWrite = (path) => {
      if (path.endsWith('/new_id'))
        world.specials.set('/proc/77/fd/5', { kind: 'char', mode: 0o600, uid: 0, rdev: 252 * 256 })
    }
    const outcome = await world.convert(approved)
    expect(outcome).toMatchObject({ outcome: 'failed', refusals: [{ code: 'in_use' }] })
    expect(world.writes).toEqual(['kmem/new_id dax0.0', 'kmem/remove_id dax0.0'])
    expect(world.driverOf('dax0.0')).toBe('device_dax')
  })

  it('calls blocks that did not come online partial, with each errno', async () => {
    world.failing.set('/sys/devices/system/memory/memory35/state', 22)
    const outcome = await world.convert(approved)
    expect(outcome).toMatchObject({ outcome: 'partial', message: expect.stringContaining('6 of 7 blocks') })
    const done = journalOf(world).find((line) => line.kind === 'done' && line.step === 'online')
    expect(done).toMatchObject({ errno: 22, failures: [{ block: 35, errno: 22, errnoName: 'EINVAL' }] })
  })

  it('never calls blocks in another zone converted', async () => {
    world.landsIn = 'Normal'
    const outcome = await world.convert(approved)
    expect(outcome).toMatchObject({ outcome: 'partial', message: expect.stringContaining('another zone') })
  })

  it('tells a driver that vanished under online blocks as stranded', async () => {
    world.beforeWrite = (path) => {
      if (path.endsWith('memory39/state')) world.bindTo('dax0.0', null)
    }
    expect(await world.convert(approved)).toMatchObject({ outcome: 'stranded' })
  })
})

describe('attach', () => {
  it('gives the lines from the one asked for', async () => {
    await world.convert(approved)
    const replies = await world.ask({ protocol: 1, verb: 'attach', params: { jobId: 'job-1', fromLine: 5 } })
    const numbers = replies.flatMap((reply) => (reply.type === 'journal' ? [reply.line.n] : []))
    expect(numbers).toEqual(
      journalOf(world)
        .map(({ n }) => n)
        .slice(4),
    )
    expect(replies.at(-1)).toEqual({ type: 'end', state: 'finished' })
  })

  it('says that a journal without end and without a holder is abandoned', async () => {
    await world.convert(approved)
    const whole = world.files.get(JOURNAL) ?? ''
    world.files.set(JOURNAL, whole.split('\n').slice(0, 9).join('\n').concat('\n{"n":10,"ki'))
    const replies = await world.ask({ protocol: 1, verb: 'attach', params: { jobId: 'job-1', fromLine: 1 } })
    expect(replies.filter(({ type }) => type === 'journal')).toHaveLength(9)
    expect(replies.at(-1)).toEqual({ type: 'end', state: 'abandoned' })
  })

  it('says the same after a restart of the host, which leaves nothing in /run', async () => {
    await world.convert(approved)
    const whole = world.files.get(JOURNAL) ?? ''
    world.files.set(JOURNAL, whole.split('\n').slice(0, 9).join('\n').concat('\n'))
    world.files.delete(LOCK)
    world.folders.delete('/run/daxfleet')
    const replies = await world.ask({ protocol: 1, verb: 'attach', params: { jobId: 'job-1', fromLine: 1 } })
    expect(replies.at(-1)).toEqual({ type: 'end', state: 'abandoned' })
  })

  it('waits while the lock is held, and says on what and for how long', async () => {
    await world.convert(approved)
    const whole = world.files.get(JOURNAL) ?? ''
    world.files.set(JOURNAL, whole.split('\n').slice(0, 9).join('\n').concat('\n'))
    world.lockedBy = FOREIGN
    let waited = 0
    const out = world.out.bind(world)
    world.out = (line) => {
      if (line.includes('"waiting"') && ++waited === 3) world.files.set(JOURNAL, whole)
      return out(line)
    }
    const replies = await world.ask({ protocol: 1, verb: 'attach', params: { jobId: 'job-1', fromLine: 1 } })
    expect(replies.find(({ type }) => type === 'waiting')).toMatchObject({
      onLine: 9,
      forMs: expect.any(Number),
    })
    expect(replies.at(-1)).toEqual({ type: 'end', state: 'finished' })
  })

  it('says that there is no journal', async () => {
    const replies = await world.ask({ protocol: 1, verb: 'attach', params: { jobId: 'none', fromLine: 1 } })
    expect(replies.at(-1)).toMatchObject({ type: 'error', code: 'no_journal' })
  })
})
