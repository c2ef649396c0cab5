import { HEALTH_FACTS, type HealthFact, type HealthPolicy, healthLevel } from '@/agents/protocol'
import type { HealthFactView } from './schema'
import type { DeviceHealthState } from './vocabulary'

/** A fact as it is stored; `readAt` where it was read at another time than the device (ISO 8601). */
export type StoredFact = HealthFact & { readAt?: string }

/** The facts of a stored device that are such; one that an agent of before read has others. */
export function factsOf(detail: { health?: readonly Partial<StoredFact>[] }): StoredFact[] {
  return (detail.health ?? []).filter((fact): fact is StoredFact =>
    HEALTH_FACTS.some((known) => known === fact.fact),
  )
}

const alike = (a: HealthFact, b: HealthFact) => a.fact === b.fact && a.of === b.of

/** What a plan read of a device's health, over what was known; what only plans ask for keeps the plan's time. */
export function withPlanned(
  known: readonly StoredFact[],
  planned: readonly HealthFact[],
  at: Date,
): StoredFact[] {
  return planned.map((fact) =>
    known.some((each) => each.readAt === undefined && alike(each, fact))
      ? fact
      : { ...fact, readAt: at.toISOString() },
  )
}

/** What a look at the host read, and beside it what only plans ask for, as the last of them read it. */
export function withKept(read: readonly HealthFact[], known: readonly StoredFact[]): StoredFact[] {
  const kept = known.filter((fact) => fact.readAt !== undefined && !read.some((each) => alike(each, fact)))
  return [...read, ...kept]
}

/** Each fact with what the policy makes of it, and when it was read. */
export function judged(facts: readonly StoredFact[], policy: HealthPolicy, seenAt: Date): HealthFactView[] {
  return facts.map(({ readAt, ...fact }) => ({
    ...fact,
    level: healthLevel(fact, policy),
    readAt: readAt === undefined ? seenAt : new Date(readAt),
  }))
}

/** The worst of them; `unknown` where nothing was read, or nothing but that it could not be. */
export function healthStateOf(facts: readonly HealthFact[], policy: HealthPolicy): DeviceHealthState {
  const levels = new Set(facts.map((fact) => healthLevel(fact, policy)))
  if (levels.has('block')) return 'block'
  if (levels.has('warn')) return 'warn'
  return facts.some(({ fact }) => fact !== 'unreadable') ? 'ok' : 'unknown'
}
