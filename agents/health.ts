/**
 * Health of memory devices: what is read of them, and what a fleet's policy makes of it. Part of the contract in
 * protocol.ts, which passes it on: the server shows by the same rule by which an agent refuses.
 */

/**
 * What is read. Each is a number that a rule can be held against: a count, a per cent, or of `health_state` its place in
 * HEALTH_STATES. `unreadable` is 1 where a device's health could not be asked for.
 */
export const HEALTH_FACTS = [
  'bad_blocks',
  'poison',
  'health_state',
  'life_used',
  'spares',
  'alarms',
  'dirty_shutdowns',
  'firmware_flags',
  'link_errors',
  'region_state',
  'unreadable',
] as const
export type HealthFactName = (typeof HEALTH_FACTS)[number]

/** The words of NVDIMM SMART from best to worst; what CXL tells of its media is put among them. */
export const HEALTH_STATES = ['ok', 'non-critical', 'critical', 'fatal'] as const

/** One thing read of the health of a device, or of what it is made of. */
export interface HealthFact {
  fact: HealthFactName
  /** Whose: `nmem0`, `mem0`, `region0`. */
  of: string
  value: number
  /** The words of whoever told it; empty where the number says it all. */
  detail: string
  /** The file it was read from, or the command that told it. */
  source: string
}

/** From which value on a fact warns, and from which it blocks; null: never. Of `spares` it counts from there downwards. */
export interface HealthRule {
  warnAt: number | null
  blockAt: number | null
}

/** No policy speaks of bad blocks: they always block, for as RAM, touching one crashes the host. */
export const RULED_FACTS = HEALTH_FACTS.filter((fact) => fact !== 'bad_blocks')
export type RuledFact = Exclude<HealthFactName, 'bad_blocks'>
export type HealthPolicy = Record<RuledFact, HealthRule>

export type HealthLevel = 'ok' | 'warn' | 'block'

/** A fact that is not in order, as an approval covers it. */
export interface HealthFinding {
  fact: HealthFactName
  of: string
  level: 'warn' | 'block'
}

/** What the policy makes of a fact. */
export function healthLevel(
  { fact, value }: Pick<HealthFact, 'fact' | 'value'>,
  policy: HealthPolicy,
): HealthLevel {
  if (fact === 'bad_blocks') return value > 0 ? 'block' : 'ok'
  const { warnAt, blockAt } = policy[fact]
  const reaches = (at: number | null) => at !== null && (fact === 'spares' ? value <= at : value >= at)
  if (reaches(blockAt)) return 'block'
  return reaches(warnAt) ? 'warn' : 'ok'
}

/** What is not in order, in the order of the facts: alike for alike readings, so that a digest can cover it. */
export function healthFindings(facts: readonly HealthFact[], policy: HealthPolicy): HealthFinding[] {
  return facts.flatMap(({ fact, of, value }): HealthFinding[] => {
    const level = healthLevel({ fact, value }, policy)
    return level === 'ok' ? [] : [{ fact, of, level }]
  })
}
