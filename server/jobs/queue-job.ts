import type { PlanResult } from '@/agents/protocol'
import type { PlanState, Prisma } from '@/prisma/generated/client'
import { rulesFor, secondPersonWords } from '@/server/approvals/rules'
import type { Actor } from '@/server/audit/actor'
import type { Outbox } from '@/server/events/outbox'
import { fleetFloorRefusal } from '@/server/floors/fleet-floor'
import { readFleetRoom } from '@/server/floors/queries'
import { lockHost } from '@/server/hosts/transitions'
import { notFound } from '@/server/lib/domain-error'
import { rowsOf } from '@/server/lib/sql-sink'
import { onlineBytesBefore, predictedBytesOf, shareBytesOf } from '@/server/plans/before'
import { approvalPhrase } from '@/server/plans/phrase'
import { carriedOutStates } from './vocabulary'

/** Somebody approves what somebody else asked for; made by server/approvals alone. */
export interface SecondPerson {
  type: 'second_person'
  requestId: string
  requestedBy: string
  phrase: string
  /** Until when what was approved may begin. */
  endsAt: Date
}

/** What stands for the person who approved: the phrase they typed, or the rollout they approved whole. */
export type Approval =
  | { type: 'phrase'; phrase: string }
  | SecondPerson
  | { type: 'rollout'; rolloutId: string; approvedBy: string; endsAt: Date | null }

export type QueuedJob =
  | { type: 'queued'; jobId: string }
  | {
      type: 'refused'
      reason:
        | 'not_ready'
        | 'host_not_ready'
        | 'plan_refused'
        | 'other_plan'
        | 'phrase'
        | 'second_person'
        | 'fleet_stop'
        | 'fleet_floor'
        | 'carried_out'
        | 'busy'
      message: string
      next: string
    }

interface PlanRead {
  hostId: string
  deviceId: string
  daxName: string
  state: PlanState
  digest: string | null
  zone: string | null
  /** Written by recordPlan alone, from an answer the agent's client has parsed. */
  result: PlanResult | null
}
const readPlan = `
  SELECT p."hostId", p."deviceId", d."daxName", p.state::text, p.digest, p.zone, p.result
  FROM "Plan" p JOIN "Device" d ON d.id = p."deviceId" WHERE p.id = $1::uuid`

interface Hindrances {
  isStopReleased: boolean | null
  isCarriedOut: boolean
  isOpen: boolean
}
// A statement of its own: what came to its end while the host's row was waited for is seen.
const readHindrances = `
  SELECT (SELECT NOT pulled FROM "FleetStop") AS "isStopReleased",
    EXISTS (SELECT 1 FROM "Job" WHERE "planId" = $1::uuid AND state::text = ANY($3::text[])) AS "isCarriedOut",
    EXISTS (SELECT 1 FROM "Job" WHERE "deviceId" = $2::uuid AND "endedAt" IS NULL) AS "isOpen"`

/**
 * Queues the one job of a plan that was approved under `digest`, for a worker to take; in the caller's transaction.
 * Everything that must hold is read here, with the host's row locked. What is to be told of it is left in `outbox`. Throws
 * DomainError when plan or host are gone.
 */
export async function queueJob(
  tx: Prisma.TransactionClient,
  actor: Actor,
  { planId, digest }: { planId: string; digest: string },
  approval: Approval,
  outbox: Outbox,
): Promise<QueuedJob> {
  const [plan] = await rowsOf<PlanRead>(tx, readPlan, [planId])
  if (plan === undefined) throw notFound('plan')
  const host = await lockHost(tx, plan.hostId)
  if (host === null) throw notFound('host')
  const { result } = plan
  const item = result?.item ?? null
  if (plan.state !== 'ready' || result === null)
    return refused('not_ready', 'The host has not answered yet.', 'Wait for the plan.')
  if (result.verdict === 'refused' || item === null)
    return refused(
      'plan_refused',
      result.refusals[0]?.message ?? 'The host refuses this.',
      result.refusals[0]?.next ?? 'Look at the plan.',
    )
  if (plan.digest !== digest)
    return refused(
      'other_plan',
      'What you saw is not this plan any more.',
      'Reload the page and read the plan again.',
    )
  const kind = item.kind
  const daxName = item.preconditions.daxName || plan.daxName
  const expected = approvalPhrase(kind, daxName, host.name, shareBytesOf(item))
  if (approval.type !== 'rollout' && approval.phrase.trim() !== expected)
    return refused('phrase', 'The phrase does not match.', `Type: ${expected}`)
  const rules = approval.type === 'phrase' ? await rulesFor(tx, [host]) : []
  if (rules.length > 0) {
    const { message, next } = secondPersonWords(rules)
    return refused('second_person', message, next)
  }
  if (host.state !== 'ready')
    return refused(
      'host_not_ready',
      `${host.name} is not ready. ${host.stateMessage}`.trim(),
      host.stateNext || 'Probe the host.',
    )
  const [now] = await rowsOf<Hindrances>(tx, readHindrances, [planId, plan.deviceId, carriedOutStates])
  if (now?.isStopReleased !== true)
    return refused('fleet_stop', 'The fleet-wide stop is pulled.', 'Release it, then start it again.')
  if ('lossBytes' in item) {
    const broken = await breaksFleetFloor(tx, BigInt(item.lossBytes), approval.type === 'rollout')
    if (broken !== null) return refused('fleet_floor', broken.message, broken.next)
  }
  if (now.isCarriedOut)
    return refused(
      'carried_out',
      'This plan was carried out already.',
      'Make a new plan and look at what is left to do.',
    )
  if (now.isOpen) return busy

  const job = await tx.job.create({
    data: {
      hostId: host.id,
      deviceId: plan.deviceId,
      kind,
      planId,
      digest,
      zone: plan.zone,
      approvedBy: approval.type === 'rollout' ? approval.approvedBy : actor.id,
      approvalEndsAt: approval.type === 'phrase' ? null : approval.endsAt,
      predictedBytes: predictedBytesOf(item),
      onlineBytesBefore: onlineBytesBefore(item),
      bootId: item.invariants.bootId,
    },
    select: { id: true },
  })
  outbox.audit({
    ...{ action: 'job.approved', subjectKind: 'job', subjectId: job.id },
    detail: { kind, planId, digest, ...authorityOf(approval, expected) },
  })
  outbox.event('job', job.id)
  outbox.event('host', host.id)
  // Other pages that show the plan learn that it is taken; of a rollout's plans there is no page.
  if (approval.type !== 'rollout') outbox.event('plan', planId)
  outbox.wake('run-job', { jobId: job.id }, `run-job:${job.id}`)
  return { type: 'queued', jobId: job.id }
}

/** What the audit log tells of why it may be. */
function authorityOf(approval: Approval, phrase: string): Record<string, string> {
  if (approval.type === 'rollout') return { rolloutId: approval.rolloutId }
  if (approval.type === 'phrase') return { phrase }
  return { phrase, requestId: approval.requestId, requestedBy: approval.requestedBy }
}

/**
 * The fleet's floor, weighed with its row locked: of two approvals at one moment the second sees the first. What a rollout
 * gives back was weighed whole at its approval; at the turn of each device what was begun counts beside it, as far as
 * its host has not told yet.
 */
async function breaksFleetFloor(
  tx: Prisma.TransactionClient,
  lossBytes: bigint,
  isOfRollout: boolean,
): Promise<{ message: string; next: string } | null> {
  await tx.$queryRaw`SELECT 1 FROM "CapacityFloor" FOR UPDATE`
  const room = await readFleetRoom(tx)
  const promisedBytes = isOfRollout ? room.takingBytes : room.promisedBytes
  return fleetFloorRefusal({ ...room, promisedBytes }, lossBytes)
}

type Refused = Extract<QueuedJob, { type: 'refused' }>
const refused = (reason: Refused['reason'], message: string, next: string): Refused => ({
  type: 'refused',
  reason,
  message,
  next,
})

/** Also what the database says when two ask at one moment: its partial unique index lets one through. */
export const busy = refused(
  'busy',
  'A job for this device waits or runs already.',
  'Open it on the Runs page, and wait for its end.',
)
