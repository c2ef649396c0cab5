import { z } from 'zod'
import { rolloutKindSchema, rolloutShareSchema } from '@/server/plans/schema'
import { policySchema } from '../policy'
import { exclusionSchema, faultSchema, selectorSchema } from '../schema'
import { exclusionReasons } from './resolve'

const count = z.number().int()

/** With a policy, the waves it would make of this list are shown as well. */
export const previewInput = z.object({
  selector: selectorSchema,
  kind: rolloutKindSchema.default('convert'),
  /** Of `online` and `offline`: without it nothing of them is left out for having less. */
  share: rolloutShareSchema.optional(),
  policy: policySchema.optional(),
})

export const previewOutput = z.discriminatedUnion('type', [
  z.object({ type: z.literal('fault'), fault: faultSchema }),
  z.object({
    type: z.literal('resolved'),
    hosts: count,
    devices: count,
    sizeBytes: z.bigint(),
    /** Whole memory blocks of them, as last read; of what is to be given back, those that are online; of a share, the share. */
    usableBytes: z.bigint(),
    kinds: z.array(z.object({ kind: z.string(), devices: count, usableBytes: z.bigint() })),
    /** The first of them, for the eye. */
    targets: z.array(
      z.object({
        hostId: z.uuid(),
        hostName: z.string(),
        devices: z.array(
          z.object({ deviceId: z.uuid(), daxName: z.string(), kind: z.string(), usableBytes: z.bigint() }),
        ),
      }),
    ),
    excluded: count,
    exclusions: z.array(
      z.object({
        reason: z.enum(exclusionReasons),
        hosts: count,
        entries: count,
        /** The first of them. */
        examples: z.array(exclusionSchema),
      }),
    ),
    unknownHosts: z.array(z.string()),
    /** Why a rollout over this would not be made. */
    refusal: z.object({ message: z.string(), next: z.string() }).nullable(),
    /** In the order they come; empty without a policy. Hosts that refuse their plan will be missing from them. */
    waves: z.array(
      z.object({ wave: count, hosts: count, devices: count, hostNames: z.array(z.string()), groups: count }),
    ),
    /** Values of the label that the policy spreads by; 0 without one. */
    groups: count,
    /** Labels one could spread by: of more than one value among these hosts, those that most hosts have first. */
    spreads: z.array(z.object({ label: z.string(), values: count, hosts: count })),
  }),
])
export type PreviewOutput = z.infer<typeof previewOutput>

/** A filter of the hosts page, to be said as a selector. */
export const fromHostQueryInput = z.object({ query: z.string().max(500) })
export const fromHostQueryOutput = z.discriminatedUnion('type', [
  z.object({ type: z.literal('selector'), selector: z.string() }),
  /** It cannot be said: the hosts have to be named one by one. */
  z.object({ type: z.literal('names'), message: z.string() }),
])
