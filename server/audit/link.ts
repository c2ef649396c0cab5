import canonicalize from 'canonicalize'
import { hmac } from '@/server/lib/primitives'

/** Before the first entry of a chain. */
export const noMac = Buffer.alloc(32)

/** All of an entry that its code covers: every column but `previous` and `mac`. */
export interface LinkedEntry {
  chain: number
  /** Decimal, as are ids: bigints do not go through JSON. */
  link: string
  id: string
  /** `2026-11-22T20:15:00.123456Z` */
  at: string
  actorKind: string
  actorId: string
  action: string
  subjectKind: string
  subjectId: string
  detail: unknown
  clientAddress: string | null
  userAgent: string | null
  tokenId: string | null
}

/**
 * HMAC-SHA256 of an entry and of the code of the one before it. `detail` is taken in canonical form (RFC 8785), since
 * Postgres keeps neither the order nor the spelling of JSON.
 */
export function macOf(key: Buffer, previous: Buffer, entry: LinkedEntry): Buffer {
  const { chain, link, id, at, actorKind, actorId, action, subjectKind, subjectId } = entry
  const { clientAddress, userAgent, tokenId, detail } = entry
  const said = [1, chain, link, id, at, actorKind, actorId, action, subjectKind, subjectId]
  const from = [clientAddress, userAgent, tokenId]
  const text = JSON.stringify([...said, ...from, canonicalize(detail) ?? null])
  return hmac('sha256', key, previous, text)
}
