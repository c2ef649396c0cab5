import canonicalize from 'canonicalize'
import type { BlockSpan, OfflineItem, OnlineItem, PlanResult } from '@/agents/protocol'
import type { Plan, Prisma } from '@/prisma/generated/client'
import { withdrawOutplanned } from '@/server/approvals/withdraw'
import { recordAudit } from '@/server/audit/record'
import { recordEvent } from '@/server/events/record'
import { keepPlannedHealth } from '@/server/health-policy/keep-planned'
import { storableJson } from '@/server/hosts/untrusted'
import { countSpans, overlap } from '@/server/jobs/evidence'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import { digestOf } from './digest'

type Ctx = Pick<ServiceContext, 'db' | 'actor'>

/**
 * Writes down the host's answer to a plan that is still open; a late or second answer changes nothing. An answer that
 * is not about the device and what was asked of it, or whose digest is not that of its item, fails the plan.
 */
export async function recordPlan(ctx: Ctx, planId: string, result: PlanResult): Promise<void> {
  const plan = await ctx.db.plan.findUnique({ where: { id: planId }, include: { device: true } })
  if (plan === null) return
  const fault = faultOf(result, plan.device.identity, plan)
  if (fault !== null) {
    return failPlan(ctx, planId, fault, 'Update Daxfleet, or look at the host: its answer cannot be trusted.')
  }
  await close(ctx, planId, {
    state: 'ready',
    result: storableJson(result),
    digest: result.digest,
    readyAt: new Date(),
  })
}

/** The host could not be asked, or its answer is of no use. */
export async function failPlan(ctx: Ctx, planId: string, message: string, next: string): Promise<void> {
  await close(ctx, planId, { state: 'failed', errorMessage: message, errorNext: next })
}

async function close(ctx: Ctx, planId: string, data: Prisma.PlanUpdateManyMutationInput): Promise<void> {
  await ctx.db.$transaction(async (tx) => {
    const { count } = await tx.plan.updateMany({ where: { id: planId, state: 'requested' }, data })
    if (count === 0) return
    const digest = typeof data.digest === 'string' ? data.digest : null
    await recordAudit(tx, ctx.actor, `plan.${data.state}`, 'plan', planId, { digest })
    await recordEvent(tx, 'plan', planId)
    if (data.state === 'ready') {
      await keepPlannedHealth(tx, planId)
      await withdrawOutplanned(tx, ctx.actor, planId)
    }
  }, transactionLimits)
}

function faultOf({ item, digest, verdict }: PlanResult, identity: string, asked: Plan): string | null {
  if (item === null) return verdict === 'refused' ? null : 'The host agreed to a plan without describing it.'
  if (item.invariants.deviceId !== identity) return 'The host answered for another device than was asked.'
  if (item.kind !== asked.kind) return 'The host planned something else than was asked.'
  const zone = 'zone' in item ? item.zone : 'zone' in item.invariants ? item.invariants.zone : null
  if (zone !== asked.zone) return 'The host answered for another zone than was asked.'
  const judgedBy = 'health' in item ? item.health?.policy : null
  if (canonicalize(judgedBy ?? null) !== canonicalize(asked.healthPolicy))
    return 'The host answered for another health policy than was asked.'
  if (
    'policy' in item &&
    (item.policy.floorBytes !== String(asked.floorBytes) || item.policy.onPartial !== asked.onPartial)
  ) {
    return 'The host answered for another floor or policy than was asked.'
  }
  if ('share' in item && !isShareAsked(item, asked))
    return 'The host answered for another share than was asked.'
  return digest === digestOf(item) ? null : 'The digest the host sent is not that of the plan it sent.'
}

/** What was asked, and never more than that: a host does not choose how much it gives. */
function isShareAsked({ share, invariants }: OnlineItem | OfflineItem, asked: Plan): boolean {
  const blocks = BigInt(countSpans(share.blocks))
  if (BigInt(share.bytes) !== blocks * BigInt(invariants.blockSizeBytes)) return false
  if (asked.shareBytes !== null)
    return share.askedBytes === String(asked.shareBytes) && BigInt(share.bytes) <= asked.shareBytes
  // jsonb keeps the order of a list; what the host joins or sorts is still the same blocks.
  return share.askedBytes === null && isSameBlocks(share.blocks, asked.shareBlocks as BlockSpan[])
}

function isSameBlocks(a: readonly BlockSpan[], b: readonly BlockSpan[]): boolean {
  const all = (spans: readonly BlockSpan[]) =>
    spans.map(([first, last]) => ({ first, last, state: 'online' as const, zones: '', node: null }))
  return overlap(a, all(b)) === countSpans(a) && overlap(b, all(a)) === countSpans(b)
}
