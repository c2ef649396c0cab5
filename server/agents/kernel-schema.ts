import { z } from 'zod'
import {
  HEALTH_FACTS,
  type HealthFact,
  type HealthPolicy,
  KERNEL_FEATURES,
  RULED_FACTS,
  type RuledFact,
} from '@/agents/protocol'
import { id, manyItems, text, told, word } from './bounds'

/** What a kernel tells of itself and of the ways to memory, as a host may answer it. */

const figure = z.number().int().min(0).max(1e9).nullable()

export const featuresSchema = z
  .array(z.object({ feature: z.enum(KERNEL_FEATURES), since: told(0, 32), present: z.boolean().nullable() }))
  .max(100)

export const tieringSchema = z.object({
  tiers: z.array(z.object({ tier: id, nodes: z.array(id).max(manyItems) })).max(manyItems),
  demotionEnabled: z.boolean().nullable(),
  numaBalancing: id.nullable(),
})

export const nodeAccessSchema = z
  .array(
    z.object({
      initiatorClass: z.union([z.literal(0), z.literal(1)]),
      initiators: z.array(id).max(manyItems),
      readBandwidthMibs: figure,
      writeBandwidthMibs: figure,
      readLatencyNs: figure,
      writeLatencyNs: figure,
    }),
  )
  .max(2)

const healthFact = z.object({
  fact: z.enum(HEALTH_FACTS),
  of: told(0, 64),
  value: z.number().int().min(0).max(1e9),
  detail: word,
  source: word,
}) satisfies z.ZodType<HealthFact>
export const healthSchema = z.array(healthFact).max(1_000)

const threshold = z.number().int().min(0).max(1e9).nullable()
const healthRule = z.object({ warnAt: threshold, blockAt: threshold })

/** What a conversion was judged by, and what was found, as the item of a plan carries it. */
export const plannedHealthSchema = z.object({
  policy: z.record(
    z.enum(RULED_FACTS as [RuledFact, ...RuledFact[]]),
    healthRule,
  ) satisfies z.ZodType<HealthPolicy>,
  found: z
    .array(z.object({ fact: z.enum(HEALTH_FACTS), of: told(0, 64), level: z.enum(['warn', 'block']) }))
    .max(1_000),
})

const acts = z.enum(['yes', 'maybe', 'no'])

export const udevRulesSchema = z
  .array(z.object({ file: word, line: text, writes: word.nullable(), acts, actsOnOffline: acts }))
  .max(1_000)
