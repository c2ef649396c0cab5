import type { z } from 'zod'
import { rulesFor } from '@/server/approvals/rules'
import { recordAudit } from '@/server/audit/record'
import { recordEvent } from '@/server/events/record'
import { lockHost } from '@/server/hosts/transitions'
import { notFound } from '@/server/lib/domain-error'
import { enqueue } from '@/server/lib/queue'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import type { changePolicyInput, changePolicyOutput } from './schema'

type Outcome = z.infer<typeof changePolicyOutput>

const refused = (message: string, next: string): Outcome => ({ type: 'refused', message, next })

/**
 * Asks a host to change what its kernel does with new memory by itself: written down, audited, and carried out by a worker
 * under the host's lease. Throws DomainError when there is no such host.
 */
export function requestChange(
  ctx: Pick<ServiceContext, 'db' | 'actor'>,
  { hostId, bootId, from, to }: z.infer<typeof changePolicyInput>,
): Promise<Outcome> {
  return ctx.db.$transaction(async (tx) => {
    const host = await lockHost(tx, hostId)
    if (host === null) throw notFound('host')
    if (from === to) return refused(`It is ${from} already.`, 'Nothing has to be done.')
    if (host.state !== 'ready') {
      const message = `${host.name} cannot be told now. ${host.stateMessage}`.trim()
      return refused(message, host.stateNext || 'Probe the host first.')
    }
    const read = await tx.host.findUniqueOrThrow({
      where: { id: hostId },
      select: { bootId: true, autoOnlinePolicy: true },
    })
    if (read.bootId !== bootId || read.autoOnlinePolicy !== from) {
      const message = `${host.name} is not as you saw it: it reads ${read.autoOnlinePolicy ?? 'nothing'} now.`
      return refused(message, 'Reload the page and look again.')
    }
    const stop = await tx.fleetStop.findFirst()
    if (stop === null || stop.pulled)
      return refused('The fleet-wide stop is pulled.', 'Release it, then ask again.')
    const rules = await rulesFor(tx, [host])
    if (rules.length > 0) {
      const message = `Writing to ${host.name} takes a second person (rule: ${rules.slice(0, 3).join('; ')}), who cannot be asked for this.`
      return refused(message, 'Change it on the host itself, or convert with the zone its policy gives.')
    }
    const open = await tx.policyChange.findFirst({ where: { hostId, state: 'requested' } })
    if (open !== null) return refused('A change of it is on its way already.', 'Wait for its end.')
    const { id } = await tx.policyChange.create({
      data: { hostId, bootId, fromPolicy: from, toPolicy: to, requestedBy: ctx.actor.id },
    })
    await recordAudit(tx, ctx.actor, 'host.policy_requested', 'host', hostId, {
      setting: 'auto_online_blocks',
      from,
      to,
    })
    await recordEvent(tx, 'host', hostId)
    await enqueue(tx, 'change-policy', { changeId: id }, { jobKey: `change-policy:${id}` })
    return { type: 'requested' as const, changeId: id }
  }, transactionLimits)
}
