import { afterAll, beforeAll, expect, it } from 'vitest'
import { createPool } from '@/server/lib/pg'
import type { RolloutDetail } from '@/server/rollouts/schema'
import { daxctlDevice, meminfo } from '@/test/support/guest-memory'
import { describeWithGuests, type Guest, useGuest } from '@/test/support/guests'
import { Operator } from '@/test/support/operator'
import { eventually, showWorkerOnFailure, useProduct } from '@/test/support/product'
import { easyPolicy } from '@/test/support/rollouts'
import { expectTruth } from '@/test/support/settled'
import { arm, type Point } from '@/test/support/trapdoor'

const BLOCKS_ONLINE = 384n * 1024n * 1024n
const UNBIND: Point = { label: 'write write /sys/bus/dax/drivers/device_dax/unbind dax0.0', nth: 1 }
const nvdimms = [{ sizeMib: 512, namespace: 'devdax' as const }]

describeWithGuests('a rollout over four hosts', () => {
  // In the order of their names, in which the canary is the first.
  const guests = {
    canary: useGuest({ name: 'rollout-1-canary', nvdimms }),
    busy: useGuest({ name: 'rollout-2-busy', nvdimms }),
    loses: useGuest({ name: 'rollout-3-loses-power', nvdimms }),
    orphan: useGuest({ name: 'rollout-4-loses-worker', nvdimms }),
  }
  const product = useProduct({ env: { HOST_LEASE_SECONDS: '5' } })
  const operator = new Operator(product)
  let sql: ReturnType<typeof createPool>
  beforeAll(() => {
    sql = createPool(product().databaseUrl, 1)
  })
  afterAll(() => sql?.end())

  const rollouts = () => product().caller.rollouts
  const comesTo = (rolloutId: string, what: string, holds: (rollout: RolloutDetail) => boolean) => {
    let last: RolloutDetail | undefined
    return eventually(
      () =>
        `the rollout ${what}; it reads ${last?.state} ${JSON.stringify(last?.devicesByState)} ${last?.reason}`,
      async () => {
        last = await rollouts().get({ rolloutId })
        return holds(last) ? last : undefined
      },
    )
  }
  const itemOf = async (rolloutId: string, guest: () => Guest) => {
    const { items } = await rollouts().items({ rolloutId })
    const item = items.find(({ hostName }) => hostName === guest().name)
    if (item === undefined) throw new Error(`${guest().name} is not in the rollout.`)
    return item
  }
  const jobOf = async (rolloutId: string, guest: () => Guest) => {
    const { jobId } = await itemOf(rolloutId, guest)
    return product().caller.jobs.get({ jobId: jobId ?? '' })
  }
  const killWorkerOf = async (hostId: string) => {
    const lease = await sql.query<{ holder: string }>('SELECT holder FROM "HostLease" WHERE "hostId" = $1', [
      hostId,
    ])
    const worker = product().workers.find(({ holder }) => holder === lease.rows[0]?.holder)
    if (worker === undefined) throw new Error(`Nobody is ${lease.rows[0]?.holder}.`)
    await worker.kill()
  }
  let rolloutId = ''
  /** The process that has a device open. */
  let holder = ''
  const before = new Map<string, bigint>()

  it('goes on from a canary to its wave, and tells of each host what its own tools tell', async () => {
    await product().addWorker()
    showWorkerOnFailure(product())
    for (const guest of Object.values(guests)) {
      const host = await operator.enrol(guest())
      before.set(guest().name, host.memTotalBytes ?? 0n)
    }
    const mayFailTwo = { hosts: { count: 2, percent: null }, devices: { count: null, percent: null } }
    const made = await rollouts().create({
      name: 'four',
      selector: 'label:lab=yes kind:pmem state=convertible',
      zone: 'movable',
      policy: {
        ...easyPolicy,
        waves: [{ hosts: 3 }],
        soakSeconds: 1,
        failures: { perWave: mayFailTwo, inAll: mayFailTwo },
      },
    })
    if (made.type !== 'created') throw new Error(JSON.stringify(made))
    rolloutId = made.rolloutId
    const ready = await comesTo(rolloutId, 'is planned', ({ state }) => state === 'ready')
    expect(ready).toMatchObject({
      phrase: 'convert 4 devices on 4 hosts',
      waves: [
        { wave: 0, hosts: 1 },
        { wave: 1, hosts: 3 },
      ],
      gainBytes: 4n * BLOCKS_ONLINE,
    })

    // Between plan and approval a process opens the device of one; two others meet their fate at the unbind.
    holder = await guests.busy().text(['sh', '-c', 'sleep 100000 3<>/dev/dax0.0 >/dev/null 2>&1 & echo $!'])
    const power = await arm(guests.loses(), { at: UNBIND, when: 'after', action: { host: 'power off' } })
    const { hostId: orphanId } = await itemOf(rolloutId, guests.orphan)
    const death = await arm(guests.orphan(), {
      at: UNBIND,
      when: 'after',
      action: () => killWorkerOf(orphanId),
    })
    const approval = { rolloutId, digest: ready.digest ?? '', phrase: ready.phrase }
    expect(await rollouts().approve(approval)).toMatchObject({ type: 'done' })

    await comesTo(rolloutId, 'opens its wave', ({ wave }) => wave === 1)
    expect(await itemOf(rolloutId, guests.canary)).toMatchObject({ wave: 0, state: 'converted' })
    await Promise.all([power.fired, death.fired])
    await death.disarm()
    await comesTo(
      rolloutId,
      'has two of its wave behind it',
      ({ devicesByState }) => devicesByState.converted === 2 && devicesByState.refused === 1,
    )
    // The one without power is not said to have failed, nor to have succeeded, before that is known.
    expect(await itemOf(rolloutId, guests.loses)).toMatchObject({ hostState: 'running', state: 'running' })
    await guests.loses().powerOn()

    const done = await comesTo(rolloutId, 'has ended', ({ endedAt }) => endedAt !== null)
    expect(done).toMatchObject({
      state: 'finished',
      hostsByState: { succeeded: 2, failed: 2 },
      gainedBytes: 2n * BLOCKS_ONLINE,
    })
    expect(await jobOf(rolloutId, guests.busy)).toMatchObject({ state: 'refused', causeCode: 'in_use' })
    for (const guest of Object.values(guests)) {
      const job = await jobOf(rolloutId, guest)
      const { mode } = await expectTruth(guest(), job)
      expect(mode, job.message).toBe(job.state === 'converted' ? 'system-ram' : 'devdax')
      const gained = (await meminfo(guest())).MemTotal - (before.get(guest().name) ?? 0n)
      expect(gained, guest().name).toBe(job.state === 'converted' ? BLOCKS_ONLINE : 0n)
    }
    expect(product().workers.filter((worker) => worker.runs)).toHaveLength(1)
  })

  it('tries again those that failed and no other, and voids the one that is not as it was approved', async () => {
    showWorkerOnFailure(product())
    await guests.busy().text(['kill', holder.trim()])
    const { hostId: restartedId } = await itemOf(rolloutId, guests.loses)
    await operator.ready(restartedId)
    const early = await jobOf(rolloutId, guests.canary)
    expect(await rollouts().retryFailed({ rolloutId })).toMatchObject({ type: 'done' })
    const done = await comesTo(rolloutId, 'has ended again', ({ endedAt }) => endedAt !== null)
    expect(done).toMatchObject({ state: 'finished', hostsByState: { succeeded: 3, void: 1 } })
    expect((await jobOf(rolloutId, guests.canary)).id).toBe(early.id)
    expect(await itemOf(rolloutId, guests.loses)).toMatchObject({ state: 'void', cause: 'rebooted' })
    expect((await daxctlDevice(guests.busy())).mode).toBe('system-ram')
    expect((await daxctlDevice(guests.loses())).mode).toBe('devdax')
  })
})
