import { createHash } from 'node:crypto'
import type { Prisma } from '@/prisma/generated/client'
import { recordAudits } from '@/server/audit/record'
import { requestProbes } from '@/server/hosts/request-probe'
import { moveHosts } from '@/server/hosts/transitions'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import { KnownHosts, TooManyHashes } from './known-hosts'
import type { PendingKey, PendingKeys, TrustMatchingOutcome } from './schema'

type Tx = Prisma.TransactionClient

/** Every key that waits for a person, with what a known_hosts file says of it. */
export async function pendingKeys(
  ctx: Pick<ServiceContext, 'db'>,
  { knownHosts }: { knownHosts: string | null },
): Promise<PendingKeys> {
  try {
    const file = knownHosts === null ? null : new KnownHosts(knownHosts)
    const keys = await comparedKeys(ctx.db, file)
    const trustable = trustableOf(keys)
    return {
      type: 'read',
      keys,
      notices: file?.notices ?? [],
      entries: file?.size ?? 0,
      trustable: trustable.length,
      digest: digestOf(trustable),
    }
  } catch (error) {
    if (!(error instanceof TooManyHashes)) throw error
    return {
      type: 'refused',
      message: 'The file has too many hashed names to compare with so many hosts.',
      next: 'Give a file of fewer hosts, or one with plain names (ssh-keyscan, or HashKnownHosts no).',
    }
  }
}

/**
 * Trusts every first key that matches the file, in one transaction, provided these are the keys that were looked at. A
 * changed key is never among them: trusting one is decided on its host's page, with both shown.
 */
export async function trustMatching(
  ctx: Pick<ServiceContext, 'db' | 'actor'>,
  { knownHosts, digest }: { knownHosts: string; digest: string },
): Promise<TrustMatchingOutcome> {
  const file = new KnownHosts(knownHosts)
  return ctx.db.$transaction(async (tx): Promise<TrustMatchingOutcome> => {
    // In the order of ids, as everywhere where several are locked: nobody stands in another's way.
    await tx.$queryRaw`SELECT h.id FROM "Host" h WHERE EXISTS (
      SELECT 1 FROM "HostKey" k WHERE k."hostId" = h.id AND k.status = 'pending') ORDER BY h.id FOR UPDATE`
    const keys = trustableOf(await comparedKeys(tx, file))
    if (digestOf(keys) !== digest)
      return {
        type: 'refused',
        message: 'Nothing was trusted: the keys that wait are not those that were compared.',
        next: 'Look at the verdicts again, then trust.',
      }
    if (keys.length === 0)
      return {
        type: 'refused',
        message: 'No key that waits matches the file.',
        next: 'Compare them one by one.',
      }
    await trust(tx, ctx, keys)
    return { type: 'trusted', hosts: keys.length }
  }, transactionLimits)
}

async function trust(tx: Tx, { actor }: Pick<ServiceContext, 'actor'>, keys: readonly PendingKey[]) {
  const hostIds = keys.map(({ hostId }) => hostId)
  await tx.hostKey.updateMany({
    where: { id: { in: keys.map(({ keyId }) => keyId) } },
    data: { status: 'trusted', reviewedAt: new Date(), reviewedBy: actor.id },
  })
  const audits = keys.map(({ hostId, hostName, algorithm, fingerprint }) => ({
    id: hostId,
    detail: { name: hostName, algorithm, fingerprint, comparedWith: 'known_hosts' },
  }))
  await recordAudits(tx, actor, 'host.key_trusted', 'host', audits)
  const hosts = keys.map(({ hostId, hostName, hostState }) => ({
    id: hostId,
    name: hostName,
    state: hostState,
  }))
  await moveHosts(tx, actor, hosts, { state: 'new', message: '', next: '' })
  await requestProbes(tx, hostIds)
}

async function comparedKeys(db: Pick<Tx, 'hostKey'>, file: KnownHosts | null): Promise<PendingKey[]> {
  const pending = await db.hostKey.findMany({
    where: { status: 'pending' },
    orderBy: [{ host: { name: 'asc' } }, { firstSeenAt: 'asc' }, { id: 'asc' }],
    select: {
      id: true,
      algorithm: true,
      publicKey: true,
      fingerprint: true,
      firstSeenAt: true,
      host: {
        select: {
          id: true,
          name: true,
          address: true,
          port: true,
          state: true,
          keys: { where: { status: 'trusted' }, select: { algorithm: true, fingerprint: true } },
        },
      },
    },
  })
  return pending.map(({ host, id: keyId, publicKey, ...key }) => {
    const { id: hostId, name: hostName, address, port, state: hostState, keys: trusted } = host
    const names = [address, hostName]
    const compared = file?.verdictOn({ names, port, algorithm: key.algorithm, publicKey })
    const { verdict = null, reason = '' } = compared ?? {}
    return { hostId, hostName, address, port, hostState, keyId, ...key, trusted, verdict, reason }
  })
}

/** First keys that match, one a host: of two that wait at once somebody has to choose. */
function trustableOf(keys: readonly PendingKey[]): PendingKey[] {
  const waiting = new Map<string, number>()
  for (const { hostId } of keys) waiting.set(hostId, (waiting.get(hostId) ?? 0) + 1)
  return keys.filter(
    ({ hostId, hostState, trusted, verdict }) =>
      verdict === 'matches' &&
      hostState === 'key_review' &&
      trusted.length === 0 &&
      waiting.get(hostId) === 1,
  )
}

function digestOf(keys: readonly PendingKey[]): string {
  const told = keys.map(({ keyId, fingerprint }) => `${keyId} ${fingerprint}`)
  return createHash('sha256').update(told.join('\n')).digest('hex')
}
