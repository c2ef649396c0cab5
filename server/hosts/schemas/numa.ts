import { z } from 'zod'

export const nodeViewSchema = z.object({
  id: z.number().int(),
  memTotalBytes: z.bigint(),
  memFreeBytes: z.bigint(),
  hasCpus: z.boolean(),
  distances: z.array(z.number()),
  /** What firmware says of the way from the nearest processors; null where it says nothing. */
  access: z
    .object({
      readBandwidthMibs: z.number().nullable(),
      writeBandwidthMibs: z.number().nullable(),
      readLatencyNs: z.number().nullable(),
      writeLatencyNs: z.number().nullable(),
    })
    .nullable(),
  blocks: z.object({
    online: z.number().int(),
    offline: z.number().int(),
    movable: z.number().int(),
    normal: z.number().int(),
  }),
})

export const tieringViewSchema = z.object({
  tiers: z.array(z.object({ tier: z.number().int(), nodes: z.array(z.number().int()) })),
  demotionEnabled: z.boolean().nullable(),
  numaBalancing: z.number().int().nullable(),
})
