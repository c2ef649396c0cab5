import { z } from 'zod'

const headSchema = z.object({
  chain: z.number().int(),
  keyId: z.string(),
  /** How many entries the chain had. */
  links: z.string().regex(/^\d{1,19}$/),
  /** The last one's code, hex. */
  head: z.string().regex(/^[0-9a-f]{64}$/),
})

export const checkpointBodySchema = z.object({
  format: z.literal('daxfleet-audit-checkpoint'),
  version: z.literal(1),
  installationId: z.string(),
  at: z.iso.datetime(),
  keyId: z.string(),
  chains: z.array(headSchema),
})
export type CheckpointBody = z.infer<typeof checkpointBodySchema>

/** The ends of all chains at one moment, signed: whoever holds one finds what is removed or replaced later. */
export const checkpointSchema = z.object({
  body: checkpointBodySchema,
  /** Ed25519, SPKI, base64. */
  publicKey: z.string(),
  /** Over the body in canonical form (RFC 8785), base64. */
  signature: z.string(),
})
export type Checkpoint = z.infer<typeof checkpointSchema>
