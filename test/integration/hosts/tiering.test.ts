import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Inspection } from '@/agents/protocol'
import { hostsSay, settingQuery } from '@/app/_lib/tiering-words'
import { recordInspection } from '@/server/hosts/record-probe'
import { createTestStage, type TestStage } from '@/test/support/caller'
import { addHost } from '@/test/support/fleet'
import { inspectionOf } from '@/test/support/inspection'

const tiering = (demotionEnabled: boolean | null, numaBalancing: number | null): Inspection['tiering'] => ({
  tiers: [
    { tier: 4, nodes: [0] },
    { tier: 22, nodes: [1] },
  ],
  demotionEnabled,
  numaBalancing,
})

let stage: TestStage
beforeAll(async () => {
  stage = await createTestStage()
  const hosts: [string, Partial<Inspection>][] = [
    ['on-a', { tiering: tiering(true, 2) }],
    ['on-b', { tiering: tiering(true, 2) }],
    ['on-c', { tiering: tiering(true, 1) }],
    ['off', { tiering: tiering(false, 2) }],
    ['old', { tiering: { tiers: [], demotionEnabled: null, numaBalancing: null } }],
    // Nothing to tier: it is no outlier among those that have memory devices.
    ['plain', { tiering: tiering(false, 0), devices: [] }],
  ]
  for (const [name, changes] of hosts)
    await recordInspection(stage, await addHost(stage, name), inspectionOf(name, changes))
  await addHost(stage, 'unread')
})
afterAll(() => stage.close())

const names = async (query: string) => {
  const { hosts, queryError } = await stage.caller.hosts.list({ query })
  expect(queryError).toBeNull()
  return hosts.map(({ name }) => name).sort()
}

describe('tiering, compared across the fleet', () => {
  it('counts what hosts with memory devices are set to, the commonest first', async () => {
    const { hosts, settings } = await stage.caller.hosts.tiering()
    expect(hosts).toBe(5)
    expect(Object.fromEntries(settings.map(({ setting, values }) => [setting, values]))).toMatchObject({
      demotion: [
        { value: 'on', hosts: 3 },
        { value: 'off', hosts: 1 },
        { value: 'unknown', hosts: 1 },
      ],
      balancing: [
        { value: 'tiering', hosts: 3 },
        { value: 'on', hosts: 1 },
        { value: 'unknown', hosts: 1 },
      ],
      tiers: [
        { value: '2', hosts: 4 },
        { value: 'unknown', hosts: 1 },
      ],
    })
    expect(hostsSay('demotion', 'off', 1)).toBe('1 host has demotion off')
    expect(hostsSay('demotion', 'off', 14)).toBe('14 hosts have demotion off')
  })

  it('leads from every count to exactly the hosts that were counted', async () => {
    const { settings } = await stage.caller.hosts.tiering()
    for (const { setting, values } of settings) {
      for (const { value, hosts } of values)
        expect(await names(settingQuery(setting, value)), `${setting} ${value}`).toHaveLength(hosts)
    }
    expect(await names(settingQuery('demotion', 'off'))).toEqual(['off'])
  })

  it('filters by setting, negated too, and says what it does not know', async () => {
    expect(await names('demotion:on balancing:on')).toEqual(['on-c'])
    expect(await names('demotion!=on,off')).toEqual(['old', 'unread'])
    expect((await stage.caller.hosts.list({ query: 'demotion:maybe' })).queryError).toBe(
      'maybe is no value of demotion. It is one of on, off, unknown.',
    )
    expect((await stage.caller.hosts.list({ query: 'tiers:many' })).queryError).toBe(
      'many is no value of tiers. It is a number, or unknown.',
    )
  })

  it('is shown on the host’s own page', async () => {
    const { hosts } = await stage.caller.hosts.list({ query: 'name:on-a' })
    expect(await stage.caller.hosts.get({ hostId: hosts[0]?.id ?? '' })).toMatchObject({
      tiering: { tiers: [{ tier: 4 }, { tier: 22 }], demotionEnabled: true, numaBalancing: 2 },
    })
  })
})
