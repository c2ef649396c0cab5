import type { Prisma } from '@/prisma/generated/client'
import type { Actor } from '@/server/audit/actor'
import { queueJob } from '@/server/jobs/queue-job'
import { apply } from './apply'
import type { LockedRollout } from './load'
import type { Decision, Rollout } from './model'
import { writeDecision } from './write'

/** A job that is to be asked to stop, once the transaction stands. */
export interface Cancel {
  jobId: string
}

/**
 * Carries a decision out in the transaction that holds the rollout, and answers how it stands afterwards. A job that may
 * not be started after all is written down as what it is: nothing is ever said to run that does not.
 */
export async function carryOut(
  tx: Prisma.TransactionClient,
  actor: Actor,
  locked: LockedRollout,
  decision: Decision,
  cancels: Cancel[],
): Promise<Rollout> {
  const { rollout, nowMs, parts } = locked
  if (decision.type === 'start_item') return startItem(tx, actor, locked, decision)
  if (decision.type === 'cancel_item') {
    const jobId = parts.get(decision.itemId)?.jobId
    if (jobId) cancels.push({ jobId })
  } else await writeDecision(tx, actor, locked, decision)
  return apply(rollout, decision, nowMs)
}

async function startItem(
  tx: Prisma.TransactionClient,
  actor: Actor,
  locked: LockedRollout,
  decision: Extract<Decision, { type: 'start_item' }>,
): Promise<Rollout> {
  const { rollout, nowMs, parts, id: rolloutId, approvedBy } = locked
  const { hostId, itemId } = decision
  const part = parts.get(itemId)
  if (part === undefined) throw new Error(`Item ${itemId} is not in rollout ${rolloutId}.`)
  const { planId, digest } = part
  const queued = await queueJob(tx, actor, { planId, digest }, { type: 'rollout', rolloutId, approvedBy })
  if (queued.type === 'queued') {
    const data = {
      state: 'running',
      jobId: queued.jobId,
      retryAt: null,
      cause: null,
      message: '',
      next: '',
    } as const
    await tx.rolloutItem.update({ where: { id: itemId }, data })
    part.jobId = queued.jobId
    return apply(rollout, decision, nowMs)
  }
  // What was read a moment ago has changed: the machine decides anew with what is so.
  if (queued.reason === 'fleet_stop') return { ...rollout, fleetStopPulled: true }
  if (queued.reason === 'not_ready') {
    const hosts = rollout.hosts.map((host) => (host.hostId === hostId ? { ...host, ready: false } : host))
    return { ...rollout, hosts }
  }
  part.message = queued.message
  part.next = queued.next
  const settled = { type: 'settle_item', hostId, itemId, to: 'refused', cause: queued.reason } as const
  await writeDecision(tx, actor, locked, settled)
  return apply(rollout, settled, nowMs)
}
