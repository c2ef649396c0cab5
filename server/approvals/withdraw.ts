import type { Prisma } from '@/prisma/generated/client'
import type { Actor } from '@/server/audit/actor'
import type { AuditSink } from '@/server/audit/append'
import { recordAudits } from '@/server/audit/record'
import { type EventSink, tellApprovalsChanged } from '@/server/events/record'
import { rowsOf } from '@/server/lib/sql-sink'

type Tx = Prisma.TransactionClient
/** For those that are called where a conversion's statements are counted. */
type Sink = AuditSink & EventSink
interface Ended {
  id: string
  planId: string | null
  rolloutId: string | null
  digest: string
}

/** Ends requests that wait and match: nobody can approve them any more. How many there were. */
export async function withdrawWaiting(
  tx: Tx,
  actor: Actor,
  where: Prisma.ApprovalRequestWhereInput,
  reason: string,
): Promise<number> {
  const waiting = await tx.approvalRequest.findMany({
    where: { AND: [where, { state: 'waiting' }] },
    select: { id: true },
  })
  return end(tx, actor, waiting, 'withdrawn', reason)
}

/** Requests whose time is over end, so that the audit log has it. */
export async function expireRequests(tx: Tx, actor: Actor): Promise<number> {
  const late = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM "ApprovalRequest" WHERE state = 'waiting' AND "expiresAt" <= clock_timestamp() LIMIT 1000`
  return end(tx, actor, late, 'expired', 'Nobody decided in time.')
}

/**
 * Requests about a host that is no longer as it was planned: it has booted since, or a device is gone. The host itself
 * would refuse; nobody should be asked to approve what cannot be.
 */
export async function withdrawDrifted(tx: Sink, actor: Actor, hostId: string): Promise<void> {
  // Nearly always nothing waits at all: that is found by the partial indexes.
  const drifted = await rowsOf<{ id: string }>(
    tx,
    `SELECT r.id FROM "ApprovalRequest" r WHERE r.state = 'waiting' AND EXISTS (
      SELECT 1 FROM "Plan" p JOIN "Host" h ON h.id = p."hostId" JOIN "Device" d ON d.id = p."deviceId"
      WHERE p."hostId" = $1::uuid
        AND (p.id = r."planId" OR p.id IN (
          SELECT i."planId" FROM "RolloutItem" i WHERE i."rolloutId" = r."rolloutId" AND i.state = 'planned'))
        AND (d.state = 'gone' OR p.result->'item'->'invariants'->>'bootId' IS DISTINCT FROM h."bootId"))`,
    [hostId],
  )
  await end(
    tx,
    actor,
    drifted,
    'withdrawn',
    'The host is not as it was planned: it was restarted, or a device is gone.',
  )
}

/** Requests about an older plan of this device: what would be approved is not what the host says now. */
export async function withdrawOutplanned(tx: Sink, actor: Actor, planId: string): Promise<void> {
  const older = await rowsOf<{ id: string }>(
    tx,
    `SELECT r.id FROM "ApprovalRequest" r JOIN "Plan" old ON old.id = r."planId"
      JOIN "Plan" p ON p."deviceId" = old."deviceId" AND p.kind = old.kind AND p.zone IS NOT DISTINCT FROM old.zone
        AND p."shareBytes" IS NOT DISTINCT FROM old."shareBytes" AND p."shareBlocks" IS NOT DISTINCT FROM old."shareBlocks"
        AND p."onPartial" IS NOT DISTINCT FROM old."onPartial"
    WHERE p.id = $1::uuid AND r.state = 'waiting' AND old.id <> p.id AND r.digest IS DISTINCT FROM p.digest`,
    [planId],
  )
  await end(tx, actor, older, 'withdrawn', 'The host was asked again, and plans otherwise now.')
}

async function end(
  tx: Sink,
  actor: Actor,
  requests: readonly { id: string }[],
  state: 'withdrawn' | 'expired',
  reason: string,
): Promise<number> {
  if (requests.length === 0) return 0
  const ended = await rowsOf<Ended>(
    tx,
    `UPDATE "ApprovalRequest" SET state = $1::"ApprovalState", "decidedAt" = now(), "decidedBy" = $2, reason = $3
    WHERE id = ANY($4::uuid[]) AND state = 'waiting' RETURNING id, "planId", "rolloutId", digest`,
    [state, actor.id, reason, requests.map(({ id }) => id)],
  )
  const audits = ended.map(({ id, ...detail }) => ({ id, detail: { ...detail, reason } }))
  if (audits.length > 0) await recordAudits(tx, actor, `approval.${state}`, 'approval', audits)
  if (audits.length > 0) await tellApprovalsChanged(tx)
  return ended.length
}
