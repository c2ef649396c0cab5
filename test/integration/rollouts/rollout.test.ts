import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { waitFor } from '@/scripts/launch/wait'
import { ContactError } from '@/server/ssh/target'
import type { RunningWorker } from '@/server/worker/worker'
import { createTestStage, type TestStage } from '../../support/caller'
import { addReadyHost, type ReadyHost } from '../../support/jobs'
import { approve, easyPolicy, makeRollout, planningAgent, reaches } from '../../support/rollouts'
import type { ScriptedAgent } from '../../support/scripted-agent'
import { startTestWorker } from '../../support/test-worker'

let stage: TestStage
let agent: ScriptedAgent
let running: RunningWorker[]
let count = 0

beforeAll(async () => {
  stage = await createTestStage()
})
afterAll(() => stage.close())
beforeEach(async () => {
  await stage.pg.query('TRUNCATE "Host", "Rollout" CASCADE')
  await stage.pg.query('TRUNCATE graphile_worker._private_jobs')
  await stage.db.fleetStop.update({ where: { singleton: true }, data: { pulled: false } })
  agent = planningAgent()
  running = []
})
afterEach(async () => {
  await Promise.all(running.map((worker) => worker.stop(5_000)))
})

const startWorker = async () => running.push(await startTestWorker(stage, agent))
async function addHosts(number: number): Promise<ReadyHost[]> {
  const hosts: ReadyHost[] = []
  for (let i = 0; i < number; i++) {
    count += 1
    hosts.push(await addReadyHost(stage, `node-${String(count).padStart(3, '0')}`))
  }
  return hosts
}
async function readyRollout(policy: Parameters<typeof makeRollout>[2] = {}): Promise<string> {
  const rolloutId = await makeRollout(stage, 'host:*', policy)
  await reaches(stage, rolloutId, 'ready')
  return rolloutId
}
const itemsOf = async (rolloutId: string) => (await stage.caller.rollouts.items({ rolloutId })).items
const statesOf = async (rolloutId: string) => (await itemsOf(rolloutId)).map(({ state }) => state)
/** What the hosts do from now on: write, and have nothing to show for it. */
function failAllWrites(): void {
  agent.driverAfter = 'device_dax'
  agent.blocksAfter = []
  agent.outcome = 'failed'
}
function mendWrites(): void {
  agent.driverAfter = 'kmem'
  agent.blocksAfter = [{ first: 35, last: 41, state: 'online', zones: 'Movable', node: 1 }]
  agent.outcome = 'converted'
}

describe('a rollout', () => {
  it('is planned, approved as it was seen, and done wave by wave, each device once', async () => {
    const hosts = await addHosts(5)
    await Promise.all([startWorker(), startWorker()])
    const preview = await stage.caller.rollouts.preview({ selector: 'kind:pmem state!=converted' })
    expect(preview).toMatchObject({ type: 'resolved', hosts: 5, exclusions: [], unknownHosts: [] })
    const rolloutId = await readyRollout({ waves: [{ hosts: 2 }] })
    const seen = await stage.caller.rollouts.get({ rolloutId })
    expect(seen).toMatchObject({
      phrase: 'convert 5 devices on 5 hosts',
      gainBytes: 5n * 939_524_096n,
      hostsByState: { pending: 5 },
      waves: [
        { wave: 0, hosts: 1 },
        { wave: 1, hosts: 2 },
        { wave: 2, hosts: 2 },
      ],
    })
    expect(agent.acted.size).toBe(0)

    const approval = { rolloutId, digest: seen.digest ?? '', phrase: seen.phrase }
    expect(
      await stage.caller.rollouts.approve({ ...approval, phrase: 'convert 4 devices on 4 hosts' }),
    ).toMatchObject({ type: 'refused', next: 'Type: convert 5 devices on 5 hosts' })
    expect(await stage.caller.rollouts.approve({ ...approval, digest: '0'.repeat(64) })).toMatchObject({
      type: 'refused',
      message: 'What you saw is not this rollout any more.',
    })
    expect(await stage.caller.rollouts.approve(approval)).toMatchObject({ type: 'done' })

    const done = await reaches(stage, rolloutId, 'finished')
    expect(done).toMatchObject({
      hostsByState: { succeeded: 5 },
      devicesByState: { converted: 5 },
      gainedBytes: 5n * 939_524_096n,
      causes: [],
    })
    expect([...agent.acted.values()]).toEqual([1, 1, 1, 1, 1])
    const jobs = await stage.db.job.findMany({
      include: { rolloutItem: { include: { rollout: { include: { hosts: true } } } } },
    })
    expect(jobs).toHaveLength(hosts.length)
    expect(new Set(jobs.map(({ approvedBy }) => approvedBy))).toEqual(new Set(['ada@example.test']))
    // No job of a wave begins before the last of the wave before it has ended.
    const byWave = (wave: number) =>
      jobs.filter((job) =>
        job.rolloutItem?.rollout.hosts.some((host) => host.hostId === job.hostId && host.wave === wave),
      )
    for (const wave of [1, 2]) {
      const before = Math.max(...byWave(wave - 1).map(({ endedAt }) => Number(endedAt)))
      expect(Math.min(...byWave(wave).map(({ createdAt }) => Number(createdAt)))).toBeGreaterThanOrEqual(
        before,
      )
    }
    const audit = await stage.db.auditEntry.findMany({
      where: { subjectId: rolloutId },
      orderBy: { id: 'asc' },
    })
    const actions = audit.map(({ action }) => action)
    expect(actions.slice(0, 3)).toEqual(['rollout.created', 'rollout.ready', 'rollout.approved'])
    expect(actions.at(-1)).toBe('rollout.finished')
    expect(actions.filter((action) => action === 'rollout.host_started')).toHaveLength(5)
  })

  it('never takes in a host that matches later', async () => {
    await addHosts(2)
    await startWorker()
    const rolloutId = await readyRollout()
    const [late] = await addHosts(1)
    await approve(stage, rolloutId)
    await reaches(stage, rolloutId, 'finished')
    expect(await stage.db.job.count({ where: { hostId: late?.hostId ?? '' } })).toBe(0)
  })

  it('is not approved once a host of its list was removed', async () => {
    const [gone] = await addHosts(2)
    await startWorker()
    const rolloutId = await readyRollout()
    expect(await stage.caller.hosts.remove({ hostId: gone?.hostId ?? '' })).toMatchObject({ type: 'done' })
    const { digest, phrase } = await stage.caller.rollouts.get({ rolloutId })
    expect(await stage.caller.rollouts.approve({ rolloutId, digest: digest ?? '', phrase })).toMatchObject({
      type: 'refused',
      message: expect.stringContaining('a host was removed'),
    })
  })

  it('lists what the hosts themselves refuse, and goes on without it', async () => {
    const [one] = await addHosts(2)
    const plan = agent.plan
    agent.plan = async (target, params) => {
      const answer = await plan(target, params)
      const refusals = [{ code: 'in_use' as const, message: 'dax0.0 is in use by qemu.', next: 'Stop it.' }]
      return target.hostId === one?.hostId ? { ...answer, verdict: 'refused', refusals } : answer
    }
    await startWorker()
    const rolloutId = await readyRollout()
    expect(await stage.caller.rollouts.get({ rolloutId })).toMatchObject({
      phrase: 'convert 1 device on 1 host',
      devicesByState: { planned: 1, excluded: 1 },
      causes: [{ cause: 'in_use', state: 'excluded', devices: 1, message: 'dax0.0 is in use by qemu.' }],
    })
    await approve(stage, rolloutId)
    await reaches(stage, rolloutId, 'finished')
    expect(agent.acted.size).toBe(1)
  })

  it('with nothing left to convert is discarded, never a success', async () => {
    await addHosts(1)
    agent.plan = async (target) => ({
      ...(await planningAgent().plan(target, question)),
      verdict: 'already',
    })
    await startWorker()
    const rolloutId = await makeRollout(stage, 'host:*')
    expect(await reaches(stage, rolloutId, 'discarded', 'ready')).toMatchObject({
      state: 'discarded',
      reason: 'nothing_to_convert',
    })
  })
})

const question = { deviceId: '', zone: 'movable', reservedBytes: '0' } as const

describe('a list of targets', () => {
  it.each([
    ['', { type: 'fault' }],
    ['label:rack=', { type: 'fault', fault: { message: expect.stringContaining('label') } }],
    ['rack=r12', { type: 'fault' }],
    ['node-1 nobody', { type: 'refused', message: 'No host is called node-1, nobody.' }],
    ['kind:cxl', { type: 'refused', message: 'The selector matches no device.' }],
  ])('%j is refused', async (selector, answer) => {
    await addHosts(1)
    const made = await stage.caller.rollouts.create({
      name: 'never',
      selector,
      zone: 'movable',
      policy: easyPolicy,
    })
    expect(made).toMatchObject(answer)
    expect(await stage.db.rollout.count()).toBe(0)
  })
})

describe('the limits of a rollout', () => {
  it('stop it at the canary; failed ones are retried alone, and the rest is resumed', async () => {
    await addHosts(4)
    await startWorker()
    const none = { count: 0, percent: null }
    const unlimited = { count: null, percent: null }
    const rolloutId = await readyRollout({
      failures: {
        perWave: { hosts: unlimited, devices: unlimited },
        inAll: { hosts: none, devices: unlimited },
      },
    })
    failAllWrites()
    await approve(stage, rolloutId)
    expect(await reaches(stage, rolloutId, 'stopped')).toMatchObject({
      reason: 'hosts_failed',
      reasonText: 'More hosts failed than the policy allows.',
      hostsByState: { failed: 1, unstarted: 3 },
    })
    expect(agent.acted.size).toBe(1)

    mendWrites()
    expect(await stage.caller.rollouts.retryFailed({ rolloutId })).toMatchObject({ type: 'done' })
    expect(await reaches(stage, rolloutId, 'stopped')).toMatchObject({
      reason: 'rest_unstarted',
      hostsByState: { succeeded: 1, unstarted: 3 },
    })
    expect(agent.acted.size).toBe(2)
    expect(await stage.caller.rollouts.resume({ rolloutId })).toMatchObject({ type: 'done' })
    expect(await reaches(stage, rolloutId, 'finished')).toMatchObject({ hostsByState: { succeeded: 4 } })
  })

  it('void a device that is not as it was approved, by name, and widen nothing', async () => {
    await addHosts(2)
    await startWorker()
    const rolloutId = await readyRollout()
    agent.digestShown = '0'.repeat(64)
    await approve(stage, rolloutId)
    expect(await reaches(stage, rolloutId, 'stopped')).toMatchObject({ reason: 'nothing_converted' })
    const [first, second] = await itemsOf(rolloutId)
    expect(first).toMatchObject({ state: 'void', cause: 'digest_differs', hostState: 'void' })
    expect(second).toMatchObject({ state: 'unstarted', jobId: null })
    expect(agent.acted.size).toBe(0)
  })

  it('count a host that is not as converted when it is looked at after the soak', async () => {
    await addHosts(2)
    await startWorker()
    const rolloutId = await readyRollout()
    const look = agent.look.bind(agent)
    let probes = 0
    agent.inspect = async (target) => {
      probes += 1
      const seen = look(target)
      // The first look is the job's own; by the second somebody has taken the memory back.
      return probes === 1 ? seen : { ...seen, devices: [] }
    }
    await approve(stage, rolloutId)
    expect(await reaches(stage, rolloutId, 'stopped')).toMatchObject({ reason: 'nothing_converted' })
    expect((await itemsOf(rolloutId))[0]).toMatchObject({ state: 'converted', hostState: 'failed' })
  })
})

it('tries a host again that could not be reached, once it was looked at and answers', async () => {
  await addHosts(1)
  await startWorker()
  const rolloutId = await readyRollout({ retries: 1 })
  agent.script.onContact = async () => {
    throw new ContactError('unreachable', 'No route to host.', 'Wait.')
  }
  await approve(stage, rolloutId)
  const waiting = await waitFor(
    async () => (await itemsOf(rolloutId)).find(({ retriesUsed }) => retriesUsed === 1),
    { withinMs: 30_000 },
  )
  expect(waiting).toMatchObject({
    state: 'pending',
    cause: 'unreachable',
    message: expect.stringMatching(/No route/),
  })
  agent.script.onContact = async () => {}
  // The pause is longer than the look at the host that was asked for with it; cut short before, it finds none ready.
  await waitFor(async () => (await stage.db.host.findFirstOrThrow()).state === 'ready' || undefined, {
    withinMs: 30_000,
  })
  // The database's clock cannot be turned; the pause it wrote can.
  await stage.pg.query(`UPDATE "RolloutItem" SET "retryAt" = now()`)
  expect(await reaches(stage, rolloutId, 'finished')).toMatchObject({ hostsByState: { succeeded: 1 } })
  expect(await stage.db.job.count()).toBe(2)
  expect(agent.acted.size).toBe(1)
})

describe('an operator', () => {
  it('pulls the fleet-wide stop: nothing begins until it is released, and nothing counts as failed', async () => {
    await addHosts(2)
    await startWorker()
    const rolloutId = await readyRollout({ canaryHosts: 0 })
    agent.script.beforeReady = async () => {
      await stage.caller.fleet.pullStop({})
    }
    await approve(stage, rolloutId)
    const waits = await waitFor(
      async () => {
        const states = await statesOf(rolloutId)
        return states.every((state) => state === 'pending') && (await stage.db.job.count()) > 0
          ? true
          : undefined
      },
      { withinMs: 20_000 },
    )
    expect(waits).toBe(true)
    expect(agent.acted.size).toBe(0)
    agent.script.beforeReady = async () => {}
    await stage.caller.fleet.releaseStop({})
    expect(await reaches(stage, rolloutId, 'finished')).toMatchObject({ devicesByState: { converted: 2 } })
  })

  it('aborts: what has written nothing is cancelled at once, the rest never begins', async () => {
    await addHosts(3)
    await startWorker()
    const rolloutId = await readyRollout({ canaryHosts: 0, maxInFlightHosts: 2 })
    let letGo = () => {}
    const held = new Promise<void>((resolve) => {
      letGo = resolve
    })
    agent.script.beforeReady = () => held
    await approve(stage, rolloutId)
    await waitFor(
      async () => ((await stage.db.job.count({ where: { state: 'preflight' } })) === 2 ? true : undefined),
      { withinMs: 20_000 },
    )
    const answer = await stage.caller.rollouts.abort({ rolloutId })
    expect(answer).toMatchObject({ type: 'done', message: expect.stringContaining('In flight: 2 hosts') })
    letGo()
    expect(await reaches(stage, rolloutId, 'aborted')).toMatchObject({
      hostsByState: { cancelled: 2, unstarted: 1 },
    })
    expect(agent.acted.size).toBe(0)
  })

  it('pauses between hosts, skips one, and resumes', async () => {
    const [, second] = await addHosts(3)
    await startWorker()
    const rolloutId = await readyRollout({ canaryHosts: 0, maxInFlightHosts: 1 })
    agent.script.beforeReady = async () => {
      agent.script.beforeReady = async () => {}
      expect(await stage.caller.rollouts.pause({ rolloutId })).toMatchObject({ type: 'done' })
    }
    await approve(stage, rolloutId)
    await waitFor(async () => ((await statesOf(rolloutId))[0] === 'converted' ? true : undefined), {
      withinMs: 20_000,
    })
    expect(await stage.caller.rollouts.get({ rolloutId })).toMatchObject({ state: 'paused' })
    expect(await statesOf(rolloutId)).toEqual(['converted', 'pending', 'pending'])
    const skip = { rolloutId, hostIds: [second?.hostId ?? ''] }
    expect(await stage.caller.rollouts.skip(skip)).toMatchObject({
      type: 'done',
      message: '1 host is skipped.',
    })
    expect(await stage.caller.rollouts.resume({ rolloutId })).toMatchObject({ type: 'done' })
    await reaches(stage, rolloutId, 'finished')
    expect(await statesOf(rolloutId)).toEqual(['converted', 'skipped', 'converted'])
  })

  it('cannot approve a second rollout with the same device while the first is open', async () => {
    await addHosts(1)
    await startWorker()
    const [first, second] = [await readyRollout(), await readyRollout()]
    await stage.caller.fleet.pullStop({})
    await approve(stage, first)
    const { digest, phrase } = await stage.caller.rollouts.get({ rolloutId: second })
    expect(
      await stage.caller.rollouts.approve({ rolloutId: second, digest: digest ?? '', phrase }),
    ).toMatchObject({ type: 'refused', message: expect.stringMatching(/is in the rollout .* already/) })
    const preview = await stage.caller.rollouts.preview({ selector: 'host:*' })
    expect(preview).toMatchObject({ hosts: 0, exclusions: [{ reason: 'busy' }] })
    expect((await stage.caller.rollouts.list({})).rollouts.map(({ state }) => state).toSorted()).toEqual([
      'ready',
      'running',
    ])
  })
})
