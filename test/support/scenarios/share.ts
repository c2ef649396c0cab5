import { bindByHand, codesOf, onDeviceDax, type Scenario, whole } from './scenario'
import { DAX, DRIVERS, MEMORY } from './subject'

const BLOCK = 128n * 1024n ** 2n
const low = { driver: 'kmem', blocks: ['33-36 online Movable', '37-39 offline'] }
const done = { codes: [], end: 'finished' }

/** A share of a device on kmem, with the same hands on the model and on a kernel. */
export const shares: Scenario[] = [
  {
    name: 'a share is given back and brought online again, its driver untouched',
    run: async (host) => {
      await host.convert(await host.approved())
      // Three blocks and a half: never more than was asked.
      const asked = { kind: 'offline', shareBytes: String(3n * BLOCK + BLOCK / 2n) } as const
      const planned = await host.planShare(asked)
      const share = planned.item !== null && 'share' in planned.item ? planned.item.share : null
      const gone = await host.share(asked)
      const again = await host.share({ kind: 'online', zone: 'movable', shareBytes: String(3n * BLOCK) })
      return { verdict: planned.verdict, share, gone, again }
    },
    expected: {
      verdict: 'offlinable',
      share: { askedBytes: String(3n * BLOCK + BLOCK / 2n), blocks: [[37, 39]], bytes: String(3n * BLOCK) },
      gone: { outcome: 'restored', ...done, writes: ['offline ok'], ...low },
      again: { outcome: 'converted', ...done, writes: ['online ok'], ...whole },
    },
  },
  {
    name: 'named blocks: offline, offline already, and online again in the zone asked',
    run: async (host) => {
      await host.convert(await host.approved())
      const first = await host.share({ kind: 'offline', blocks: [[35, 36]] })
      const second = await host.share({ kind: 'offline', blocks: [[36, 36]] })
      const back = await host.share({ kind: 'online', zone: 'movable', blocks: [[35, 36]] })
      return { first, second: [second.outcome, second.writes], back }
    },
    expected: {
      first: {
        outcome: 'restored',
        ...done,
        writes: ['offline ok'],
        driver: 'kmem',
        blocks: ['33-34 online Movable', '35-36 offline', '37-39 online Movable'],
      },
      second: ['already', []],
      back: { outcome: 'converted', ...done, writes: ['online ok'], ...whole },
    },
  },
  {
    name: 'what is no share is refused before anything is written: by size, blocks, zone, floor, and what others changed',
    run: async (host) => {
      const unbound = codesOf(await host.planShare({ kind: 'offline', shareBytes: String(BLOCK) }))
      await host.convert(await host.approved())
      const offline = async (bytes: bigint) =>
        codesOf(await host.planShare({ kind: 'offline', shareBytes: String(bytes) }))
      const planned = {
        unbound,
        tooMuch: await offline(8n * BLOCK),
        tooLittle: await offline(BLOCK - 1n),
        others: codesOf(await host.planShare({ kind: 'offline', blocks: [[0, 1]] })),
        nothingOffline: codesOf(
          await host.planShare({ kind: 'online', zone: 'movable', shareBytes: String(BLOCK) }),
        ),
      }
      const floor = await host.share({
        kind: 'offline',
        shareBytes: String(BLOCK),
        floorBytes: String(2n ** 40n),
      })
      const { item, digest } = await host.planShare({ kind: 'offline', shareBytes: String(BLOCK) })
      if (item === null || digest === null) throw new Error('There is no plan.')
      await host.write(`${MEMORY}/memory39/state`, 'offline')
      const params = { jobId: host.jobId(), token: host.token(), item, digest }
      const stale = await host.told(await host.ask({ protocol: 1, verb: 'offline', params }))
      const zone = await host.share({ kind: 'online', zone: 'kernel', blocks: [[39, 39]] })
      return {
        planned,
        told: [floor, stale, zone].map(({ outcome, codes, writes }) => [outcome, codes, writes]),
      }
    },
    expected: {
      planned: {
        unbound: ['not_system_ram', 'share_too_large'],
        tooMuch: ['share_too_large'],
        tooLittle: ['too_small'],
        others: ['no_such_block'],
        nothingOffline: ['share_too_large'],
      },
      told: [
        ['refused', ['capacity_floor'], []],
        ['refused', ['plan_changed'], []],
        ['refused', ['bound_elsewhere'], []],
      ],
    },
  },
  {
    name: 'a share with a page that nobody can move: interrupted, and all online again',
    run: async (host) => {
      await host.convert(await host.approved())
      const release = await host.pinPage()
      const all = { kind: 'offline', shareBytes: String(7n * BLOCK), offlineSeconds: 3 } as const
      const back = await host.share(all)
      const left = await host.share({ ...all, onPartial: 'leave' })
      await release()
      return { back, left: [left.outcome, left.codes, left.driver] }
    },
    expected: {
      back: {
        outcome: 'failed',
        codes: ['not_offline'],
        end: 'finished',
        writes: ['offline EINTR', 'online ok'],
        ...whole,
      },
      left: ['partial', ['not_offline'], 'kmem'],
    },
  },
  {
    name: 'all of it offline, then the device is given back as ever',
    run: async (host) => {
      await bindByHand(host)
      const online = await host.share({ kind: 'online', zone: 'movable', blocks: [[33, 39]] })
      const offline = await host.share({ kind: 'offline', shareBytes: String(7n * BLOCK) })
      const others = [await host.write(`${DRIVERS}/kmem/new_id`, 'dax7.7'), await host.driver()]
      await host.write(`${DRIVERS}/kmem/remove_id`, 'dax7.7')
      return { online: online.outcome, offline: offline.blocks, others, back: await host.restore() }
    },
    expected: {
      online: 'converted',
      offline: ['33-39 offline'],
      others: ['ok', 'kmem'],
      back: { outcome: 'restored', ...done, writes: ['release ok', 'unbind ok', 'bind ok'], ...onDeviceDax },
    },
  },
  {
    name: 'the policy of the kernel is changed by name, read back, and put back',
    run: async (host) => {
      const path = `${MEMORY}/auto_online_blocks`
      const to = await host.changePolicy('offline', 'online_movable')
      const read = await host.read(path)
      const stale = await host.changePolicy('offline', 'online_kernel')
      const back = await host.changePolicy('online_movable', 'offline')
      const otherBoot = await host.changePolicy('offline', 'online', '00000000-0000-4000-8000-000000000000')
      return { to, read, stale, back, otherBoot, after: await host.read(path), device: DAX }
    },
    expected: {
      to: { type: 'policy', before: 'offline', after: 'online_movable', errnoName: null },
      read: 'online_movable',
      stale: 'plan_changed',
      back: { type: 'policy', before: 'online_movable', after: 'offline', errnoName: null },
      otherBoot: 'rebooted',
      after: 'offline',
      device: DAX,
    },
  },
]
