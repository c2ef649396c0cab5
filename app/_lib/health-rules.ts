import { type HealthPolicy, RULED_FACTS, type RuledFact } from '@/agents/protocol'
import { factWords } from '@/server/health-policy/vocabulary'

/** Thresholds as they are typed; empty: never. */
export interface TypedRule {
  warnAt: string
  blockAt: string
}
export type TypedRules = Record<RuledFact, TypedRule>

const facts = RULED_FACTS as RuledFact[]
const typedAs = (threshold: number | null) => (threshold === null ? '' : String(threshold))

export function typedRules(policy: HealthPolicy): TypedRules {
  return Object.fromEntries(
    facts.map((fact) => [
      fact,
      { warnAt: typedAs(policy[fact].warnAt), blockAt: typedAs(policy[fact].blockAt) },
    ]),
  ) as TypedRules
}

/** The rules that were typed, or (null) what is wrong with each that is none. */
export function readRules(typed: TypedRules): {
  rules: HealthPolicy | null
  faults: Partial<Record<RuledFact, string>>
} {
  const faults: Partial<Record<RuledFact, string>> = {}
  const rules: Partial<HealthPolicy> = {}
  for (const fact of facts) {
    const { most } = factWords[fact]
    const least = fact === 'spares' ? 0 : 1
    const read = (text: string): number | null => {
      if (text.trim() === '') return null
      const value = /^\d{1,9}$/.test(text.trim()) ? Number(text.trim()) : Number.NaN
      if (!(value >= least && value <= most))
        faults[fact] = `A whole number from ${least} to ${most}, or nothing.`
      return value
    }
    const rule = { warnAt: read(typed[fact].warnAt), blockAt: read(typed[fact].blockAt) }
    rules[fact] = rule
    if (rule.warnAt === null || rule.blockAt === null || faults[fact] !== undefined) continue
    if (fact === 'spares' ? rule.blockAt > rule.warnAt : rule.blockAt < rule.warnAt)
      faults[fact] = 'What blocks has to be worse than what warns.'
  }
  return { rules: Object.keys(faults).length === 0 ? (rules as HealthPolicy) : null, faults }
}
