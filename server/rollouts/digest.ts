import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { ZoneName } from '@/server/plans/schema'
import type { Policy } from './policy'

interface Approved {
  zone: ZoneName
  policy: Policy
  items: { hostId: string; identity: string; wave: number; position: number; digest: string }[]
}

/** SHA-256, in hex, over canonical JSON of policy, waves, identities and every plan's digest: what people approve. */
export function rolloutDigest({ zone, policy, items }: Approved): string {
  const key = (item: Approved['items'][number]) => `${item.hostId} ${item.identity}`
  const sorted = items.toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
  return createHash('sha256')
    .update(canonicalize({ version: 1, zone, policy, items: sorted }) ?? '', 'utf8')
    .digest('hex')
}

/** What an approver types: it says how much, so that no reflex can approve more than was meant. */
export function rolloutPhrase(devices: number, hosts: number): string {
  return `convert ${devices} ${devices === 1 ? 'device' : 'devices'} on ${hosts} ${hosts === 1 ? 'host' : 'hosts'}`
}
