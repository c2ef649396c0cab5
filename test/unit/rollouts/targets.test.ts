import { describe, expect, it } from 'vitest'
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
    devices: [device('dax0.0')],
    ...changes,
  }
}

function resolve(text: string, hosts: TargetHost[], kind: RolloutKind = 'convert') {
  const parsed = parseSelector(text)
  if (!parsed.ok) throw new Error(parsed.fault.message)
  const { targets, exclusions, unknownHosts } = resolveTargets(parsed.selector, hosts, kind)
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
