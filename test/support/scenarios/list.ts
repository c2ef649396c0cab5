import { givingBack } from './giving-back'
import { bindByHand, codesOf, onDeviceDax, type Scenario, whole } from './scenario'
import { shares } from './share'
import { changed, DAX, DRIVERS, MEMORY } from './subject'

const nothing = { outcome: null, codes: [], writes: [] }
const refused = (...codes: string[]) => ({
  outcome: 'refused',
  codes,
  end: 'finished',
  writes: [],
  ...onDeviceDax,
})
const allWrites = ['claim ok', 'unbind ok', 'bind ok', 'release ok', 'online ok']

/**
 * What both the model and a real kernel must make of the same hands. The one list stands for both: where it fails on a
 * real kernel, the model is wrong as well.
 */
export const scenarios: Scenario[] = [
  {
    name: 'a device is read: its size, ranges and what it will yield',
    run: async (host) => {
      const { sizeBytes, alignBytes, kind, mode, driver, ranges, targetNode, prediction, refusals } =
        await host.device()
      return { sizeBytes, alignBytes, kind, mode, driver, ranges, targetNode, prediction, refusals }
    },
    expected: {
      sizeBytes: '1054867456',
      alignBytes: '2097152',
      kind: 'pmem',
      mode: 'devdax',
      driver: 'device_dax',
      ranges: [{ start: '4313841664', end: '5368709119' }],
      targetNode: 1,
      prediction: {
        usableBytes: '939524096',
        lostBytes: '115343360',
        memmapBytes: '14680064',
        memmapFrom: 'normal',
        blockCount: 7,
        blocks: [[33, 39]],
      },
      refusals: [],
    },
  },
  {
    name: 'a plain conversion, then the same plan again',
    run: async (host) => {
      const approved = await host.approved()
      const first = await host.convert(approved)
      const second = await host.convert(approved)
      const { verdict, item } = await host.plan()
      return { first, second, verdict, writes: item?.writes }
    },
    expected: {
      first: { outcome: 'converted', codes: [], end: 'finished', writes: allWrites, ...whole },
      second: { outcome: 'already', codes: [], end: 'finished', writes: [], ...whole },
      verdict: 'already',
      writes: [],
    },
  },
  {
    name: 'to the kernel zone',
    run: async (host) => host.convert(await host.approved('kernel')),
    expected: {
      outcome: 'converted',
      codes: [],
      end: 'finished',
      writes: allWrites,
      driver: 'kmem',
      blocks: ['33-39 online Normal'],
    },
  },
  {
    name: 'a device without a driver',
    run: async (host) => {
      const approved = await host.approved()
      const unbound = await host.write(`${DRIVERS}/device_dax/unbind`, DAX)
      return { unbound, codes: codesOf(await host.plan()), told: await host.convert(approved) }
    },
    expected: {
      unbound: 'ok',
      codes: ['bound_elsewhere'],
      told: {
        ...refused('bound_elsewhere'),
        driver: null,
      },
    },
  },
  {
    name: 'a device that a process has open',
    run: async (host) => {
      const approved = await host.approved()
      const release = await host.openDevice()
      const codes = codesOf(await host.plan())
      const told = await host.convert(approved)
      await release()
      return { codes, told, after: codesOf(await host.plan()) }
    },
    expected: { codes: ['in_use'], told: refused('in_use'), after: [] },
  },
  {
    name: 'the lock is held by another',
    run: async (host) => {
      const approved = await host.approved()
      const fence = { protocol: 1, verb: 'fence' as const, params: { token: host.token() } }
      let found: unknown
      // A conversion that waits for its go holds the lock; what becomes of it hangs on how long the others take.
      const onReady = async () => {
        const [told, fenced] = await Promise.all([host.convert(approved), host.ask(fence)])
        found = { told, fenced: fenced.at(-1)?.type }
      }
      await host.convert(approved, { onReady })
      return found
    },
    expected: { told: refused('locked'), fenced: 'held' },
  },
  {
    name: 'a digest that is not the item’s, an item of another machine, a device that is not here',
    run: async (host) => {
      const approved = await host.approved()
      const other = { ...approved, digest: '0'.repeat(64) }
      return {
        digest: await host.convert(other),
        machine: await host.convert(changed(approved, { machineId: '0'.repeat(32) })),
        device: (await host.convert(changed(approved, { deviceId: 'pmem:another' }))).codes,
        boot: (await host.convert(changed(approved, { bootId: 'an-earlier-one' }))).codes,
      }
    },
    expected: {
      digest: { ...nothing, end: 'bad_request', ...onDeviceDax },
      machine: refused('identity_changed'),
      device: ['device_gone'],
      boot: ['rebooted'],
    },
  },
  {
    name: 'the policy was changed since the plan',
    run: async (host) => {
      const approved = await host.approved()
      const changing = await host.write(`${MEMORY}/auto_online_blocks`, 'online')
      const told = await host.convert(approved)
      await host.write(`${MEMORY}/auto_online_blocks`, 'offline')
      return { changing, told, wrong: await host.write(`${MEMORY}/auto_online_blocks`, 'sometimes') }
    },
    expected: { changing: 'ok', told: refused('plan_changed', 'auto_online_conflict'), wrong: 'EINVAL' },
  },
  {
    name: 'asked to stop after ready',
    run: async (host) => {
      const [token, jobId] = [host.token(), host.jobId()]
      const onReady = async () => {
        await host.ask({ protocol: 1, verb: 'abort', params: { jobId, token } })
      }
      return host.convert(await host.approved(), { token, jobId, onReady })
    },
    expected: { outcome: 'cancelled', codes: [], end: 'finished', writes: [], ...onDeviceDax },
  },
  {
    name: 'a kernel that onlines to Movable by itself',
    setting: { autoOnline: 'online_movable' },
    run: async (host) => host.convert(await host.approved()),
    expected: { outcome: 'converted', codes: [], end: 'finished', writes: allWrites, ...whole },
  },
  {
    name: 'a kernel that onlines by itself where it likes',
    setting: { autoOnline: 'online' },
    run: async (host) => ({
      movable: codesOf(await host.plan('movable')),
      policy: await host.convert(await host.approved('policy')),
    }),
    expected: {
      movable: ['auto_online_conflict'],
      policy: {
        outcome: 'converted',
        codes: [],
        end: 'finished',
        writes: ['claim ok', 'unbind ok', 'bind ok', 'release ok'],
        driver: 'kmem',
        blocks: ['33-39 online Normal'],
      },
    },
  },
  {
    name: 'kmem is not loaded yet',
    setting: { kmem: 'loadable' },
    run: async (host) => host.convert(await host.approved()),
    expected: {
      outcome: 'converted',
      codes: [],
      end: 'finished',
      writes: ['claim ok', ...allWrites],
      ...whole,
    },
  },
  {
    name: 'there is no kmem',
    setting: { kmem: 'missing' },
    run: async (host) => codesOf(await host.plan()),
    expected: ['kmem_missing'],
  },
  {
    name: 'bound by hand with some blocks online: only the rest is written',
    run: async (host) => {
      const byHand = await bindByHand(host)
      for (const id of [33, 34, 35])
        byHand.push(await host.write(`${MEMORY}/memory${id}/state`, 'online_movable'))
      const before = await host.state()
      return { byHand, before, told: await host.convert(await host.approved()) }
    },
    expected: {
      byHand: ['ok', 'ok', 'ok', 'ok', 'ok', 'ok'],
      before: { driver: 'kmem', blocks: ['33-35 online Movable', '36-39 offline'] },
      told: { outcome: 'converted', codes: [], end: 'finished', writes: ['online ok'], ...whole },
    },
  },
  {
    name: 'what the kernel says to writes that make no sense',
    run: async (host) => ({
      id: await host.write(`${DRIVERS}/kmem/new_id`, 'nonsense'),
      unknownId: await host.write(`${DRIVERS}/kmem/remove_id`, 'dax7.7'),
      notListed: await host.write(`${DRIVERS}/kmem/bind`, DAX),
      bound: await host.write(`${DRIVERS}/device_dax/bind`, DAX),
      unknown: await host.write(`${DRIVERS}/device_dax/unbind`, 'dax7.7'),
      notIts: await host.write(`${DRIVERS}/kmem/unbind`, DAX),
      state: await host.write(`${MEMORY}/memory1/state`, 'sideways'),
      again: await host.write(`${MEMORY}/memory1/state`, 'online'),
      first: await host.write(`${MEMORY}/memory0/state`, 'offline'),
      ...(await host.state()),
    }),
    expected: {
      id: 'EINVAL',
      unknownId: 'ok',
      notListed: 'ENODEV',
      bound: 'EBUSY',
      unknown: 'ENODEV',
      notIts: 'ENODEV',
      state: 'EINVAL',
      again: 'EINVAL',
      first: 'EINVAL',
      ...onDeviceDax,
    },
  },
  {
    name: 'a write to new_id takes every device without a driver whose id is listed',
    run: async (host) => {
      const writes = [
        await host.write(`${DRIVERS}/kmem/new_id`, DAX),
        await host.write(`${DRIVERS}/device_dax/unbind`, DAX),
      ]
      const between = await host.driver()
      writes.push(await host.write(`${DRIVERS}/kmem/new_id`, 'dax7.7'))
      const after = await host.state()
      writes.push(await host.write(`${DRIVERS}/kmem/remove_id`, DAX))
      writes.push(await host.write(`${DRIVERS}/kmem/remove_id`, 'dax7.7'))
      return { writes, between, after }
    },
    expected: {
      writes: ['ok', 'ok', 'ok', 'ok', 'ok'],
      between: null,
      after: { driver: 'kmem', blocks: ['33-39 offline'] },
    },
  },
  {
    name: 'tokens: an older one comes too late, another installation is refused, adopted it acts',
    run: async (host) => {
      const approved = await host.approved()
      const [older, newer] = [host.token(), host.token()]
      const fenced = await host.ask({ protocol: 1, verb: 'fence', params: { token: newer } })
      const late = (await host.convert(approved, { token: older })).codes
      const theirs = { installationId: 'elsewhere', epoch: '1' }
      const strange = (await host.convert(approved, { token: theirs })).codes
      const adopt = (token: typeof newer, from: typeof newer) =>
        host.ask({ protocol: 1, verb: 'adopt', params: { token, from } })
      const adopted = (await adopt(theirs, newer)).at(-1)?.type
      const back = (await adopt(host.token(), theirs)).at(-1)?.type
      return { fenced: fenced.at(-1)?.type, late, strange, adopted, back }
    },
    expected: {
      fenced: 'fenced',
      late: ['stale_token'],
      strange: ['other_installation'],
      adopted: 'adopted',
      back: 'adopted',
    },
  },
  {
    name: 'a job that nobody knows: nothing to attach to, and the kernel alone tells',
    run: async (host) => {
      const [approved, jobId] = [await host.approved(), host.jobId()]
      const attached = await host.ask({ protocol: 1, verb: 'attach', params: { jobId, fromLine: 1 } })
      const params = { jobId, token: host.token(), ...approved, fromLine: 1 }
      return {
        attached: (await host.told(attached)).end,
        recovered: await host.told(await host.ask({ protocol: 1, verb: 'recover', params })),
      }
    },
    expected: {
      attached: 'no_journal',
      recovered: { outcome: 'failed', codes: [], end: 'finished', writes: ['release ok'], ...onDeviceDax },
    },
  },
  {
    name: 'left without a driver half-way, and taken up again',
    run: async (host) => {
      const [approved, jobId] = [await host.approved(), host.jobId()]
      await host.write(`${DRIVERS}/kmem/new_id`, DAX)
      await host.write(`${DRIVERS}/device_dax/unbind`, DAX)
      const params = { jobId, token: host.token(), ...approved, fromLine: 1 }
      return host.told(await host.ask({ protocol: 1, verb: 'recover', params }))
    },
    expected: {
      outcome: 'converted',
      codes: [],
      end: 'finished',
      // A write to new_id takes the device at once: there is nothing left to bind.
      writes: ['claim ok', 'release ok', 'online ok'],
      ...whole,
    },
  },
  ...givingBack,
  ...shares,
  {
    name: 'stranded: kmem let go of it with blocks online',
    needsRestart: true,
    run: async (host) => {
      await host.convert(await host.approved())
      const unbound = await host.write(`${DRIVERS}/kmem/unbind`, DAX)
      const state = await host.state()
      const { stranded, refusals } = await host.device()
      const backs = [
        await host.write(`${DRIVERS}/device_dax/bind`, DAX),
        await host.write(`${DRIVERS}/kmem/new_id`, DAX),
        await host.write(`${DRIVERS}/kmem/bind`, DAX),
        await host.write(`${DRIVERS}/kmem/remove_id`, DAX),
        await host.write(`${MEMORY}/memory33/state`, 'offline'),
      ]
      return { unbound, state, stranded, codes: codesOf({ refusals }), backs, after: await host.state() }
    },
    expected: {
      unbound: 'ok',
      state: { driver: null, blocks: ['33-39 online Movable'] },
      stranded: true,
      codes: ['stranded'],
      backs: ['EBUSY', 'ok', 'EBUSY', 'ok', 'ok'],
      after: { driver: null, blocks: ['33 offline', '34-39 online Movable'] },
    },
  },
]
