import { createPublicKey, sign, verify } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { Queryable } from '@/server/lib/pg'
import { type Checkpoint, type CheckpointBody, checkpointBodySchema } from './checkpoint-schema'
import type { AuditKeys } from './keys'

/** Signs the ends of all chains as they are now, in one statement: what is not committed is in none. */
export async function makeCheckpoint(pg: Queryable, keys: AuditKeys): Promise<Checkpoint> {
  const { rows } = await pg.query<{ body: Pick<CheckpointBody, 'installationId' | 'at' | 'chains'> }>(`
    SELECT jsonb_build_object('installationId', (SELECT id FROM "Installation"),
      'at', to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
      'chains', coalesce((SELECT jsonb_agg(jsonb_build_object('chain', number, 'keyId', "keyId", 'links', links::text,
        'head', encode(head, 'hex')) ORDER BY number) FROM "AuditChain" WHERE links > 0), '[]')) AS body`)
  const body = checkpointBodySchema.parse({
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
