import type { z } from 'zod'
import { recordAudit } from '@/server/audit/record'
import { readHealthPolicy } from '@/server/health-policy/queries'
import { notFound } from '@/server/lib/domain-error'
import { installationId } from '@/server/lib/installation'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import { unservedPoolOf } from '@/server/pools/served'
import { hostDetail } from './detail'
import { selectHostRow, selectHostRows } from './host-rows'
import { parseHostQuery } from './query'
import { requestFencingProbe, requestProbe } from './request-probe'
import type { HostVerbOutcome, listHostsInput, listHostsOutput } from './schema'
import type { HostDetail } from './schemas/detail'
import { lockHost } from './transitions'

export { addHosts } from './add-hosts'
export { compareTiering } from './compare-tiering'
export { labelHosts } from './label-hosts'
export { removeHost } from './remove-host'
export { reviewKey } from './review-key'
export { adoptHost, liftQuarantine } from './settle-host'
export { summarizeFleet } from './summary'
export { updateHost } from './update-host'

/** The hosts a filter names; a filter that cannot be read matches nothing and says why. */
export async function listHosts(
  ctx: Pick<ServiceContext, 'db' | 'pg'>,
  input: z.infer<typeof listHostsInput>,
): Promise<z.infer<typeof listHostsOutput>> {
  const query = parseHostQuery(input.query)
  if (!query.ok) return { hosts: [], total: await ctx.db.host.count(), matching: 0, queryError: query.error }
  const [selected, total] = await Promise.all([
    selectHostRows(ctx.pg, { ...input, conditions: query.conditions }),
    ctx.db.host.count(),
  ])
  return { ...selected, total, queryError: null }
}

/** Everything a host's page shows. Throws DomainError when the host is gone. */
export async function getHost(ctx: Pick<ServiceContext, 'db' | 'pg'>, hostId: string): Promise<HostDetail> {
  // The row before the rest: whatever its state speaks of (a key to review, a job) is then among what is read after it.
  const row = await selectHostRow(ctx.pg, hostId)
  const [host, installation, unservedPool, health] = await Promise.all([
    ctx.db.host.findUnique({
      where: { id: hostId },
      include: {
        credential: { select: { name: true } },
        jumpHost: { select: { name: true } },
        keys: { orderBy: { firstSeenAt: 'desc' } },
        // One that is gone may share its name with the one that took its place: those that are there come first.
        devices: { orderBy: [{ daxName: 'asc' }, { seenAt: 'desc' }, { id: 'asc' }] },
        watch: { select: { lastSampleAt: true } },
        jobs: { where: { state: 'unknown' }, select: { id: true }, take: 1 },
      },
    }),
    installationId(ctx.db),
    unservedPoolOf(ctx.pg, hostId),
    readHealthPolicy(ctx.db),
  ])
  if (row === null || host === null) throw notFound('host')
  return hostDetail(row, host, { installationId: installation, unservedPool, healthPolicy: health.rules })
}

/** Asks for a look at the host now. */
export async function probeHost(
  ctx: Pick<ServiceContext, 'db' | 'actor'>,
  hostId: string,
): Promise<HostVerbOutcome> {
  return ctx.db.$transaction(async (tx): Promise<HostVerbOutcome> => {
    const host = await lockHost(tx, hostId)
    if (host === null) throw notFound('host')
    if (host.credentialId === null)
      return {
        type: 'refused',
        message: `${host.name} has no SSH key assigned.`,
        next: 'Choose a key for it first.',
      }
    // Where only a fenced reading can tell that all is well, that is the look a person means.
    const isFencing = host.fenceDue && host.state !== 'foreign'
    await (isFencing ? requestFencingProbe : requestProbe)(tx, hostId)
    await recordAudit(tx, ctx.actor, 'host.probe_requested', 'host', hostId, { name: host.name })
    return { type: 'done' }
  }, transactionLimits)
}
