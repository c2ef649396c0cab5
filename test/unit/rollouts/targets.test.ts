import { describe, expect, it } from 'vitest'
import type { RolloutShare } from '@/server/plans/schema'
import type { RolloutKind } from '@/server/plans/vocabulary'
import { resolveTargets, type TargetDevice, type TargetHost } from '@/server/rollouts/targets/resolve'
import { parseSelector } from '@/server/rollouts/targets/selector'

function device(daxName: string, changes: Partial<TargetDevice> = {}): TargetDevice {
  return {
    deviceId: `id of ${daxName}`,
    daxName,
    identity: `pmem:${daxName}`,
    kind: 'pmem',
    state: 'convertible',
    sizeBytes: 1n << 37n,
    usableBytes: 1n << 37n,
    onlineBytes: 0n,
    refusals: [],
    health: 'ok',
    busy: false,
    ...changes,
  }
}

function host(name: string, changes: Partial<TargetHost> = {}): TargetHost {
  return {
    hostId: `id of ${name}`,
    name,
    address: '192.0.2.7',
    kernelRelease: '6.12.107',
    labels: { rack: 'r12' },
    state: 'ready',
    standing: 'ready',
    stateMessage: '',
    stateNext: '',
    blockSizeBytes: 1n << 31n,
    devices: [device('dax0.0')],
    ...changes,
  }
}

function resolve(text: string, hosts: TargetHost[], kind: RolloutKind = 'convert', share?: RolloutShare) {
  const parsed = parseSelector(text)
  if (!parsed.ok) throw new Error(parsed.fault.message)
  const { targets, exclusions, unknownHosts } = resolveTargets(parsed.selector, hosts, { kind, share })
  return {
    targets,
    taken: targets.flatMap((each) => each.devices.map(({ daxName }) => `${each.host.name} ${daxName}`)),
    left: exclusions.map(({ hostName, daxName, reason }) => `${hostName} ${daxName}: ${reason}`),
    unknownHosts,
    exclusions,
  }
}

describe('resolving a selector', () => {
  it('takes what matches, in the order of names, numbers as numbers', () => {
    const devices = [device('dax10.0'), device('dax2.0')]
    const { taken, left } = resolve('label:rack=r12', [host('b', { devices }), host('a')])
    expect(taken).toEqual(['a dax0.0', 'b dax2.0', 'b dax10.0'])
    expect(left).toEqual([])
  })

  it('takes what is system RAM, whole or in part, where memory is given back, and counts what is online', () => {
    const devices = [
      device('dax0.0', { state: 'system_ram', onlineBytes: 1n << 36n }),
      device('dax1.0', { state: 'partial', onlineBytes: 1n << 35n }),
      device('dax2.0'),
      device('dax3.0', { state: 'incompatible' }),
      device('dax4.0', { state: 'stranded' }),
      device('dax5.0', { state: 'unbound' }),
      device('dax6.0', { state: 'system_ram', busy: true }),
    ]
    const { taken, left, targets } = resolve('host:*', [host('mixed', { devices })], 'restore')
    expect(taken).toEqual(['mixed dax0.0', 'mixed dax1.0'])
    expect(targets[0]?.devices.map(({ usableBytes }) => usableBytes)).toEqual([1n << 36n, 1n << 35n])
    expect(left).toEqual([
      'mixed dax2.0: not_system_ram',
      'mixed dax3.0: not_system_ram',
      'mixed dax4.0: failed',
      'mixed dax5.0: failed',
      'mixed dax6.0: busy',
    ])
  })

  it('lists what it names and leaves out, each with its reason', () => {
    const { taken, left } = resolve('host:*', [
      host('away', { state: 'unreachable', stateMessage: 'No route.', stateNext: 'Wait.' }),
      host('strange', { state: 'foreign' }),
      host('unsure', { state: 'quarantined' }),
      host('unreviewed', { state: 'key_review', devices: [] }),
      host('bare', { devices: [] }),
      host('mixed', {
        devices: [
          device('dax0.0', { state: 'system_ram' }),
          device('dax1.0', { state: 'incompatible' }),
          device('dax2.0', { state: 'stranded' }),
          device('dax3.0', { busy: true }),
          device('dax4.0', { state: 'gone' }),
          device('dax5.0'),
        ],
      }),
    ])
    expect(taken).toEqual(['mixed dax5.0'])
    expect(left).toEqual([
      'away dax0.0: unreachable',
      'bare null: no_device',
      'mixed dax0.0: already_converted',
      'mixed dax1.0: incompatible',
      'mixed dax2.0: failed',
      'mixed dax3.0: busy',
      'strange dax0.0: foreign',
      'unreviewed null: key_not_reviewed',
      'unsure dax0.0: quarantined',
    ])
  })

  it('says the refusal of the agent where there is one', () => {
    const refusals = [{ message: 'dax0.0 has bad blocks.', next: 'Repair it.' }]
    const { exclusions } = resolve('host:*', [
      host('a', { devices: [device('dax0.0', { state: 'incompatible', refusals })] }),
    ])
    expect(exclusions[0]).toMatchObject({ message: 'dax0.0 has bad blocks.', next: 'Repair it.' })
  })

  it('leaves out nothing that it never named', () => {
    const hosts = [host('a', { labels: { rack: 'r13' }, state: 'unreachable' }), host('b')]
    expect(resolve('label:rack=r12 kind:cxl', hosts)).toMatchObject({ taken: [], left: [] })
  })

  it('names the names that nobody bears', () => {
    expect(resolve('a b-* c', [host('a')]).unknownHosts).toEqual(['b-*', 'c'])
  })
})

const GIB = 1n << 30n
const lender = (daxName: string, onlineGib: bigint, changes: Partial<TargetDevice> = {}) =>
  device(daxName, { state: 'system_ram', usableBytes: 64n * GIB, onlineBytes: onlineGib * GIB, ...changes })
const half = (daxName: string, onlineGib: bigint) => lender(daxName, onlineGib, { state: 'partial' })
const parts = ({ targets }: ReturnType<typeof resolve>) =>
  targets.flatMap(({ host, devices }) =>
    devices.map(({ daxName, shareBytes = 0n, usableBytes }) => {
      expect(usableBytes).toBe(shareBytes)
      return `${host.name} ${daxName}: ${shareBytes / GIB}`
    }),
  )

describe('a share', () => {
  it('is asked of each device, in whole blocks, and who has less is left out with what it has', () => {
    const hosts = [host('a', { devices: [lender('dax0.0', 64n), half('dax1.0', 10n), half('dax2.0', 0n)] })]
    const resolved = resolve('host:*', hosts, 'offline', { bytes: 17n * GIB, per: 'device' })
    expect(parts(resolved)).toEqual(['a dax0.0: 16'])
    expect(resolved.left).toEqual(['a dax2.0: not_system_ram', 'a dax1.0: share_too_large'])
    expect(resolved.exclusions[1]).toMatchObject({
      message: 'Only 10 GiB of dax1.0 on a are online; 16 GiB are asked.',
      next: 'Ask for 10 GiB or less in a rollout of its own.',
    })
  })

  it('is taken from the devices of each host in their order, and those that are not needed are named', () => {
    const devices = [lender('dax10.0', 64n), half('dax2.0', 10n), lender('dax9.0', 64n)]
    const hosts = [host('a', { devices }), host('b', { devices: [half('dax0.0', 30n)] })]
    const resolved = resolve('host:*', hosts, 'offline', { bytes: 40n * GIB, per: 'host' })
    expect(parts(resolved)).toEqual(['a dax2.0: 10', 'a dax9.0: 30'])
    expect(resolved.left).toEqual(['a dax10.0: not_needed', 'b dax0.0: share_too_large'])
  })

  it('comes online from what is offline on kmem, and from nothing else', () => {
    const devices = [half('dax0.0', 60n), half('dax1.0', 0n), lender('dax2.0', 64n), device('dax3.0')]
    const resolved = resolve('host:*', [host('a', { devices })], 'online', { bytes: 8n * GIB, per: 'host' })
    expect(parts(resolved)).toEqual(['a dax0.0: 4', 'a dax1.0: 4'])
    expect(resolved.left).toEqual(['a dax2.0: already_converted', 'a dax3.0: not_system_ram'])
  })

  it('of less than a memory block is none', () => {
    const hosts = [host('a', { devices: [lender('dax0.0', 64n)] })]
    const { taken, exclusions } = resolve('host:*', hosts, 'offline', { bytes: GIB, per: 'device' })
    expect(taken).toEqual([])
    expect(exclusions).toMatchObject([{ reason: 'share_too_small', next: 'Ask for 2 GiB or more.' }])
  })
})

it('leaves out what is not healthy enough to become RAM, and gives it back all the same', () => {
  const devices = [
    device('dax0.0', { health: 'block' }),
    device('dax1.0', { health: 'warn' }),
    half('dax2.0', 30n),
    { ...half('dax3.0', 30n), health: 'block' as const },
  ]
  const hosts = [host('a', { devices })]
  expect(resolve('host:*', hosts).left).toEqual(['a dax0.0: unhealthy', 'a dax3.0: unhealthy'])
  expect(resolve('host:*', hosts, 'restore').taken).toEqual(['a dax2.0', 'a dax3.0'])
  const share = { bytes: 2n * GIB, per: 'device' as const }
  expect(resolve('host:*', hosts, 'online', share).left).toContain('a dax3.0: unhealthy')
  expect(resolve('host:*', hosts, 'offline', share).taken).toEqual(['a dax2.0', 'a dax3.0'])
})
