import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { PlanItem } from '@/agents/protocol'

/** SHA-256, in hex, over the item's canonical JSON (RFC 8785): what an approval covers. */
export function digestOf(item: PlanItem): string {
  return createHash('sha256')
    .update(canonicalize(item) ?? '', 'utf8')
    .digest('hex')
}
