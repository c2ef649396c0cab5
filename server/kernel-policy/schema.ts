import { z } from 'zod'
import { AUTO_ONLINE_POLICIES } from '@/agents/protocol'

export const autoOnlinePolicySchema = z.enum(AUTO_ONLINE_POLICIES)

/**
 * What whoever asks has seen: the boot, and the value the kernel read. The host refuses when either is another by then, so
 * that nobody changes what they have not looked at.
 */
export const changePolicyInput = z.object({
  hostId: z.uuid(),
  bootId: z.string().min(1).max(64),
  from: autoOnlinePolicySchema,
  to: autoOnlinePolicySchema,
})
export const changePolicyOutput = z.discriminatedUnion('type', [
  z.object({ type: z.literal('requested'), changeId: z.uuid() }),
  z.object({ type: z.literal('refused'), message: z.string(), next: z.string() }),
])

export const policyHostInput = z.object({ hostId: z.uuid() })
export const policyChangeSchema = z.object({
  id: z.uuid(),
  from: z.string(),
  to: z.string(),
  /** `unknown`: the host was told, and its answer was lost. */
  state: z.enum(['requested', 'done', 'refused', 'failed', 'unknown']),
  /** What the kernel read after the write; null where it was not read. */
  readBack: z.string().nullable(),
  message: z.string(),
  next: z.string(),
  requestedBy: z.string(),
  createdAt: z.date(),
  endedAt: z.date().nullable(),
  /** The host has restarted since: what was changed then is gone. */
  isOfEarlierBoot: z.boolean(),
})
export const policyViewSchema = z.object({
  /** As last read; null before the first reading. */
  policy: z.string().nullable(),
  bootId: z.string().nullable(),
  /** The file that is written to, and nothing else. */
  path: z.string(),
  latest: policyChangeSchema.nullable(),
  /** What the kernel read before Daxfleet first changed it in this boot, while it reads otherwise now. */
  putBackTo: autoOnlinePolicySchema.nullable(),
})
export type PolicyView = z.infer<typeof policyViewSchema>
