import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { setFloors } from '@/server/floors/service'
import type { RunningWorker } from '@/server/worker/worker'
import { createTestStage, type TestStage } from '../../support/caller'
import { onlineBlocks } from '../../support/inspection'
import { addConvertedHost, addReadyHost } from '../../support/jobs'
import { approve, makeRollout, planningAgent, reaches } from '../../support/rollouts'
import type { ScriptedAgent } from '../../support/scripted-agent'
import { startTestWorker } from '../../support/test-worker'

const MiB = 1024n ** 2n
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
  await setFloors(stage, { host: { percent: 10 }, fleet: { percent: 10 } })
  agent = planningAgent()
  running = []
})
afterEach(async () => {
  await Promise.all(running.map((worker) => worker.stop(5_000)))
})

const startWorker = async () => running.push(await startTestWorker(stage, agent))
/** Hosts whose device was converted; each has 1500 MiB available and gives 896 back. */
async function addLenders(number: number): Promise<void> {
  for (let i = 0; i < number; i++) {
    const { hostId } = await addConvertedHost(stage, `lender-${String(++count).padStart(3, '0')}`)
    agent.plug(hostId)
  }
}
const restoreOf = (selector: string, policy: Parameters<typeof makeRollout>[2] = {}) =>
  makeRollout(stage, selector, policy, { kind: 'restore' })
const statesOf = async (rolloutId: string) =>
  (await stage.caller.rollouts.items({ rolloutId })).items.map(({ state }) => state)

describe('a rollout that gives back', () => {
  it('names what it would take away, and gives it back wave by wave, each host looked at again', async () => {
    await addLenders(3)
    await addReadyHost(stage, 'on-device-dax')
    await startWorker()
    const preview = await stage.caller.rollouts.preview({ selector: 'host:*', kind: 'restore' })
    expect(preview).toMatchObject({ hosts: 3, usableBytes: 3n * 896n * MiB })
    expect(preview).toMatchObject({ exclusions: [{ reason: 'not_system_ram', entries: 1 }] })
    const rolloutId = await restoreOf('host:*')
    const ready = await reaches(stage, rolloutId, 'ready')
    expect(ready).toMatchObject({
      kind: 'restore',
      zone: null,
      onPartial: 'roll_back',
      phrase: 'give back 3 devices on 3 hosts',
      gainBytes: -3n * 896n * MiB,
    })
    expect(await stage.caller.rollouts.plan({ rolloutId })).toMatchObject({
      memTotalBeforeBytes: 3n * 2048n * MiB,
      memTotalAfterBytes: 3n * (2048n - 896n) * MiB,
      lostBytes: 0n,
    })
    await approve(stage, rolloutId)
    expect(await reaches(stage, rolloutId, 'finished')).toMatchObject({
      hostsByState: { succeeded: 3 },
      gainedBytes: -3n * 896n * MiB,
    })
    expect(await statesOf(rolloutId)).toEqual(['restored', 'restored', 'restored'])
    expect(await stage.caller.rollouts.progress({ rolloutId })).toMatchObject({ kind: 'restore' })
  })

  it('stops where memory is held, and leaves the next wave alone', async () => {
    await addLenders(3)
    agent.givenBack = { driver: 'kmem', blocks: [onlineBlocks(35, 41)] }
    agent.restoreOutcome = 'failed'
    await startWorker()
    const rolloutId = await restoreOf('host:*')
    await reaches(stage, rolloutId, 'ready')
    await approve(stage, rolloutId)
    expect(await reaches(stage, rolloutId, 'stopped')).toMatchObject({
      reason: 'nothing_converted',
      hostsByState: { failed: 1, unstarted: 2 },
    })
    expect(agent.acted.size).toBe(1)
  })

  it('is discarded where all of it would leave the fleet below its floor, before anybody can approve it', async () => {
    await addLenders(3)
    // 4500 MiB available, 2688 to give back: 1812 would be left.
    await setFloors(stage, { host: { percent: 10 }, fleet: { bytes: 2000n * MiB } })
    await startWorker()
    const rolloutId = await restoreOf('host:*')
    const discarded = await reaches(stage, rolloutId, 'discarded')
    expect(discarded.reason).toBe('fleet_floor')
    expect(discarded.reasonText).toContain('capacity floor')
    const audit = await stage.db.auditEntry.findFirstOrThrow({
      where: { subjectId: rolloutId, action: 'rollout.discarded' },
    })
    expect(audit.detail).toMatchObject({ message: expect.stringContaining('would leave 1.76 GiB') })
  })

  it('is refused at approval where the floor was raised since, and approved once it fits again', async () => {
    await addLenders(2)
    await startWorker()
    const rolloutId = await restoreOf('host:*')
    const { digest, phrase } = await reaches(stage, rolloutId, 'ready')
    await setFloors(stage, { host: { percent: 10 }, fleet: { bytes: 2000n * MiB } })
    const refused = await stage.caller.rollouts.approve({ rolloutId, digest: digest ?? '', phrase })
    expect(refused).toMatchObject({ type: 'refused', message: expect.stringContaining('capacity floor') })
    await setFloors(stage, { host: { percent: 10 }, fleet: { bytes: 1000n * MiB } })
    await approve(stage, rolloutId)
    expect(await reaches(stage, rolloutId, 'finished')).toMatchObject({ hostsByState: { succeeded: 2 } })
  })

  it('wants no zone, as a conversion wants one', async () => {
    const asked = { name: 'x', selector: 'host:*', policy: {} }
    await expect(
      stage.caller.rollouts.create({ ...asked, kind: 'restore', zone: 'movable' }),
    ).rejects.toThrow('giving back has none')
    await expect(stage.caller.rollouts.create(asked)).rejects.toThrow('A conversion needs a zone')
  })
})
