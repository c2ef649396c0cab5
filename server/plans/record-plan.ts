import canonicalize from 'canonicalize'
import type { BlockSpan, HealthPolicy, OfflineItem, OnlineItem, PlanResult } from '@/agents/protocol'
import type { PlanState } from '@/prisma/generated/client'
import { withdrawOutplanned } from '@/server/approvals/withdraw'
import { recordAudit } from '@/server/audit/record'
import { insertEvent, notifyEvents, withEvents } from '@/server/events/record'
import { keepPlannedHealth } from '@/server/health-policy/keep-planned'
import { storableJsonText } from '@/server/hosts/untrusted'
import { countSpans, overlap } from '@/server/jobs/evidence'
import { inTransaction } from '@/server/lib/pg'
import type { ServiceContext } from '@/server/lib/service-context'
import { digestOf } from './digest'

type Ctx = Pick<ServiceContext, 'pg' | 'actor'>

/** A plan as it was asked for, with the device that is meant. */
export interface AskedPlan {
  id: string
  hostId: string
  deviceId: string
  identity: string
  kind: string
  state: PlanState
  zone: string | null
  shareBytes: bigint | null
  shareBlocks: BlockSpan[] | null
  onPartial: string | null
  floorBytes: bigint | null
  healthPolicy: HealthPolicy | null
}

type Bytes = 'shareBytes' | 'floorBytes'
type AskedRow = Omit<AskedPlan, Bytes> & Record<Bytes, string | null>

const readAsked = `
  SELECT p.id, p."hostId", p."deviceId", d.identity, p.kind::text, p.state::text, p.zone, p."shareBytes"::text,
    p."shareBlocks", p."onPartial", p."floorBytes"::text, p."healthPolicy"
  FROM "Plan" p JOIN "Device" d ON d.id = p."deviceId" WHERE p.id = $1::uuid`

/** Null when there is no such plan. */
export async function askedPlan({ pg }: Pick<Ctx, 'pg'>, planId: string): Promise<AskedPlan | null> {
  const [row] = (await pg.query<AskedRow>(readAsked, [planId])).rows
  if (row === undefined) return null
  const bytes = (text: string | null) => (text === null ? null : BigInt(text))
  return { ...row, shareBytes: bytes(row.shareBytes), floorBytes: bytes(row.floorBytes) }
}

/**
 * Writes down the host's answer to a plan that is still open; a late or second answer changes nothing. An answer that
 * is not about the device and what was asked of it, or whose digest is not that of its item, fails the plan.
 */
export async function recordPlan(ctx: Ctx, planId: string, result: PlanResult): Promise<void> {
  const plan = await askedPlan(ctx, planId)
  if (plan !== null) await recordAnswer(ctx, plan, result)
}

/** As recordPlan, of a plan that was read before the host was asked: what was asked does not change. */
export async function recordAnswer(ctx: Ctx, plan: AskedPlan, result: PlanResult): Promise<void> {
  const fault = faultOf(result, plan.identity, plan)
  if (fault !== null) {
    const next = 'Update Daxfleet, or look at the host: its answer cannot be trusted.'
    return failPlan(ctx, plan.id, fault, next)
  }
  await inTransaction(ctx.pg, async (tx) => {
    const values = [plan.id, storableJsonText(result), result.digest, new Date()]
    const [answered] = (await tx.query<Answered>(answer, values)).rows
    if (answered === undefined) return
    await recordAudit(tx, ctx.actor, 'plan.ready', 'plan', plan.id, { digest: result.digest })
    await keepPlannedHealth(tx, plan.deviceId, result.health, answered)
    if (answered.approvalsWait) await withdrawOutplanned(tx, ctx.actor, plan.id)
  })
}

type Answered = { approvalsWait: boolean; health: unknown; policy: unknown }
// With its event, and what is to be known next: the device's health, judged by rules that are held until the end.
const answer = `
  WITH policy AS (SELECT rules FROM "HealthPolicy" FOR SHARE),
  moved AS (
    UPDATE "Plan" SET state = 'ready', result = $2::jsonb, digest = $3, "readyAt" = $4
    WHERE id = $1::uuid AND state = 'requested' RETURNING id, "deviceId"),
  ${insertEvent("'plan'", 'id::text FROM moved')}, told AS MATERIALIZED (${notifyEvents})
  SELECT d.detail->'health' AS health, (SELECT rules FROM policy) AS policy, (SELECT count(*) FROM told) AS told,
    EXISTS (SELECT 1 FROM "ApprovalRequest" WHERE state = 'waiting') AS "approvalsWait"
  FROM moved JOIN "Device" d ON d.id = moved."deviceId"`

const fail = withEvents(
  'plan',
  `UPDATE "Plan" SET state = 'failed', "errorMessage" = $2, "errorNext" = $3
   WHERE id = $1::uuid AND state = 'requested' RETURNING id`,
)

/** The host could not be asked, or its answer is of no use. */
export async function failPlan(ctx: Ctx, planId: string, message: string, next: string): Promise<void> {
  await inTransaction(ctx.pg, async (tx) => {
    if ((await tx.query(fail, [planId, message, next])).rowCount === 0) return
    await recordAudit(tx, ctx.actor, 'plan.failed', 'plan', planId, { digest: null })
  })
}

function faultOf({ item, digest, verdict }: PlanResult, identity: string, asked: AskedPlan): string | null {
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
function isShareAsked({ share, invariants }: OnlineItem | OfflineItem, asked: AskedPlan): boolean {
  const blocks = BigInt(countSpans(share.blocks))
  if (BigInt(share.bytes) !== blocks * BigInt(invariants.blockSizeBytes)) return false
  if (asked.shareBytes !== null)
    return share.askedBytes === String(asked.shareBytes) && BigInt(share.bytes) <= asked.shareBytes
  // jsonb keeps the order of a list; what the host joins or sorts is still the same blocks.
  return share.askedBytes === null && isSameBlocks(share.blocks, asked.shareBlocks ?? [])
}

function isSameBlocks(a: readonly BlockSpan[], b: readonly BlockSpan[]): boolean {
  const all = (spans: readonly BlockSpan[]) =>
    spans.map(([first, last]) => ({ first, last, state: 'online' as const, zones: '', node: null }))
  return overlap(a, all(b)) === countSpans(a) && overlap(b, all(a)) === countSpans(b)
}
