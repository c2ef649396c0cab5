import { describe, expect, it } from 'vitest'
import type { SimulatedHost } from '@/scripts/lab/simulated/lab'
import { Operator } from '@/test/support/operator'
import { useProduct } from '@/test/support/product'
import { putOnKmem } from '@/test/support/put-on-kmem'
import { easyPolicy } from '@/test/support/rollouts'
import { useSimulatedLab } from '@/test/support/simulated-lab'

const FIVE_MINUTES = 300_000

/** As the model's kernel has it now, whatever anybody said. */
function shown({ machine: { machine } }: SimulatedHost) {
  const { bus, memory } = machine
  const online = memory.plugged.reduce(
    (sum, { states }) => sum + states.filter((state) => state !== 0).length,
    0,
  )
  return { drivers: [...new Set(bus.devices.map(({ driver }) => driver))], online, ids: bus.ids.kmem.size }
}

describe('a rollout that gives back, over twenty simulated hosts of which seven have a fault', () => {
  const lab = useSimulatedLab({ count: 20, faults: 0.35, seed: 'twenty lenders 2074' })
  const product = useProduct({ env: { OFFLINE_SECONDS: '2' } })
  const operator = new Operator(product)

  it(
    'settles each as its kernel reads, floors held, and what it says it took is what is gone',
    async () => {
      const { rollouts } = product().caller
      const before = new Map<string, { total: bigint; online: number }>()
      for (const host of lab().lab.hosts) {
        const { machine } = host.machine
        putOnKmem(machine, { leavesId: true })
        before.set(host.name, { total: machine.figures.total(), online: shown(host).online })
      }
      await product().addWorker()
      await Promise.all(
        lab()
          .lab.hosts.filter(({ fault }) => fault !== 'unreachable')
          .map((host) => operator.enrolAt(lab().reach(host))),
      )
      const made = await rollouts.create({
        name: 'all of it back',
        selector: 'label:lab=yes',
        kind: 'restore',
        policy: { ...easyPolicy, canaryHosts: 0, maxInFlightHosts: 20 },
      })
      if (made.type !== 'created') throw new Error(JSON.stringify(made))
      const { rolloutId } = made
      const ready = await operator.rollout(rolloutId, 'ready')
      await rollouts.approve({ rolloutId, digest: ready.digest ?? '', phrase: ready.phrase })
      const finished = await operator.rollout(rolloutId, 'finished')
      const { items } = await rollouts.items({ rolloutId })
      let goneBytes = 0n
      for (const host of lab().lab.hosts) {
        const { machine } = host.machine
        const was = before.get(host.name)
        const states = [
          ...new Set(items.filter(({ hostName }) => hostName === host.name).map(({ state }) => state)),
        ]
        const now = shown(host)
        const where = `${host.name}, ${host.fault}: ${states.join(', ')} ${JSON.stringify(items.find(({ hostName }) => hostName === host.name)?.cause)}; ${JSON.stringify(now)}`
        if (host.fault === 'wrong_key' || host.fault === 'garbage' || host.fault === 'unreachable') {
          expect(now.online, where).toBe(was?.online)
        } else if (host.fault === 'busy') {
          expect(states, where).toContain('failed')
          expect(now, where).toMatchObject({ drivers: ['kmem'], online: was?.online, ids: 0 })
        } else {
          expect(now, where).toEqual({ drivers: ['device_dax'], online: 0, ids: 0 })
          if (host.fault !== 'reboot') {
            expect(states, where).toEqual(['restored'])
            goneBytes += (was?.total ?? 0n) - machine.figures.total()
          }
        }
      }
      expect(-finished.gainedBytes).toBe(goneBytes)
    },
    FIVE_MINUTES,
  )
})
