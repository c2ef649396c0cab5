import { afterAll, beforeAll, expect, it } from 'vitest'
import { compact, mostChecked } from '@/server/rollouts/machine/tally'
import { lockRollout } from '@/server/rollouts/rows/load'
import { hostRunStates, itemStates } from '@/server/rollouts/vocabulary'
import { createTestStage, type TestStage } from '../../support/caller'
import { Random } from '../../support/random'
import { easyPolicy } from '../../support/rollouts'

const hostCount = 3 * mostChecked
/** Those that need no plan and no job beside them. */
const closedStates = itemStates.filter((state) => state !== 'pending' && state !== 'running')
let stage: TestStage

beforeAll(async () => {
  stage = await createTestStage()
  await stage.pg.query(
    `WITH host AS (
       INSERT INTO "Host" (id, name, address, port, username, state, "updatedAt")
       SELECT gen_random_uuid(), 'h' || n, 'h' || n || '.test', 22, 'root',
         (CASE WHEN n % 5 = 0 THEN 'unreachable' ELSE 'ready' END)::"HostState", now()
       FROM generate_series(1, $1) n RETURNING id)
     INSERT INTO "Device" (id, "hostId", identity, "daxName", kind, mode, state, "sizeBytes", "onlineBytes",
       "onlineBlocks", "totalBlocks", "usableBytes", "lostBytes", "memmapBytes", blocks, detail)
     SELECT gen_random_uuid(), host.id, 'pmem:' || n, 'dax' || n || '.0', 'pmem', 'devdax', 'system_ram', 1, 1,
       1, 1, 1, 0, 0, '[]', '{}' FROM host, generate_series(0, 1) n`,
    [hostCount],
  )
})
afterAll(() => stage.close())

/** A rollout over all hosts in which anything may be in any state. */
async function anyRollout(random: Random): Promise<string> {
  await stage.db.rollout.deleteMany()
  const rollout = await stage.db.rollout.create({
    data: {
      ...{ name: 'any', selector: 'host:*', zone: 'movable', state: 'running', createdBy: 'ada' },
      ...{ digest: '0'.repeat(64), approvedBy: 'ada', approvedAt: new Date() },
      policy: { ...easyPolicy, maxInFlightHosts: random.whole(1, 40) },
      wave: random.whole(0, 2),
      checkSince: random.next() < 0.7 ? new Date() : null,
    },
  })
  // Most waves are over, or have not begun: otherwise every rollout would be at work in its first.
  const usual = { 0: ['succeeded', 'failed'], 1: [...hostRunStates], 2: ['pending', 'unstarted'] } as const
  const hosts = await stage.db.host.findMany({ include: { devices: true } })
  await stage.db.rolloutHost.createMany({
    data: hosts.map(({ id }, position) => {
      const wave = random.whole(0, 2) as 0 | 1 | 2
      const states = random.next() < 0.02 ? hostRunStates : usual[wave]
      const state = states[random.whole(0, states.length - 1)] ?? 'pending'
      return {
        ...{ rolloutId: rollout.id, hostId: id, position, state },
        wave: state !== 'running' && random.next() < 0.1 ? null : wave,
        startedAt: state === 'running' ? new Date() : null,
        acknowledged: random.next() < 0.3,
        checked: random.next() < 0.5,
      }
    }),
  })
  await stage.db.rolloutItem.createMany({
    data: hosts.flatMap(({ id, devices }) =>
      devices.map((device, position) => ({
        ...{ rolloutId: rollout.id, hostId: id, deviceId: device.id, position },
        state: closedStates[random.whole(0, closedStates.length - 1)] ?? 'converted',
      })),
    ),
  })
  const probing = hosts.filter(() => random.next() < 0.5).map(({ id }) => id)
  await stage.db.host.updateMany({ data: { probeRequestedAt: null } })
  await stage.db.host.updateMany({ where: { id: { in: probing } }, data: { probeRequestedAt: new Date() } })
  return rollout.id
}

it.each(Array.from({ length: 12 }, (_, seed) => seed))(
  'a turn reads of a rollout what it can concern, and counts the others: seed %i',
  async (seed) => {
    const rolloutId = await anyRollout(new Random(seed))
    const [whole, turn] = await stage.db.$transaction(async (tx) => [
      await lockRollout(tx, rolloutId, 'whole'),
      await lockRollout(tx, rolloutId, 'turn'),
    ])
    if (!whole || !turn) throw new Error('The rollout is gone.')
    expect(turn.rollout.rest.length).toBeGreaterThan(0)
    expect(turn.rollout).toEqual(compact(whole.rollout))
  },
)
