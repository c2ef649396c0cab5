import type { z } from 'zod'
import { recordAudit } from '@/server/audit/record'
import { notFound } from '@/server/lib/domain-error'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import { requestProbe } from './request-probe'
import type { HostVerbOutcome, reviewKeyInput } from './schema'
import { lockHost, moveHost } from './transitions'

/**
 * A person's decision on a key the host showed. Trusting one replaces the trusted key there was and probes again;
 * rejecting leaves the host without contact.
 */
export async function reviewKey(
  ctx: Pick<ServiceContext, 'db' | 'actor'>,
  input: z.infer<typeof reviewKeyInput>,
): Promise<HostVerbOutcome> {
  return ctx.db.$transaction(async (tx): Promise<HostVerbOutcome> => {
    const host = await lockHost(tx, input.hostId)
    if (host === null) throw notFound('host')
    const key = await tx.hostKey.findFirst({ where: { id: input.keyId, hostId: host.id } })
    if (key === null || key.fingerprint !== input.fingerprint)
      return {
        type: 'refused',
        message: `${host.name} no longer shows the key you looked at.`,
        next: 'Compare the fingerprint that is shown now.',
      }
    if (key.status !== 'pending' && key.status !== 'rejected')
      return { type: 'refused', message: `This key is ${key.status} already.`, next: 'Reload the page.' }
    const reviewed = { reviewedAt: new Date(), reviewedBy: ctx.actor.id }
    const trusts = input.decision === 'trust'
    if (trusts)
      await tx.hostKey.updateMany({
        where: { hostId: host.id, status: 'trusted' },
        data: { status: 'superseded' },
      })
    await tx.hostKey.update({
      where: { id: key.id },
      data: { ...reviewed, status: trusts ? 'trusted' : 'rejected' },
    })
    await recordAudit(tx, ctx.actor, trusts ? 'host.key_trusted' : 'host.key_rejected', 'host', host.id, {
      name: host.name,
      algorithm: key.algorithm,
      fingerprint: key.fingerprint,
    })
    if (trusts) {
      await moveHost(tx, ctx.actor, host, { state: 'new', message: '', next: '' })
      await requestProbe(tx, host.id)
    } else {
      await moveHost(tx, ctx.actor, host, {
        state: host.state,
        message: `${ctx.actor.id} rejected the key ${key.fingerprint} that ${host.name} shows.`,
        next: 'Find out who answers at this address, then probe again.',
      })
    }
    return { type: 'done' }
  }, transactionLimits)
}
