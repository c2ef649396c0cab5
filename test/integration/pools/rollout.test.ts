import { describe, expect, it } from 'vitest'
import type { SimulatedHost } from '@/scripts/lab/simulated/lab'
import type { RolloutDetail } from '@/server/rollouts/schema'
import { Operator } from '@/test/support/operator'
import { eventually, useProduct, type WorkerProcess } from '@/test/support/product'
import { easyPolicy } from '@/test/support/rollouts'
import { useSimulatedLab } from '@/test/support/simulated-lab'

const WORKER_SELECTOR = 'label:site=berlin'
const FIVE_MINUTES = 300_000
/** Of eight hosts every other one is in berlin; the first four are converted by one rollout, the rest by another. */
const labelsOf = (index: number) => ({
  site: index % 2 === 0 ? 'berlin' : 'paris',
  batch: index < 4 ? 'one' : 'two',
})

describe('a rollout over the hosts of two pools', { timeout: FIVE_MINUTES }, () => {
  const lab = useSimulatedLab({ count: 8, faults: 0, seed: 'eight in two pools' })
  const product = useProduct({ env: { HOST_LEASE_SECONDS: '5' } })
  const operator = new Operator(product)
  const idOf = new Map<string, string>()
  /** How often the kernel of a host took a device off its driver, by host and device. */
  const unbinds = new Map<string, number>()
  let berlins: WorkerProcess
  let everybodys: WorkerProcess

  /** All eight, entered and labelled, and a worker for those in berlin beside everybody's. */
  async function enrol(): Promise<void> {
    await Promise.all(
      lab().lab.hosts.map(async (host, index) => {
        const { id } = await operator.enrolAt(lab().reach(host))
        const changed = await product().caller.hosts.update({ hostId: id, labels: labelsOf(index) })
        if (changed.type !== 'done') throw new Error(changed.message)
        idOf.set(host.name, id)
        host.machine.machine.onKernelWrite = ({ file, value }) => {
          const device = `${host.name} ${value}`
          if (file === 'device_dax/unbind') unbinds.set(device, (unbinds.get(device) ?? 0) + 1)
        }
      }),
    )
    const [first] = product().workers
    if (first === undefined) throw new Error('There is no worker.')
    everybodys = first
    berlins = await product().addWorker({ WORKER_SELECTOR })
  }

  const inBatch = (batch: string) => lab().lab.hosts.filter((_host, index) => labelsOf(index).batch === batch)
  const isInBerlin = (host: SimulatedHost) => labelsOf(lab().lab.hosts.indexOf(host)).site === 'berlin'

  /** Planned and approved over everything of a batch, all of it at once. */
  async function begin(batch: string): Promise<string> {
    const { rollouts } = product().caller
    const made = await rollouts.create({
      name: batch,
      selector: `label:batch=${batch}`,
      // Some of these kernels online new memory by themselves.
      zone: 'policy',
      policy: { ...easyPolicy, canaryHosts: 0 },
    })
    if (made.type !== 'created') throw new Error(JSON.stringify(made))
    const { digest, phrase } = await operator.rollout(made.rolloutId, 'ready')
    const answer = await rollouts.approve({ rolloutId: made.rolloutId, digest: digest ?? '', phrase })
    if (answer.type !== 'done') throw new Error(answer.message)
    return made.rolloutId
  }

  const itemsOf = async (rolloutId: string, host: SimulatedHost) =>
    (await product().caller.rollouts.items({ rolloutId })).items.filter(
      ({ hostName }) => hostName === host.name,
    )

  /** The workers that carried a host's jobs out, as the audit log has them: a rollout's turn, which makes them, is anybody's. */
  async function workersOf(rolloutId: string, host: SimulatedHost): Promise<Set<string>> {
    const acted = new Set<string>()
    for (const { jobId } of await itemsOf(rolloutId, host)) {
      const { entries } = await product().caller.audit.list({ subjectId: jobId ?? '' })
      for (const { action, actorKind, actorId } of entries)
        if (actorKind === 'worker' && action !== 'job.approved') acted.add(actorId)
    }
    return acted
  }

  /** Every device of the batch is system RAM by its kernel, came there by one unbind, and the rollout says so. */
  async function expectAllConverted(batch: string, finished: RolloutDetail): Promise<void> {
    expect(finished.hostsByState).toEqual({ succeeded: inBatch(batch).length })
    for (const host of inBatch(batch)) {
      const { devices } = host.machine.machine.bus
      const states = (await itemsOf(finished.id, host)).map(({ state }) => state)
      expect([host.name, states]).toEqual([host.name, devices.map(() => 'converted')])
      expect([host.name, devices.map(({ driver }) => driver)]).toEqual([host.name, devices.map(() => 'kmem')])
      for (const { name } of devices) expect([name, unbinds.get(`${host.name} ${name}`)]).toEqual([name, 1])
    }
  }

  it('is carried out on each host by a worker of its pool, and settles', async () => {
    await enrol()
    const finished = await operator.rollout(await begin('one'), 'finished')
    await expectAllConverted('one', finished)
    for (const host of inBatch('one')) {
      const { holder } = isInBerlin(host) ? berlins : everybodys
      expect([host.name, ...(await workersOf(finished.id, host))]).toEqual([host.name, holder])
    }
  })

  it('goes on with the others when the worker of one pool is killed, and settles once another runs', async () => {
    let killed: Promise<void> | undefined
    // The device is on its way off its driver, and stays there until nobody is left who asked for it.
    for (const host of inBatch('two').filter(isInBerlin))
      host.machine.machine.holdInKernel = (path) => {
        if (!path.endsWith('/device_dax/unbind')) return undefined
        killed ??= berlins.kill()
        return killed
      }
    const rolloutId = await begin('two')
    await eventually(
      () => 'the others are done',
      async () => {
        const states = await Promise.all(
          inBatch('two')
            .filter((host) => !isInBerlin(host))
            .map((host) => itemsOf(rolloutId, host)),
        )
        return states.flat().every(({ state }) => state === 'converted') ? true : undefined
      },
    )
    await eventually(
      () => 'the worker of berlin was killed',
      async () => (killed === undefined ? undefined : true),
    )
    await killed
    expect((await product().caller.rollouts.get({ rolloutId })).state).toBe('running')

    const next = await product().addWorker({ WORKER_SELECTOR })
    const finished = await operator.rollout(rolloutId, 'finished')
    await expectAllConverted('two', finished)
    const acted = await Promise.all(
      inBatch('two')
        .filter(isInBerlin)
        .map((host) => workersOf(rolloutId, host)),
    )
    expect(new Set(acted.flatMap((each) => [...each]))).toEqual(new Set([berlins.holder, next.holder]))
  })
})
