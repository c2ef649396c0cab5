import { describe, expect, it } from 'vitest'
import type { SimulatedHost } from '@/scripts/lab/simulated/lab'
import type { RolloutShare } from '@/server/plans/schema'
import { Operator } from '@/test/support/operator'
import { useProduct } from '@/test/support/product'
import { putOnKmem } from '@/test/support/put-on-kmem'
import { easyPolicy } from '@/test/support/rollouts'
import { useSimulatedLab } from '@/test/support/simulated-lab'

const FIVE_MINUTES = 300_000
const GIB = 1024n ** 3n

/** Bytes online by device and its driver, as the model's kernel has them now, whatever anybody said. */
function shown({ machine: { machine } }: SimulatedHost) {
  const { bus, memory, spec } = machine
  const online = memory.plugged.reduce(
    (sum, { states }) => sum + BigInt(states.filter((state) => state !== 0).length),
    0n,
  )
  return {
    drivers: [...new Set(bus.devices.map(({ driver }) => driver))],
    onlineBytes: online * spec.blockSizeBytes,
    blockBytes: spec.blockSizeBytes,
  }
}
const wholeBlocks = (bytes: bigint, blockBytes: bigint) => bytes - (bytes % blockBytes)

describe('rollouts of a share, over eight simulated hosts', () => {
  const lab = useSimulatedLab({ count: 8, faults: 0, seed: 'eight that lend a share' })
  const product = useProduct({ env: { OFFLINE_SECONDS: '2' } })
  const operator = new Operator(product)
  const hosts = () => lab().lab.hosts
  const onlineBytes = () => new Map(hosts().map((host) => [host.name, shown(host).onlineBytes]))

  async function carryOut(
    asked: { kind: 'offline' } | { kind: 'online'; zone: 'movable' },
    share: RolloutShare,
  ) {
    const { rollouts } = product().caller
    const policy = { ...easyPolicy, canaryHosts: 0, maxInFlightHosts: 8 }
    const made = await rollouts.create({
      name: asked.kind,
      selector: 'label:lab=yes',
      ...asked,
      share,
      policy,
    })
    if (made.type !== 'created') throw new Error(`${made.type}: ${'message' in made ? made.message : ''}`)
    const { rolloutId } = made
    const ready = await operator.rollout(rolloutId, 'ready')
    const answer = await rollouts.approve({ rolloutId, digest: ready.digest ?? '', phrase: ready.phrase })
    if (answer.type !== 'done') throw new Error(answer.message)
    const finished = await operator.rollout(rolloutId, 'finished')
    return { ready, finished, items: (await rollouts.items({ rolloutId })).items }
  }

  it(
    'give back so much of each host, and the devices stay with kmem',
    async () => {
      for (const host of hosts()) putOnKmem(host.machine.machine, { leavesId: true })
      await Promise.all(hosts().map((host) => operator.enrolAt(lab().reach(host))))
      const before = onlineBytes()
      const share = { bytes: 5n * GIB + 1n, per: 'host' } as const
      const preview = await product().caller.rollouts.preview({
        selector: 'label:lab=yes',
        kind: 'offline',
        share,
      })
      const { ready, finished, items } = await carryOut({ kind: 'offline' }, share)
      expect(ready).toMatchObject({ kind: 'offline', share, zone: null, onPartial: 'roll_back' })
      expect(ready.phrase).toMatch(/^give back \d+ GiB of \d+ devices on \d+ hosts$/)
      let goneBytes = 0n
      for (const host of hosts()) {
        const { onlineBytes: now, blockBytes, drivers } = shown(host)
        const was = before.get(host.name) ?? 0n
        const states = items.filter(({ hostName }) => hostName === host.name).map(({ state }) => state)
        const where = `${host.name}: ${states.join(', ')}; ${was} then, ${now} now, blocks of ${blockBytes}`
        const wanted = wholeBlocks(share.bytes, blockBytes)
        expect(drivers, where).toEqual(['kmem'])
        if (was < wanted) expect(states, where).toEqual([])
        else expect(new Set(states), where).toEqual(new Set(['restored']))
        expect(was - now, where).toBe(was < wanted ? 0n : wanted)
        goneBytes += was - now
      }
      expect(goneBytes).toBeGreaterThan(0n)
      expect(preview).toMatchObject({ usableBytes: goneBytes })
      expect(-finished.gainedBytes).toBe(goneBytes)
      expect(finished.gainBytes).toBe(-goneBytes)
    },
    FIVE_MINUTES,
  )

  it(
    'bring so much of each device online again, and leave out who has less offline',
    async () => {
      const before = onlineBytes()
      const share = { bytes: 2n * GIB, per: 'device' } as const
      const { ready, finished, items } = await carryOut({ kind: 'online', zone: 'movable' }, share)
      expect(ready).toMatchObject({ kind: 'online', share, zone: 'movable', onPartial: null })
      const { entries } = await product().caller.rollouts.leftOut({ rolloutId: ready.id })
      expect(entries).toContainEqual(expect.objectContaining({ reason: 'already_converted' }))
      expect(items.length).toBeGreaterThan(0)
      let comeBytes = 0n
      for (const host of hosts()) {
        const { onlineBytes: now, blockBytes } = shown(host)
        const states = items.filter(({ hostName }) => hostName === host.name).map(({ state }) => state)
        expect(
          states.every((state) => state === 'converted'),
          `${host.name}: ${states.join(', ')}`,
        ).toBe(true)
        const come = now - (before.get(host.name) ?? 0n)
        expect(come, host.name).toBe(BigInt(states.length) * wholeBlocks(share.bytes, blockBytes))
        comeBytes += come
      }
      expect(finished.gainedBytes).toBe(comeBytes)
    },
    FIVE_MINUTES,
  )
})
