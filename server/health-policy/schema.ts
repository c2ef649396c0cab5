import { z } from 'zod'
import {
  HEALTH_FACTS,
  type HealthPolicy,
  type HealthRule,
  RULED_FACTS,
  type RuledFact,
} from '@/agents/protocol'
import { deviceHealthStates, factWords } from './vocabulary'

export const healthStateSchema = z.enum(deviceHealthStates)
export const healthLevelSchema = z.enum(['ok', 'warn', 'block'])

/** One fact as read of a device, and what the policy makes of it now. */
export const healthFactViewSchema = z.object({
  fact: z.enum(HEALTH_FACTS),
  of: z.string(),
  value: z.number().int(),
  detail: z.string(),
  source: z.string(),
  level: healthLevelSchema,
  /** Poison is read when a conversion is planned; all else whenever the host is looked at. */
  readAt: z.date(),
})
export type HealthFactView = z.infer<typeof healthFactViewSchema>

/** The rule of one fact. What blocks is never milder than what warns: of spares fewer is worse, of all else more. */
const ruleOf = (fact: RuledFact) => {
  const threshold = z.number().int().min(0).max(factWords[fact].most).nullable()
  return z
    .strictObject({ warnAt: threshold, blockAt: threshold })
    .refine(
      ({ warnAt, blockAt }) =>
        warnAt === null || blockAt === null || (fact === 'spares' ? blockAt <= warnAt : blockAt >= warnAt),
      { error: `${factWords[fact].title}: what blocks has to be worse than what warns.`, path: ['blockAt'] },
    ) satisfies z.ZodType<HealthRule>
}

/** A rule for each fact. A threshold of 0 would speak against every device, whatever is read: only spares know it. */
export const healthPolicySchema = z
  .strictObject(
    Object.fromEntries(RULED_FACTS.map((fact) => [fact, ruleOf(fact)])) as Record<
      RuledFact,
      ReturnType<typeof ruleOf>
    >,
  )
  .refine(
    (policy) =>
      RULED_FACTS.every(
        (fact) => fact === 'spares' || (policy[fact].warnAt !== 0 && policy[fact].blockAt !== 0),
      ),
    { error: 'A threshold of 0 would speak against every device.' },
  ) satisfies z.ZodType<HealthPolicy>

export const healthPolicyViewSchema = z.object({
  rules: healthPolicySchema,
  changedBy: z.string().nullable(),
  changedAt: z.date(),
  /** Devices of the fleet by what the policy makes of them. */
  devices: z.object({ unknown: z.number(), ok: z.number(), warn: z.number(), block: z.number() }),
})
export type HealthPolicyView = z.infer<typeof healthPolicyViewSchema>

export const setHealthPolicyInput = z.object({ rules: healthPolicySchema })
