import { createPublicKey, sign, verify } from 'node:crypto'
import canonicalize from 'canonicalize'
import { z } from 'zod'
import type { Queryable } from '@/server/lib/pg'
import type { AuditKeys } from './keys'

const headSchema = z.object({
  chain: z.number().int(),
  keyId: z.string(),
  /** How many entries the chain had. */
  links: z.string().regex(/^\d{1,19}$/),
  /** The last one's code, hex. */
  head: z.string().regex(/^[0-9a-f]{64}$/),
})

const bodySchema = z.object({
  format: z.literal('daxfleet-audit-checkpoint'),
  version: z.literal(1),
  installationId: z.string(),
  at: z.iso.datetime(),
  keyId: z.string(),
  chains: z.array(headSchema),
})
export type CheckpointBody = z.infer<typeof bodySchema>

/** The ends of all chains at one moment, signed: whoever holds one finds what is removed or replaced later. */
export const checkpointSchema = z.object({
  body: bodySchema,
  /** Ed25519, SPKI, base64. */
  publicKey: z.string(),
  /** Over the body in canonical form (RFC 8785), base64. */
  signature: z.string(),
})
export type Checkpoint = z.infer<typeof checkpointSchema>

/** Signs the ends of all chains as they are now, in one statement: what is not committed is in none. */
export async function makeCheckpoint(pg: Queryable, keys: AuditKeys): Promise<Checkpoint> {
  const { rows } = await pg.query<{ body: Pick<CheckpointBody, 'installationId' | 'at' | 'chains'> }>(`
    SELECT jsonb_build_object('installationId', (SELECT id FROM "Installation"),
      'at', to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
      'chains', coalesce((SELECT jsonb_agg(jsonb_build_object('chain', number, 'keyId', "keyId", 'links', links::text,
        'head', encode(head, 'hex')) ORDER BY number) FROM "AuditChain" WHERE links > 0), '[]')) AS body`)
  const body = bodySchema.parse({
    format: 'daxfleet-audit-checkpoint',
    version: 1,
    keyId: keys.id,
    ...rows[0]?.body,
  })
  const signature = sign(null, bytesOf(body), keys.signing).toString('base64')
  return { body, publicKey: keys.publicKey, signature }
}

/** Whether it was signed with this very key and not changed since. Never throws. */
export function isGenuine(checkpoint: Checkpoint, publicKey: string): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' })
    return verify(null, bytesOf(checkpoint.body), key, Buffer.from(checkpoint.signature, 'base64'))
  } catch {
    return false
  }
}

function bytesOf(body: CheckpointBody): Buffer {
  return Buffer.from(canonicalize(body) ?? '')
}
