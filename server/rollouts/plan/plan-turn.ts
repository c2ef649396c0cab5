import type { PlanResult } from '@/agents/protocol'
import type { Prisma } from '@/prisma/generated/client'
import type { Actor } from '@/server/audit/actor'
import { recordAudit } from '@/server/audit/record'
import type { Outbox } from '@/server/events/outbox'
import { gainBytesOf } from '@/server/plans/before'
import { requestPlanWithin } from '@/server/plans/request-plan'
import { type RolloutKind, rolloutKindOf, takesAway } from '@/server/plans/vocabulary'
import { groupOf, splitIntoWaves } from '../machine/waves'
import type { LockedRollout } from '../rows/load'
import { digestOfPlanned } from './digest'
import { breaksFloor } from './fleet-floor'

type Tx = Prisma.TransactionClient

/** Plans of one rollout that are asked for at a time: each waits its turn in the queue, and not beyond its patience. */
const mostOpenPlans = 32

const withPlan = { plan: true } as const
type PlannedItem = Prisma.RolloutItemGetPayload<{ include: typeof withPlan }>

/** Where a device needs no work: the reason it is left out for. */
const already: Readonly<Record<RolloutKind, { cause: string; message: string }>> = {
  convert: { cause: 'already_converted', message: 'All of it is online in the zone asked already.' },
  restore: { cause: 'not_system_ram', message: 'It is on device_dax already, with no block left.' },
  online: { cause: 'already_converted', message: 'That share of it is online in the zone asked already.' },
  offline: { cause: 'not_system_ram', message: 'That share of it is offline already.' },
}
const nothingTo: Readonly<Record<RolloutKind, string>> = {
  convert: 'nothing_to_convert',
  restore: 'nothing_to_restore',
  online: 'nothing_to_bring_online',
  offline: 'nothing_to_take_offline',
}

/**
 * One turn of a rollout that is being planned: takes in the answers there are, asks for more, and when every device has
 * its answer forms the waves and the digest. A host's devices are planned one after the other, since headroom for
 * struct pages is one for all of them. Nothing to convert is never a success: then the rollout is discarded.
 */
export async function planTurn(tx: Tx, actor: Actor, locked: LockedRollout, outbox: Outbox): Promise<void> {
  const { id: rolloutId, asked: terms } = locked
  const asked = await tx.rolloutItem.findMany({
    where: { rolloutId, state: 'planning', planId: { not: null } },
    include: withPlan,
  })
  let open = 0
  for (const item of asked) if (!(await takeAnswer(tx, item))) open += 1
  for (;;) {
    const candidates = await nextToPlan(tx, rolloutId, mostOpenPlans - open)
    if (candidates.length === 0) break
    for (const { id, deviceId, shareBytes } of candidates) {
      const share = shareBytes === null ? {} : { shareBytes }
      const answer = await requestPlanWithin(tx, actor, { deviceId, ...terms, ...share }, outbox)
      if (answer.type === 'refused') await exclude(tx, id, 'not_ready', answer.message, answer.next)
      else {
        await tx.rolloutItem.update({ where: { id }, data: { planId: answer.planId } })
        open += 1
      }
    }
  }
  const left = await tx.rolloutItem.count({ where: { rolloutId, state: 'planning' } })
  if (left === 0) await finishPlanning(tx, actor, locked)
}

/** The first device that waits of each host of which none is being planned. */
async function nextToPlan(
  tx: Tx,
  rolloutId: string,
  limit: number,
): Promise<{ id: string; deviceId: string; shareBytes: bigint | null }[]> {
  if (limit <= 0) return []
  return tx.$queryRaw`
    SELECT DISTINCT ON (i."hostId") i.id, i."deviceId", i."shareBytes" FROM "RolloutItem" i
    WHERE i."rolloutId" = ${rolloutId}::uuid AND i.state = 'planning' AND i."planId" IS NULL AND NOT EXISTS (
      SELECT 1 FROM "RolloutItem" o WHERE o."rolloutId" = i."rolloutId" AND o."hostId" = i."hostId"
        AND o.state = 'planning' AND o."planId" IS NOT NULL)
    ORDER BY i."hostId", i.position LIMIT ${limit}`
}

/** True when the device has its answer, and needs no further one. */
async function takeAnswer(tx: Tx, { id, plan, planId }: PlannedItem): Promise<boolean> {
  if (plan === null || planId === null || plan.state === 'requested') return false
  // Written by recordPlan alone, from an answer the agent's client has parsed.
  const result = plan.result as unknown as PlanResult | null
  if (plan.state === 'failed' || result === null) {
    await exclude(tx, id, 'not_planned', plan.errorMessage, plan.errorNext)
  } else if (result.verdict === 'already') {
    const { cause, message } = already[rolloutKindOf(plan)]
    await exclude(tx, id, cause, message, '')
  } else if (result.verdict === 'refused' || plan.digest === null || result.item === null) {
    const [refusal] = result.refusals
    const message = refusal?.message ?? 'The host refuses this.'
    await exclude(tx, id, refusal?.code ?? 'refused', message, refusal?.next ?? 'Look at the plan.')
  } else {
    const { lostBytes, memmapBytes } = result.item.prediction
    const costs = result.item.kind === 'convert'
    const prediction = {
      gainBytes: gainBytesOf(result.item),
      // Both are what a conversion costs: giving back, or a share of what is on kmem, costs neither.
      lostBytes: costs ? BigInt(lostBytes) : 0n,
      memmapBytes: costs ? BigInt(memmapBytes) : 0n,
    }
    await tx.rolloutItem.update({
      where: { id },
      data: { state: 'planned', digest: plan.digest, ...prediction },
    })
  }
  return true
}

async function exclude(tx: Tx, id: string, cause: string, message: string, next: string): Promise<void> {
  await tx.rolloutItem.update({ where: { id }, data: { state: 'excluded', cause, message, next } })
}

async function finishPlanning(tx: Tx, actor: Actor, locked: LockedRollout): Promise<void> {
  const { id: rolloutId, nowMs } = locked
  const items = await tx.rolloutItem.findMany({
    where: { rolloutId, state: 'planned' },
    select: { hostId: true, gainBytes: true },
  })
  const discard = async (reason: string, detail: Record<string, string> = {}) => {
    const data = { state: 'discarded', reason, endedAt: new Date(nowMs) } as const
    await tx.rollout.update({ where: { id: rolloutId }, data })
    await recordAudit(tx, actor, 'rollout.discarded', 'rollout', rolloutId, { reason, ...detail })
  }
  if (items.length === 0) return discard(nothingTo[locked.kind])
  const broken = takesAway(locked.kind) ? await breaksFloor(tx, items) : null
  if (broken !== null) return discard('fleet_floor', { message: broken.message })
  await formWaves(tx, locked, new Set(items.map(({ hostId }) => hostId)))
  const digest = await digestOfPlanned(tx, locked)
  await tx.rollout.update({
    where: { id: rolloutId },
    data: { state: 'ready', digest, readyAt: new Date(nowMs) },
  })
  await recordAudit(tx, actor, 'rollout.ready', 'rollout', rolloutId, { digest, devices: items.length })
}

async function formWaves(
  tx: Tx,
  { id: rolloutId, rollout: { policy } }: LockedRollout,
  taken: ReadonlySet<string>,
): Promise<void> {
  const hosts = await tx.rolloutHost.findMany({
    where: { rolloutId },
    orderBy: { position: 'asc' },
    include: { host: { select: { labels: true } } },
  })
  const listed = hosts
    .filter(({ hostId }) => taken.has(hostId))
    .map(({ hostId, host }) => ({
      hostId,
      group: groupOf(host.labels as Record<string, string>, policy.spreadByLabel),
    }))
  for (const [wave, hostIds] of splitIntoWaves(listed, policy).entries()) {
    await tx.rolloutHost.updateMany({ where: { rolloutId, hostId: { in: hostIds } }, data: { wave } })
  }
  await tx.rolloutHost.updateMany({
    where: { rolloutId, wave: null },
    data: { state: 'skipped', cause: 'excluded' },
  })
}
