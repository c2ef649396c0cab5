import type { Prisma } from '@/prisma/generated/client'
import type { Outbox } from '@/server/events/outbox'
import { requestProbe, requestProbes } from '@/server/hosts/request-probe'
import type { Decision } from '../machine/model'
import type { Written } from './desk'
import type { LockedRollout } from './load'

type Tx = Prisma.TransactionClient

const ended: ReadonlySet<string> = new Set(['finished', 'stopped', 'aborted', 'discarded'])

/** Writes a decision down as machine/apply.ts describes it, with its audit row, in the transaction that holds the rollout. */
export async function writeDecision(
  tx: Tx,
  outbox: Outbox,
  { id: rolloutId, nowMs, parts, rollout }: LockedRollout,
  decision: Written,
): Promise<void> {
  const now = new Date(nowMs)
  const audit = (action: string, detail: Prisma.InputJsonObject) =>
    outbox.audit({ action: `rollout.${action}`, subjectKind: 'rollout', subjectId: rolloutId, detail })
  const updateHost = (hostId: string, data: Prisma.RolloutHostUpdateInput) =>
    tx.rolloutHost.update({ where: { rolloutId_hostId: { rolloutId, hostId } }, data })

  switch (decision.type) {
    case 'settle_item': {
      const { itemId, hostId, to, cause } = decision
      const { message = '', next = '', deviceId = '' } = parts.get(itemId) ?? {}
      await tx.rolloutItem.update({
        where: { id: itemId },
        data: { state: to, cause, message, next, retryAt: null },
      })
      return audit('device_settled', { hostId, deviceId, to, cause })
    }
    case 'requeue_item': {
      const { itemId, hostId, retriesUsed, retryAtMs, cause } = decision
      const { message = '', next = '', deviceId = '' } = parts.get(itemId) ?? {}
      const data = { jobId: null, retriesUsed, retryAt: new Date(retryAtMs), cause, message, next }
      await tx.rolloutItem.update({ where: { id: itemId }, data: { ...data, state: 'pending' } })
      // A host that could not be reached is ready again only once it was looked at.
      await requestProbe(tx, hostId)
      return audit('device_requeued', { hostId, deviceId, cause, retriesUsed })
    }
    case 'start_host':
      await updateHost(decision.hostId, { state: 'running', startedAt: now, endedAt: null, cause: null })
      return audit('host_started', { hostId: decision.hostId })
    case 'settle_host': {
      const { hostId, to, cause } = decision
      await updateHost(hostId, { state: to, cause, endedAt: now })
      await tx.rolloutItem.updateMany({
        where: { rolloutId, hostId, state: 'pending' },
        data: { state: 'unstarted', retryAt: null },
      })
      return audit('host_settled', { hostId, to, cause })
    }
    case 'pass_host':
      await updateHost(decision.hostId, { checked: true })
      return
    case 'requeue_hosts': {
      const hostIds = decision.hosts.map(({ hostId }) => hostId)
      const itemIds = decision.hosts.flatMap((host) => host.itemIds)
      await tx.$executeRaw`
        UPDATE "RolloutHost" SET state = 'pending', acknowledged = false, checked = false, "startedAt" = NULL,
          "endedAt" = NULL, cause = NULL
        WHERE "rolloutId" = ${rolloutId}::uuid AND "hostId" = ANY(${hostIds}::uuid[])`
      await tx.$executeRaw`
        UPDATE "RolloutItem" SET state = 'pending', "jobId" = NULL, "retriesUsed" = 0, "retryAt" = NULL, cause = NULL,
          message = '', next = '' WHERE id = ANY(${itemIds}::uuid[])`
      return audit('hosts_requeued', { hosts: hostIds.length, hostIds })
    }
    case 'skip_hosts': {
      const { hostIds } = decision
      await tx.$executeRaw`
        UPDATE "RolloutHost" SET state = 'skipped', "endedAt" = ${now}
        WHERE "rolloutId" = ${rolloutId}::uuid AND "hostId" = ANY(${hostIds}::uuid[])`
      await tx.$executeRaw`
        UPDATE "RolloutItem" SET state = 'skipped', "retryAt" = NULL
        WHERE "rolloutId" = ${rolloutId}::uuid AND "hostId" = ANY(${hostIds}::uuid[])
          AND state IN ('pending', 'unstarted')`
      return audit('hosts_skipped', { hosts: hostIds.length, hostIds })
    }
    case 'acknowledge_failures':
      await tx.rolloutHost.updateMany({
        where: { rolloutId, state: { in: ['failed', 'void', 'cancelled'] } },
        data: { acknowledged: true },
      })
      return audit('failures_acknowledged', {})
    case 'open_wave':
      await tx.rollout.update({
        where: { id: rolloutId },
        data: { wave: decision.wave, soakSince: null, checkSince: null },
      })
      return audit('wave_opened', { wave: decision.wave })
    case 'begin_soak':
      await tx.rollout.update({ where: { id: rolloutId }, data: { soakSince: now, checkSince: null } })
      return audit('soak_began', { wave: rollout.wave })
    case 'begin_check': {
      const { wave } = rollout
      await tx.rollout.update({ where: { id: rolloutId }, data: { checkSince: now } })
      const unchecked = await tx.rolloutHost.findMany({
        where: { rolloutId, wave, state: 'succeeded', checked: false },
        select: { hostId: true },
      })
      await requestProbes(
        tx,
        unchecked.map(({ hostId }) => hostId),
      )
      return audit('check_began', { wave, hosts: unchecked.length })
    }
    case 'move':
      return move(tx, { rolloutId, now, from: rollout.state }, decision, audit)
  }
}

async function move(
  tx: Tx,
  { rolloutId, now, from }: { rolloutId: string; now: Date; from: string },
  { to, reason }: Extract<Decision, { type: 'move' }>,
  audit: (action: string, detail: Prisma.InputJsonObject) => void,
): Promise<void> {
  const beginsAnew = to === 'running' && from !== 'paused'
  await tx.rollout.update({
    where: { id: rolloutId },
    data: {
      state: to,
      reason,
      endedAt: ended.has(to) ? now : null,
      ...(beginsAnew ? { soakSince: null, checkSince: null } : {}),
    },
  })
  if (to === 'stopped' || to === 'aborted') {
    const where = { rolloutId, state: 'pending' as const }
    await tx.rolloutHost.updateMany({ where, data: { state: 'unstarted' } })
    await tx.rolloutItem.updateMany({ where, data: { state: 'unstarted', retryAt: null } })
  }
  return audit(to, { from, reason })
}
