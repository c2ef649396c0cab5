import { describe, expect, it } from 'vitest'
import { healthLevel, RULED_FACTS } from '@/agents/protocol'
import { readRules, typedRules } from '@/app/_lib/health-rules'
import { againstMost, hostsSay } from '@/app/_lib/tiering-words'
import { healthPolicySchema } from '@/server/health-policy/schema'
import { firstHealthPolicy } from '@/test/support/health-policy'

describe('the rules of health', () => {
  it('count upwards, of spares downwards, from the threshold itself on', () => {
    const level = (fact: 'life_used' | 'spares' | 'bad_blocks', value: number) =>
      healthLevel({ fact, value }, { ...firstHealthPolicy, spares: { warnAt: 10, blockAt: 2 } })
    expect([94, 95, 100].map((value) => level('life_used', value))).toEqual(['ok', 'warn', 'warn'])
    expect([11, 10, 3, 2, 0].map((value) => level('spares', value))).toEqual([
      'ok',
      'warn',
      'warn',
      'block',
      'block',
    ])
    expect([0, 1].map((value) => level('bad_blocks', value))).toEqual(['ok', 'block'])
  })

  it('are typed as they are kept', () => {
    expect(readRules(typedRules(firstHealthPolicy))).toEqual({ rules: firstHealthPolicy, faults: {} })
    expect(healthPolicySchema.parse(firstHealthPolicy)).toEqual(firstHealthPolicy)
  })

  it('that are none are named, each beside its field, and the server takes none of them either', () => {
    for (const [fact, warnAt, blockAt] of [
      ['life_used', '90', '80'],
      ['life_used', '101', ''],
      ['alarms', '0', ''],
      ['poison', '', 'many'],
      ['spares', '10', '20'],
    ] as const) {
      const typed = { ...typedRules(firstHealthPolicy), [fact]: { warnAt, blockAt } }
      const { rules, faults } = readRules(typed)
      expect(rules, fact).toBeNull()
      expect(Object.keys(faults)).toEqual([fact])
      const number = (text: string) => (text === '' ? null : Number(text))
      const sent = { ...firstHealthPolicy, [fact]: { warnAt: number(warnAt), blockAt: number(blockAt) } }
      expect(healthPolicySchema.safeParse(sent).success, fact).toBe(false)
    }
    expect(RULED_FACTS).not.toContain('bad_blocks')
  })
})

describe('figures of the fleet', () => {
  it('say how far an outlier is from most, where that can be said', () => {
    expect(hostsSay('bandwidth', '12800', 3)).toBe('3 hosts read their slowest memory at 12,800 MiB/s')
    expect(againstMost('bandwidth', '12800', '25600')).toBe('50 % less than most')
    expect(againstMost('latency', '400', '250')).toBe('60 % more than most')
    expect(againstMost('distance', '20', '20')).toBeNull()
    expect(againstMost('latency', 'unknown', '250')).toBeNull()
    expect(againstMost('demotion', 'off', 'on')).toBeNull()
  })
})
