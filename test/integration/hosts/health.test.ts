import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { HealthFact, PlanResult } from '@/agents/protocol'
import { recordInspection } from '@/server/hosts/record-probe'
import { digestOf } from '@/server/plans/digest'
import { recordPlan } from '@/server/plans/record-plan'
import { requestPlan } from '@/server/plans/request-plan'
import { getPlan } from '@/server/plans/view'
import { createTestStage, type TestStage } from '@/test/support/caller'
import { addHost } from '@/test/support/fleet'
import { firstHealthPolicy } from '@/test/support/health-policy'
import { daxDevice, inspectionOf } from '@/test/support/inspection'
import { planResult } from '@/test/support/jobs'

const fact = (name: HealthFact['fact'], value: number, of = 'nmem0'): HealthFact => ({
  fact: name,
  of,
  value,
  detail: '',
  source: '/usr/bin/ndctl list -DH',
})

let stage: TestStage
const hosts = new Map<string, string>()
beforeAll(async () => {
  stage = await createTestStage()
  const told: [string, HealthFact[]][] = [
    ['well', [fact('life_used', 3), fact('health_state', 0)]],
    ['worn', [fact('life_used', 96)]],
    ['dying', [fact('life_used', 96), fact('health_state', 3)]],
    ['silent', []],
    ['deaf', [fact('unreadable', 1)]],
  ]
  for (const [name, health] of told) {
    const hostId = await addHost(stage, name)
    hosts.set(name, hostId)
    await recordInspection(stage, hostId, inspectionOf(name, { devices: [{ ...daxDevice(), health }] }))
  }
})
afterAll(() => stage.close())

const idOf = (name: string) => hosts.get(name) ?? ''
const names = async (query: string) => {
  const { hosts: found, queryError } = await stage.caller.hosts.list({ query })
  expect(queryError).toBeNull()
  return found.map(({ name }) => name).sort()
}
const deviceOf = async (name: string) => {
  const [device] = (await stage.caller.hosts.get({ hostId: idOf(name) })).devices
  if (device === undefined) throw new Error(name)
  return device
}
const setRules = (changes: Partial<typeof firstHealthPolicy>) =>
  stage.caller.healthPolicy.set({ rules: { ...firstHealthPolicy, ...changes } })

describe('the fleet’s health policy', () => {
  it('begins as it is documented, and judges every device as it was read', async () => {
    expect(await stage.caller.healthPolicy.get()).toMatchObject({
      rules: firstHealthPolicy,
      changedBy: null,
      devices: { unknown: 1, ok: 1, warn: 2, block: 1 },
    })
    expect(await names('health:block')).toEqual(['dying'])
    expect(await names('health:warn,block')).toEqual(['deaf', 'dying', 'worn'])
    expect(await names('health!=warn,block')).toEqual(['silent', 'well'])
    expect(await names('health:unknown')).toEqual(['silent'])
    expect((await stage.caller.hosts.list({ query: 'health:bad' })).queryError).toBe(
      'bad is no health. It is one of unknown, ok, warn, block.',
    )
    expect(await deviceOf('worn')).toMatchObject({
      healthState: 'warn',
      health: [{ fact: 'life_used', value: 96, level: 'warn', source: '/usr/bin/ndctl list -DH' }],
    })
  })

  it('judges all devices anew when it is changed, in the transaction that tells who did', async () => {
    const never = { warnAt: null, blockAt: null }
    const changed = await setRules({ life_used: { warnAt: 1, blockAt: 90 }, unreadable: never })
    expect(changed.devices).toEqual({ unknown: 2, ok: 0, warn: 1, block: 2 })
    expect(await names('health:block')).toEqual(['dying', 'worn'])
    const [entry] = await stage.db.auditEntry.findMany({
      where: { action: 'fleet.health_policy_changed' },
      orderBy: { id: 'desc' },
    })
    expect(entry?.detail).toEqual({
      life_used: 'warns at 95 → warns at 1, blocks at 90',
      unreadable: 'warns at 1 → ignored',
    })
    await setRules({})
    await setRules({})
    expect(await stage.db.auditEntry.count({ where: { action: 'fleet.health_policy_changed' } })).toBe(2)
  })

  it('takes no rule that is milder where it blocks, beyond its scale, of every device, or of none', async () => {
    const wrong = [
      { life_used: { warnAt: 90, blockAt: 80 } },
      { spares: { warnAt: 10, blockAt: 20 } },
      { life_used: { warnAt: 101, blockAt: null } },
      { health_state: { warnAt: 0, blockAt: null } },
      { poison: { warnAt: -1, blockAt: null } },
      { bad_blocks: { warnAt: null, blockAt: null } },
    ]
    for (const rules of wrong) await expect(setRules(rules as never)).rejects.toThrow()
    expect((await stage.caller.healthPolicy.get()).rules).toEqual(firstHealthPolicy)
  })

  it('goes with the question of a plan, and an answer about another policy is none', async () => {
    const device = await deviceOf('worn')
    const ask = async () => {
      const asked = await requestPlan(stage, { deviceId: device.id, zone: 'movable' })
      if (asked.type !== 'requested') throw new Error(asked.message)
      return asked.planId
    }
    const other = planResult('worn')
    other.item.health = {
      policy: { ...firstHealthPolicy, poison: { warnAt: null, blockAt: null } },
      found: [],
    }
    other.digest = digestOf(other.item)
    const first = await ask()
    await recordPlan(stage, first, other)
    expect(await getPlan(stage, first)).toMatchObject({
      state: 'failed',
      errorMessage: 'The host answered for another health policy than was asked.',
    })
    const without = planResult('worn')
    delete without.item.health
    without.digest = digestOf(without.item)
    const second = await ask()
    await recordPlan(stage, second, without)
    expect(await getPlan(stage, second)).toMatchObject({ state: 'failed' })
  })

  it('keeps what only a plan asks for with the device, with its own time, over later looks', async () => {
    const device = await deviceOf('well')
    const asked = await requestPlan(stage, { deviceId: device.id, zone: 'movable' })
    if (asked.type !== 'requested') throw new Error(asked.message)
    const health = [fact('life_used', 3), fact('health_state', 0), fact('poison', 2, 'region0')]
    const refusals = [{ code: 'unhealthy' as const, message: 'Poison.', next: 'Clear it.' }]
    const answer: PlanResult = { ...planResult('well'), verdict: 'refused', refusals, health }
    await recordPlan(stage, asked.planId, answer)
    expect(await names('health:block')).toEqual(['dying', 'well'])

    const read = { ...daxDevice(), health: [fact('life_used', 4)] }
    await recordInspection(stage, idOf('well'), inspectionOf('well', { devices: [read] }))
    const after = await deviceOf('well')
    expect(after.health.map(({ fact: name, value }) => [name, value])).toEqual([
      ['life_used', 4],
      ['poison', 2],
    ])
    const [life, poison] = after.health
    expect(life?.readAt).toEqual(after.seenAt)
    expect(poison?.readAt.getTime()).toBeLessThan(after.seenAt.getTime())
    expect(after.healthState).toBe('block')
  })
})
