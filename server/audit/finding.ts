import { z } from 'zod'

const place = { chain: z.number().int(), link: z.string() }

/** One thing that is not as Daxfleet wrote it; ids and links are decimal text. */
export const findingSchema = z.discriminatedUnion('type', [
  /** The entry is not as it was written, or was not written by this installation. */
  z.object({ type: z.literal('altered'), ...place, id: z.string(), action: z.string() }),
  /** Whole, but in another place than it was written to. */
  z.object({ type: z.literal('moved'), ...place, id: z.string(), action: z.string(), from: z.string() }),
  /** Whole, but what stands before it is not what it followed. */
  z.object({ type: z.literal('replaced'), ...place, id: z.string() }),
  /** Links of a chain that are not there; `knownFrom` is when a checkpoint saw them, if that is how it is known. */
  z.object({
    type: z.literal('missing'),
    chain: z.number().int(),
    from: z.string(),
    to: z.string(),
    knownFrom: z.string().nullable(),
  }),
  /** What is kept of a chain's end is not what its entries say. */
  z.object({ type: z.literal('head'), chain: z.number().int(), links: z.string(), found: z.string() }),
  /** A link is another one than a checkpoint saw in its place. */
  z.object({ type: z.literal('other_history'), ...place, knownFrom: z.string() }),
  /** A checkpoint that this installation did not sign, or that was changed. */
  z.object({ type: z.literal('forged_checkpoint'), knownFrom: z.string() }),
  /** In no chain that exists. */
  z.object({ type: z.literal('stray'), id: z.string() }),
  /** Entries from before chains, and no worker has put them into one yet. */
  z.object({ type: z.literal('not_begun'), entries: z.string() }),
  /** Written with a key that is not here: cannot be told. */
  z.object({ type: z.literal('other_key'), chain: z.number().int(), keyId: z.string(), entries: z.string() }),
])
export type Finding = z.infer<typeof findingSchema>

export const verificationSchema = z.object({
  at: z.date(),
  /** Of the chains whose key is here. */
  entries: z.number().int(),
  chains: z.number().int(),
  checkpoints: z.number().int(),
  newestCheckpointAt: z.date().nullable(),
  /** When chains began; what was done to entries before that cannot be told. */
  began: z.object({ at: z.date(), earlierEntries: z.number().int(), lastEarlierId: z.string() }).nullable(),
  /** The first of them. */
  findings: z.array(findingSchema),
  findingCount: z.number().int(),
})
export type Verification = z.infer<typeof verificationSchema>
