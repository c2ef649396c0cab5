import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { Prisma } from '@/prisma/generated/client'
import type { LockedRollout } from './load'

interface PlannedRow {
  hostId: string
  identity: string
  wave: number
  position: number
  digest: string
}

/**
 * SHA-256, in hex, over canonical JSON of policy, zone, waves, identities and the digest of every plan, as the rows stand
 * now: what people approve.
 */
export async function digestOfPlanned(
  tx: Pick<Prisma.TransactionClient, '$queryRaw'>,
  { id, zone, rollout: { policy } }: Pick<LockedRollout, 'id' | 'zone' | 'rollout'>,
): Promise<string> {
  const items = await tx.$queryRaw<PlannedRow[]>`
    SELECT i."hostId", d.identity, r.wave, i.position, i.digest
    FROM "RolloutItem" i JOIN "Device" d ON d.id = i."deviceId"
      JOIN "RolloutHost" r ON r."rolloutId" = i."rolloutId" AND r."hostId" = i."hostId"
    WHERE i."rolloutId" = ${id}::uuid AND i.state = 'planned' ORDER BY i."hostId", i.position`
  return createHash('sha256')
    .update(canonicalize({ version: 1, zone, policy, items }) ?? '', 'utf8')
    .digest('hex')
}

/** What an approver types: it says how much, so that no reflex can approve more than was meant. */
export function rolloutPhrase(devices: number, hosts: number): string {
  return `convert ${devices} ${devices === 1 ? 'device' : 'devices'} on ${hosts} ${hosts === 1 ? 'host' : 'hosts'}`
}
