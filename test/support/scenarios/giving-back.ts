import { bindByHand, codesOf, onDeviceDax, type Scenario, whole } from './scenario'
import { DAX, DRIVERS, MEMORY } from './subject'

const restoreWrites = ['release ok', 'offline ok', 'unbind ok', 'bind ok']

/** The way back, with the same hands on the model and on a kernel. */
export const givingBack: Scenario[] = [
  {
    name: 'given back, and the same again',
    run: async (host) => {
      await host.convert(await host.approved())
      return { first: await host.restore(), second: await host.restore() }
    },
    expected: {
      first: { outcome: 'restored', codes: [], end: 'finished', writes: restoreWrites, ...onDeviceDax },
      second: { outcome: 'already', codes: [], end: 'finished', writes: [], ...onDeviceDax },
    },
  },
  {
    name: 'given back where some blocks are offline already',
    run: async (host) => {
      await bindByHand(host)
      for (const id of [33, 34]) await host.write(`${MEMORY}/memory${id}/state`, 'online_movable')
      const { item } = await host.planRestore()
      const planned = item?.writes.find(({ step }) => step === 'offline')?.blocks
      return { planned, told: await host.restore() }
    },
    expected: {
      planned: [[33, 34]],
      told: { outcome: 'restored', codes: [], end: 'finished', writes: restoreWrites, ...onDeviceDax },
    },
  },
  {
    name: 'an id that was left in the list goes, and a write to new_id takes nothing any more',
    run: async (host) => {
      await host.convert(await host.approved())
      await host.write(`${DRIVERS}/kmem/new_id`, DAX)
      const { outcome } = await host.restore()
      await host.write(`${DRIVERS}/device_dax/unbind`, DAX)
      const others = [
        await host.write(`${DRIVERS}/kmem/new_id`, 'dax7.7'),
        await host.write(`${DRIVERS}/kmem/remove_id`, 'dax7.7'),
      ]
      const driver = await host.driver()
      return { outcome, others, driver, back: await host.write(`${DRIVERS}/device_dax/bind`, DAX) }
    },
    expected: { outcome: 'restored', others: ['ok', 'ok'], driver: null, back: 'ok' },
  },
  {
    name: 'blocks in the kernel’s own zone are refused, and tried where that is asked',
    run: async (host) => {
      await host.convert(await host.approved('kernel'))
      const codes = codesOf(await host.planRestore())
      return { codes, tried: await host.restore({ kernelZone: 'try', offlineSeconds: 20 }) }
    },
    expected: {
      codes: ['kernel_zone'],
      tried: { outcome: 'restored', codes: [], end: 'finished', writes: restoreWrites, ...onDeviceDax },
    },
  },
  {
    name: 'below the floor nothing begins',
    run: async (host) => {
      await host.convert(await host.approved())
      return host.restore({ floorBytes: String(2n ** 40n) })
    },
    expected: { outcome: 'refused', codes: ['capacity_floor'], end: 'finished', writes: [], ...whole },
  },
  {
    name: 'a page that nobody can move: interrupted, and all online again; or left, as the policy says',
    run: async (host) => {
      await host.convert(await host.approved())
      const release = await host.pinPage()
      const back = await host.restore({ offlineSeconds: 3 })
      const left = await host.restore({ offlineSeconds: 3, onPartial: 'leave' })
      await release()
      return { back, left: [left.outcome, left.codes, left.driver], after: (await host.restore()).outcome }
    },
    expected: {
      back: {
        outcome: 'failed',
        codes: ['not_offline'],
        end: 'finished',
        writes: ['release ok', 'offline EINTR', 'online ok'],
        ...whole,
      },
      left: ['partial', ['not_offline'], 'kmem'],
      after: 'restored',
    },
  },
  {
    name: 'stopped between ready and the first write, nothing is given back',
    run: async (host) => {
      await host.convert(await host.approved())
      const { item, digest } = await host.planRestore()
      if (item === null || digest === null) throw new Error('There is nothing to give back.')
      const [token, jobId] = [host.token(), host.jobId()]
      const onReady = async () => {
        await host.ask({ protocol: 1, verb: 'abort', params: { jobId, token } })
      }
      const params = { jobId, token, item, digest }
      return host.told(await host.ask({ protocol: 1, verb: 'restore', params }, onReady))
    },
    expected: { outcome: 'cancelled', codes: [], end: 'finished', writes: [], ...whole },
  },
  {
    name: 'stranded: a giving back is refused',
    needsRestart: true,
    run: async (host) => {
      await host.convert(await host.approved())
      const { item, digest } = await host.planRestore()
      await host.write(`${DRIVERS}/kmem/unbind`, DAX)
      const params = { jobId: host.jobId(), token: host.token() }
      if (item === null || digest === null) throw new Error('There is nothing to give back.')
      const told = await host.told(
        await host.ask({ protocol: 1, verb: 'restore', params: { ...params, item, digest } }),
      )
      return { told, codes: codesOf(await host.planRestore()) }
    },
    expected: {
      told: {
        outcome: 'refused',
        codes: ['bound_elsewhere', 'stranded'],
        end: 'finished',
        writes: [],
        driver: null,
        blocks: ['33-39 online Movable'],
      },
      codes: ['stranded'],
    },
  },
]
