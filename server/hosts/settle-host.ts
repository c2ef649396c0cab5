import type { z } from 'zod'
import type { RecordedToken } from '@/agents/protocol'
import { recordAudit } from '@/server/audit/record'
import { notFound } from '@/server/lib/domain-error'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import { requestFencingProbe } from './request-probe'
import type { adoptHostInput, HostRequestOutcome } from './schema'
import { lockHost } from './transitions'
import { storableJson } from './untrusted'

type Ctx = Pick<ServiceContext, 'db' | 'actor'>

const refused = (message: string, next: string): HostRequestOutcome => ({ type: 'refused', message, next })

/** Asks for the fencing probe that ends a quarantine if nothing acts on the host any more. */
export async function liftQuarantine(ctx: Ctx, hostId: string): Promise<HostRequestOutcome> {
  return ctx.db.$transaction(async (tx): Promise<HostRequestOutcome> => {
    const host = await lockHost(tx, hostId)
    if (host === null) throw notFound('host')
    if (host.state === 'foreign') return refused(host.stateMessage, host.stateNext)
    if (!host.fenceDue) {
      return host.state === 'quarantined'
        ? // The same machine entered twice: no probe can settle that.
          refused(host.stateMessage, host.stateNext)
        : refused(`${host.name} is not in quarantine.`, 'Reload the page.')
    }
    const unknown = await tx.job.findFirst({ where: { hostId, state: 'unknown' }, include: { device: true } })
    if (unknown !== null) {
      return refused(
        `What the job for ${unknown.device.daxName} did on ${host.name} is not known yet.`,
        'Recover that job, or mark it lost; then lift the quarantine.',
      )
    }
    if (host.credentialId === null)
      return refused(`${host.name} has no SSH key assigned.`, 'Choose a key for it first.')
    await requestFencingProbe(tx, hostId)
    await recordAudit(tx, ctx.actor, 'host.lift_requested', 'host', hostId, { name: host.name })
    return {
      type: 'requested',
      message:
        'A fencing probe was asked for: it takes the host’s lock, records a new token so that nothing older can act ' +
        'there, and reads the host. If nothing acts on it, the host is ready again.',
    }
  }, transactionLimits)
}

/** Makes this installation the one that may act on the host, if its record still is the one the operator saw. */
export async function adoptHost(
  ctx: Ctx,
  { hostId, from }: z.infer<typeof adoptHostInput>,
): Promise<HostRequestOutcome> {
  return ctx.db.$transaction(async (tx): Promise<HostRequestOutcome> => {
    const host = await lockHost(tx, hostId)
    if (host === null) throw notFound('host')
    if (host.state !== 'foreign')
      return refused(`${host.name} belongs to no other installation.`, 'Reload the page.')
    const seen = host.foreignToken as unknown as RecordedToken | null
    if (seen === null || !isSameToken(seen, from)) {
      return refused(
        `The record on ${host.name} is not the one you saw any more.`,
        'Reload the page and look at whose it is now.',
      )
    }
    if (host.credentialId === null)
      return refused(`${host.name} has no SSH key assigned.`, 'Choose a key for it first.')
    await tx.host.update({ where: { id: hostId }, data: { adoptFrom: storableJson(from) } })
    await requestFencingProbe(tx, hostId)
    await recordAudit(tx, ctx.actor, 'host.adopt_requested', 'host', hostId, { name: host.name, from })
    return {
      type: 'requested',
      message:
        'Adopting: under the host’s lock its record is replaced by this installation’s, if it still is the one shown ' +
        'here. From then on the other installation is refused there.',
    }
  }, transactionLimits)
}

function isSameToken(a: RecordedToken, b: RecordedToken): boolean {
  if (a === 'unreadable' || b === 'unreadable') return a === b
  return a.installationId === b.installationId && a.epoch === b.epoch
}
