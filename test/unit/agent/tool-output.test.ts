import { describe, expect, it } from 'vitest'
import { HEALTH_FACTS } from '@/agents/protocol'
import { cxlFacts, dimmFacts, poisonFacts } from '@/agents/read/tool-output'
import { hostileTexts } from '@/test/support/hostile-input'
import { Random } from '@/test/support/random'

// As ndctl 76 and cxl 81 print it.
const dimms = JSON.stringify([
  {
    dev: 'nmem1',
    id: '8089-a2-1836-0000214e',
    handle: 17,
    health: {
      health_state: 'non-critical',
      temperature_celsius: 31.0,
      spares_percentage: 8,
      alarm_temperature: true,
      alarm_controller_temperature: false,
      alarm_spares: true,
      life_used_percentage: 96,
      shutdown_state: 'dirty',
      shutdown_count: 4,
    },
  },
  { dev: 'nmem0', id: '8680-56341200' },
])
const memdev = (health: object) => JSON.stringify([{ memdevs: [{ memdev: 'mem0', health }] }])
const region = {
  region: 'region0',
  media_errors: [
    { offset: 0, length: 64 },
    { offset: 512, length: 64 },
  ],
}

const brief = (facts: ReturnType<typeof dimmFacts>, of: string) =>
  Object.fromEntries((facts?.get(of) ?? []).map(({ fact, value, detail }) => [fact, [value, detail]]))

describe('what ndctl and cxl print', () => {
  it('is read as facts of each DIMM; one without SMART has none', () => {
    const facts = dimmFacts(dimms, 'ndctl list -DH')
    expect(brief(facts, 'nmem1')).toEqual({
      health_state: [1, 'non-critical'],
      life_used: [96, ''],
      spares: [8, ''],
      alarms: [2, 'temperature, spares'],
      dirty_shutdowns: [4, 'the last one was dirty'],
    })
    expect(facts?.has('nmem0')).toBe(false)
  })

  it('is read as facts of each CXL memory device, the worst of its words first', () => {
    const told = {
      maintenance_needed: true,
      hw_replacement_needed: true,
      media_normal: false,
      media_persistence_lost: true,
      ext_life_used: 'normal',
      ext_temperature: 'critical',
      life_used_percent: 12,
      dirty_shutdowns: 7,
    }
    expect(brief(cxlFacts(memdev(told), 'cxl'), 'mem0')).toEqual({
      health_state: [2, 'maintenance needed, hw replacement needed, media persistence lost'],
      life_used: [12, ''],
      alarms: [1, 'temperature'],
      dirty_shutdowns: [7, ''],
    })
    expect(brief(cxlFacts(memdev({ media_normal: true, media_data_lost: false }), 'cxl'), 'mem0')).toEqual({
      health_state: [0, 'ok'],
    })
  })

  it('counts poison by region; a region without a list has none, a complaint before the list is none', () => {
    expect(brief(poisonFacts(JSON.stringify([region]), 'cxl'), 'region0')).toEqual({ poison: [2, ''] })
    expect(brief(poisonFacts('[{"region":"region0"}]', 'cxl'), 'region0')).toEqual({ poison: [0, ''] })
    expect(poisonFacts(`cxl: failed to read\n${JSON.stringify([region])}`, 'cxl')).toBeNull()
    expect(
      brief(poisonFacts('[{"region":"region0","media_errors":{"length":0}}]', 'cxl'), 'region0'),
    ).toEqual({})
  })

  it('never takes a number that is none, and bounds what is too large', () => {
    const read = (value: unknown) =>
      brief(
        dimmFacts(JSON.stringify([{ dev: 'nmem0', health: { life_used_percentage: value } }]), ''),
        'nmem0',
      )
    for (const value of ['95', null, true, -1, {}, [95]]) expect(read(value)).toEqual({})
    expect(read(1e300)).toEqual({ life_used: [1_000_000_000, ''] })
    expect(read(95.9)).toEqual({ life_used: [95, ''] })
  })

  it('bears anything: hostile texts, torn and altered output, deep nesting', () => {
    const random = new Random(7)
    const parsers = [dimmFacts, cxlFacts, poisonFacts]
    const whole = [dimms, memdev({ media_normal: true, life_used_percent: 3 }), JSON.stringify([region])]
    const inputs: string[] = [
      ...hostileTexts,
      '['.repeat(100_000),
      `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`,
    ]
    for (const text of hostileTexts)
      inputs.push(
        JSON.stringify([{ dev: text, memdev: text, region: text, health: text, media_errors: text }]),
      )
    for (let turn = 0; turn < 2_000; turn++) {
      const text = whole[turn % whole.length] ?? ''
      const at = random.whole(0, text.length)
      const byte = String.fromCharCode(random.whole(0, 127))
      inputs.push(turn % 2 === 0 ? text.slice(0, at) : text.slice(0, at) + byte + text.slice(at + 1))
    }
    for (const input of inputs) {
      for (const parse of parsers) {
        for (const fact of [...(parse(input, 'source')?.values() ?? [])].flat()) {
          expect(HEALTH_FACTS).toContain(fact.fact)
          expect(Number.isSafeInteger(fact.value) && fact.value >= 0 && fact.value <= 1e9).toBe(true)
          expect(fact.detail.length).toBeLessThan(400)
        }
      }
    }
  })
})
