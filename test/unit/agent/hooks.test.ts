import { beforeEach, describe, expect, it } from 'vitest'
import type { HookPhase, JournalLine, PlanItem } from '@/agents/protocol'
import { approve, journalOf, World } from './world'

const TWO_MINUTES = 120_000
const FOLDER = '/etc/daxfleet/hooks.d'
const PRE = `${FOLDER}/pre-convert`
const POST = `${FOLDER}/post-convert`
const STOP = '/var/lib/daxfleet/jobs/job-1.stop'

interface Run {
  path: string
  environment: Record<string, string>
  killAfterMs: number
}

let world: World
let runs: Run[]
/** How each hook ends, and what it does before. */
let ends: Record<string, { status: number | null; says?: string; timedOut?: boolean; does?: () => void }>

function install(path: string, changes: { mode?: number; uid?: number; text?: string } = {}): void {
  world.files.set(path, changes.text ?? `#!/bin/sh\n# ${path}\n`)
  world.specials.set(path, { kind: 'file', mode: changes.mode ?? 0o755, uid: changes.uid ?? 0, rdev: 0 })
}

/** A world whose hooks are processes: seen in /proc while they run, gone with their end. */
function begin(): void {
  world = new World()
  runs = []
  ends = { [PRE]: { status: 0 }, [POST]: { status: 0 } }
  world.onRunAlone = async (path, environment, { killAfterMs }) => {
    runs.push({ path, environment, killAfterMs })
    const pid = 500 + runs.length
    const text = Object.entries(environment).map(([name, value]) => `${name}=${value}`)
    world.files.set(`/proc/${pid}/environ`, `${text.join('\0')}\0`)
    const end = ends[path] ?? { status: 0 }
    end.does?.()
    await world.sleep(1)
    world.files.delete(`/proc/${pid}/environ`)
    return { status: end.status, stdout: end.says ?? '', timedOut: end.timedOut ?? false }
  }
}

beforeEach(begin)

const plan = async () => approve(await world.plan())

const hookSteps = () =>
  journalOf(world).flatMap((line) =>
    line.kind === 'step' && line.step.endsWith('-convert') ? [`${line.step} ${line.state}`] : [],
  )

const marked = () => [...world.files.keys()].filter((path) => /^\/proc\/\d+\/environ$/.test(path))

describe('hooks', () => {
  it('of a host that has none are no part of anything', async () => {
    const approved = await plan()
    expect(approved.item.preconditions.hooks).toEqual([])
    expect(await world.convert(approved)).toMatchObject({ outcome: 'converted' })
    expect(hookSteps()).toEqual([])
  })

  it('run around the writes, with a fixed environment and nothing of the server in it', async () => {
    install(PRE)
    install(POST)
    const approved = await plan()
    let writtenBefore = -1
    ends[PRE] = { status: 0, does: () => (writtenBefore = world.writes.length) }
    expect(await world.convert(approved)).toMatchObject({ outcome: 'converted', refusals: [] })
    expect(writtenBefore).toBe(0)
    expect(runs.map(({ path }) => path)).toEqual([PRE, POST])
    const common = {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: '/root',
      LANG: 'C',
      DAXFLEET_JOB: 'job-1',
      DAXFLEET_DEVICE: 'dax0.0',
      DAXFLEET_DEVICE_ID: approved.item.invariants.deviceId,
      DAXFLEET_PLAN_DIGEST: approved.digest,
      DAXFLEET_ZONE: 'movable',
      DAXFLEET_TARGET_NODE: '1',
      DAXFLEET_PREDICTED_BYTES: approved.item.prediction.usableBytes,
    }
    expect(runs[0]?.environment).toEqual({ ...common, DAXFLEET_PHASE: 'pre-convert' })
    expect(runs[1]?.environment).toEqual({
      ...common,
      DAXFLEET_PHASE: 'post-convert',
      DAXFLEET_OUTCOME: 'converted',
    })
    expect(hookSteps()).toEqual([
      'pre-convert started',
      'pre-convert done',
      'post-convert started',
      'post-convert done',
    ])
  })

  it('are named by their digest in an inspection and in the plan', async () => {
    install(PRE)
    const { inspection } = await world.inspect()
    const sha256 = await world.sha256(world.files.get(PRE) ?? '')
    expect(inspection.hooks).toEqual([
      { phase: 'pre-convert', path: PRE, sha256, uid: 0, mode: '0755', fault: null },
    ])
    const { item } = await plan()
    expect(item.preconditions.hooks).toEqual([
      { phase: 'pre-convert', path: PRE, sha256, uid: 0, deadlineSeconds: 600 },
    ])
  })

  it('may take as long as the plan says', async () => {
    install(PRE)
    const { inspection } = await world.inspect()
    const params = {
      deviceId: inspection.devices[0]?.identity.id ?? '',
      zone: 'movable' as const,
      reservedBytes: '0',
      hookSeconds: 7,
    }
    const replies = await world.ask({ protocol: 1, verb: 'plan', params })
    const found = replies.find((reply) => reply.type === 'plan')
    if (found === undefined) throw new Error('No plan.')
    expect(await world.convert(approve(found.plan))).toMatchObject({ outcome: 'converted' })
    expect(runs.map(({ killAfterMs }) => killAfterMs)).toEqual([7_000])
  })
})

describe('the hook before', () => {
  beforeEach(() => {
    install(PRE)
    install(POST)
  })

  it.each([
    [{ status: 3, says: 'two\nnode is not drained\n' }, 'ended with status 3'],
    [{ status: null, says: 'Terminated' }, 'was killed by a signal'],
    [{ status: null, says: 'draining', timedOut: true }, 'had not ended after 600 s'],
  ])('forbids all writes by %j', async (end, how) => {
    const approved = await plan()
    ends[PRE] = end
    const outcome = await world.convert(approved)
    expect(outcome).toMatchObject({
      outcome: 'refused',
      refusals: [{ code: 'hook_refused', message: expect.stringContaining(how) }],
    })
    expect(outcome.message).toContain('Nothing was written.')
    expect(outcome.message).toContain(end.says.trim().split('\n').at(-1))
    expect(world.writes).toEqual([])
    expect(runs.map(({ path }) => path)).toEqual([PRE])
  })

  it('says what it says without control characters, and only the end of it', async () => {
    const approved = await plan()
    ends[PRE] = { status: 1, says: `${'old line\n'.repeat(500)}\x1b[2J\x07last\0 line\n` }
    const outcome = await world.convert(approved)
    expect(outcome.message).toMatch(/\[2Jlast line$/)
    expect(outcome.message).not.toMatch(/[^\P{Cc}\n]/u)
    expect(outcome.message.length).toBeLessThan(1_500)
  })

  it('is followed by another look: what changed while it ran is not overrun', async () => {
    const approved = await plan()
    ends[PRE] = { status: 0, does: () => world.bindTo('dax0.0', null) }
    const outcome = await world.convert(approved)
    expect(outcome).toMatchObject({ outcome: 'refused', refusals: [{ code: 'bound_elsewhere' }] })
    expect(world.writes).toEqual([])
    // What it took away is given back.
    expect(runs.at(-1)).toMatchObject({ path: POST, environment: { DAXFLEET_OUTCOME: 'refused' } })
  })

  it('is followed by a stop that was asked for meanwhile', async () => {
    const approved = await plan()
    ends[PRE] = { status: 0, does: () => world.files.set(STOP, '') }
    expect(await world.convert(approved)).toMatchObject({ outcome: 'cancelled' })
    expect(world.writes).toEqual([])
    expect(runs.at(-1)).toMatchObject({ path: POST, environment: { DAXFLEET_OUTCOME: 'cancelled' } })
  })

  it('is not begun where a look or a stop speaks against it', async () => {
    const approved = await plan()
    const out = world.out.bind(world)
    world.out = (line) => {
      if (line.includes('"type":"ready"')) world.bindTo('dax0.0', null)
      return out(line)
    }
    expect(await world.convert(approved)).toMatchObject({ outcome: 'refused' })
    expect(runs).toEqual([])
  })
})

describe('the hook after', () => {
  beforeEach(() => install(POST))

  it('that fails leaves the outcome as it was read back, and says so', async () => {
    const approved = await plan()
    ends[POST] = { status: 1, says: 'kubelet did not start' }
    const outcome = await world.convert(approved)
    expect(outcome).toMatchObject({ outcome: 'converted', refusals: [{ code: 'hook_failed' }] })
    expect(outcome.message).toMatch(
      /7 of 7 blocks online.* post-convert hook ended with status 1.*did not start/,
    )
    expect(outcome.next).toContain(POST)
    expect(hookSteps().at(-1)).toBe('post-convert failed')
  })

  it('is told of a conversion that failed', async () => {
    const approved = await plan()
    world.failing.set('/sys/bus/dax/drivers/kmem/bind', 12)
    expect(await world.convert(approved)).toMatchObject({ outcome: 'failed' })
    expect(runs.at(-1)?.environment.DAXFLEET_OUTCOME).toBe('failed')
  })

  it('is read back after: what it undoes is not called converted', async () => {
    const approved = await plan()
    ends[POST] = {
      status: 0,
      does: () => world.files.set('/sys/devices/system/memory/memory35/state', 'offline\n'),
    }
    expect(await world.convert(approved)).toMatchObject({ outcome: 'partial' })
  })
})

describe('a hook that root cannot run safely', () => {
  const wrong: [string, () => void][] = [
    ['belongs to somebody else', () => install(PRE, { uid: 1000 })],
    ['can be written to by its group', () => install(PRE, { mode: 0o775 })],
    ['can be written to by everybody', () => install(PRE, { mode: 0o757 })],
    ['is not executable', () => install(PRE, { mode: 0o644 })],
    [
      'is a link',
      () => {
        install('/opt/hook')
        world.links.set(PRE, '/opt/hook')
      },
    ],
    [
      'lies in a folder of somebody else',
      () => {
        install(PRE)
        world.folders.set(FOLDER, { kind: 'directory', mode: 0o755, uid: 1000, rdev: 0 })
      },
    ],
    [
      'lies below a folder that others can write to',
      () => {
        install(PRE)
        world.folders.set('/etc/daxfleet', { kind: 'directory', mode: 0o777, uid: 0, rdev: 0 })
      },
    ],
  ]

  it.each(wrong)('because it %s is refused in the plan', async (_why, make) => {
    make()
    const found = await world.plan()
    expect(found.verdict).toBe('refused')
    expect(found.refusals).toMatchObject([{ code: 'hook_unsafe' }])
    expect(found.item?.preconditions.hooks).toEqual([])
  })

  it.each(wrong)('because it %s since the plan is refused under the lock', async (_why, make) => {
    install(PRE)
    const approved = await plan()
    world.specials.delete(PRE)
    world.files.delete(PRE)
    make()
    const outcome = await world.convert(approved)
    expect(outcome).toMatchObject({ outcome: 'refused', refusals: [{ code: 'hook_changed' }, {}] })
    expect([runs, world.writes]).toEqual([[], []])
  })
})

describe('a hook that changed after the approval', () => {
  it.each([
    ['was rewritten', () => install(PRE, { text: '#!/bin/sh\nexit 0\n' })],
    [
      'was taken away',
      () => {
        world.files.delete(PRE)
        world.specials.delete(PRE)
      },
    ],
    ['was joined by another', () => install(POST)],
  ])('because it %s is drift', async (_why, change) => {
    install(PRE)
    const approved = await plan()
    change()
    const outcome = await world.convert(approved)
    expect(outcome).toMatchObject({ outcome: 'refused', refusals: [{ code: 'hook_changed' }] })
    expect([runs, world.writes]).toEqual([[], []])
  })

  it('is not run after ready either, and neither is the one after the writes', async () => {
    install(PRE)
    install(POST)
    let approved = await plan()
    const out = world.out.bind(world)
    world.out = (line) => {
      if (line.includes('"type":"ready"')) install(PRE, { text: 'another' })
      return out(line)
    }
    expect(await world.convert(approved)).toMatchObject({ refusals: [{ code: 'hook_changed' }] })
    expect([runs, world.writes]).toEqual([[], []])

    begin()
    install(PRE)
    install(POST)
    approved = await plan()
    world.beforeWrite = () => install(POST, { text: 'another' })
    const outcome = await world.convert(approved)
    expect(outcome).toMatchObject({ outcome: 'converted', refusals: [{ code: 'hook_changed' }] })
    expect(runs.map(({ path }) => path)).toEqual([PRE])
    expect(hookSteps().at(-1)).toBe('post-convert failed')
  })
})

describe('an agent that is killed', () => {
  const begun = (phase: HookPhase) => hookSteps().filter((step) => step === `${phase} started`).length

  async function dieAfter(approved: { item: PlanItem; digest: string }, calls: number): Promise<boolean> {
    world.diesAfter = world.calls + calls
    await world.convert(approved).catch(() => {})
    const died = world.calls > world.diesAfter
    world.diesAfter = Number.POSITIVE_INFINITY
    return died
  }

  it('at any call leaves no hook running unseen, and none is begun twice', {
    timeout: TWO_MINUTES,
  }, async () => {
    const told = new Set<string>()
    for (let calls = 0; ; calls += 1) {
      begin()
      install(PRE)
      install(POST)
      const approved = await plan()
      // A hook whose agent dies goes on: here until somebody ends it.
      const run = world.onRunAlone
      world.onRunAlone = (...args) => {
        if (world.calls < world.diesAfter) return run(...args)
        world.files.set(`/proc/${600 + runs.length}/environ`, 'PATH=/bin\0DAXFLEET_JOB=job-1\0')
        runs.push({ path: args[0], environment: args[1], killAfterMs: 0 })
        world.calls += 1
        world.actorRuns = false
        world.lockedBy = null
        return new Promise(() => {})
      }
      if (!(await dieAfter(approved, calls))) break
      const wasRunning = marked().length > 0
      world.onRunAlone = run
      const replies = await world.recover(approved)
      const outcome = replies
        .flatMap((reply) => (reply.type === 'journal' ? [reply.line] : []))
        .find((line): line is Extract<JournalLine, { kind: 'outcome' }> => line.kind === 'outcome')
      expect(outcome).toBeDefined()
      expect(marked()).toEqual([])
      expect(begun('pre-convert')).toBeLessThanOrEqual(1)
      expect(begun('post-convert')).toBeLessThanOrEqual(1)
      if (wasRunning) expect(hookSteps().some((step) => step.endsWith('failed'))).toBe(true)
      // Whatever the one before took away, the one after has been given its chance to give back.
      if (hookSteps().includes('pre-convert done')) expect(begun('post-convert')).toBe(1)
      told.add(`${wasRunning ? 'in a hook: ' : ''}${outcome?.outcome}`)
    }
    expect([...told].sort()).toEqual([
      'cancelled',
      'converted',
      'failed',
      'in a hook: cancelled',
      'in a hook: converted',
    ])
  })
})
