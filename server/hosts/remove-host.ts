import { refuseLeaving } from '@/server/approvals/leave'
import { withdrawWaiting } from '@/server/approvals/withdraw'
import { recordAudit } from '@/server/audit/record'
import type { Principal } from '@/server/auth/principal'
import { recordEvent } from '@/server/events/record'
import { notFound } from '@/server/lib/domain-error'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import { activeJobOf } from './active-job'
import type { HostVerbOutcome } from './schema'
import { lockHost } from './transitions'

/** Forgets a host with its devices, plans and jobs; the audit log keeps what was done. Nothing changes on the host. */
export async function removeHost(
  ctx: Pick<ServiceContext, 'db' | 'actor'> & { user: Pick<Principal, 'role'> },
  hostId: string,
): Promise<HostVerbOutcome> {
  return ctx.db.$transaction(async (tx): Promise<HostVerbOutcome> => {
    const host = await lockHost(tx, hostId)
    if (host === null) throw notFound('host')
    if ((await activeJobOf(tx, hostId)) !== null)
      return {
        type: 'refused',
        message: `A job is under way on ${host.name}.`,
        next: 'Wait for its end, or cancel it, then remove the host.',
      }
    const { name, labels: before } = host
    // Entered again it would be without its labels.
    const leaving = await refuseLeaving(tx, ctx.user, [{ name, before, after: null }])
    if (leaving !== null) return leaving
    const behind = await tx.host.findFirst({ where: { jumpHostId: hostId }, select: { name: true } })
    if (behind !== null)
      return {
        type: 'refused',
        message: `${behind.name} is reached through ${host.name}.`,
        next: `Give ${behind.name} another jump host, or remove it first.`,
      }
    const listed = await tx.rolloutItem.count({ where: { hostId, state: { in: ['pending', 'running'] } } })
    if (listed > 0)
      return {
        type: 'refused',
        message: `${host.name} is in an approved rollout.`,
        next: 'Skip it there, or stop the rollout, then remove the host.',
      }
    const about = {
      OR: [{ plan: { hostId } }, { rollout: { items: { some: { hostId, state: 'planned' as const } } } }],
    }
    await withdrawWaiting(tx, ctx.actor, about, `The host ${host.name} was removed.`)
    // Jobs restrict the removal of their plans, so they go first.
    await tx.job.deleteMany({ where: { hostId } })
    await tx.host.delete({ where: { id: hostId } })
    await recordAudit(tx, ctx.actor, 'host.removed', 'host', hostId, {
      name: host.name,
      address: host.address,
      port: host.port,
      machineId: host.machineId,
    })
    await recordEvent(tx, 'host', hostId)
    return { type: 'done' }
  }, transactionLimits)
}
