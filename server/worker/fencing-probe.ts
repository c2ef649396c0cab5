import type { FencingToken, RecordedToken } from '@/agents/protocol'
import { Prisma } from '@/prisma/generated/client'
import { recordAudit } from '@/server/audit/record'
import { recordInspection } from '@/server/hosts/record-probe'
import { lockHost, moveHost, reached } from '@/server/hosts/transitions'
import { storableJson } from '@/server/hosts/untrusted'
import { lockHeld } from '@/server/hosts/words'
import { holdHost } from '@/server/leases/hold'
import { installationId } from '@/server/lib/installation'
import { transactionLimits } from '@/server/lib/service-context'
import type { SshTarget } from '@/server/ssh/target'
import type { WorkerContext } from './context'

/**
 * A probe that decides: under the host's lease it makes the agent take the lock and record this worker's token, so that
 * nothing older can act, and only then reads. Adopts the host first where an operator asked for it. Returns false while
 * another worker holds the host: the mark stays, and the sweep asks again. Rejects with ContactError.
 */
export async function fencingProbe(
  ctx: WorkerContext,
  hostId: string,
  adoptFrom: RecordedToken | null,
  signal: AbortSignal,
): Promise<boolean> {
  const held = await holdHost(ctx.store, hostId, ctx.holder, ctx.limits.lease)
  if (held === null) return false
  const within = AbortSignal.any([signal, held.signal])
  try {
    const token = { installationId: await installationId(ctx.db), epoch: String(held.token.epoch) }
    const target = await ctx.loadTarget(hostId)
    if (adoptFrom !== null && !(await adopt(ctx, target, token, adoptFrom, within))) return true
    const answer = await ctx.client.fence(target, { token }, { signal: within })
    if (answer.type === 'fenced') await recordInspection(ctx, hostId, answer.inspection, { fenced: true })
    else if (answer.type === 'held') await recordHeld(ctx, hostId, answer.jobId)
    else await recordUnfenced(ctx, target, within)
    return true
  } finally {
    await held.release()
  }
}

/** False when nothing was replaced; the host's state then says what is so. */
async function adopt(
  ctx: WorkerContext,
  target: SshTarget,
  token: FencingToken,
  from: RecordedToken,
  signal: AbortSignal,
): Promise<boolean> {
  const { hostId } = target
  const answer = await ctx.client.adopt(target, { token, from }, { signal })
  const said =
    answer.type === 'held'
      ? lockHeld(answer.jobId)
      : answer.type === 'refused'
        ? { message: answer.refusal.message, next: answer.refusal.next }
        : null
  await ctx.db.$transaction(async (tx) => {
    await tx.host.updateMany({ where: { id: hostId }, data: { adoptFrom: Prisma.DbNull } })
    const detail = { name: target.name, from: storableJson(from), to: { ...token } }
    if (said === null) await recordAudit(tx, ctx.actor, 'host.adopted', 'host', hostId, detail)
    else
      await recordAudit(tx, ctx.actor, 'host.adopt_refused', 'host', hostId, { ...detail, why: said.message })
  }, transactionLimits)
  if (said === null) return true
  // Reads whose the record is now; the refusal itself stands in the audit log and in the host's message.
  await recordUnfenced(ctx, target, signal)
  await ctx.db.$transaction(async (tx) => {
    const host = await lockHost(tx, hostId)
    if (host?.state !== 'foreign') return
    await moveHost(tx, ctx.actor, host, {
      state: 'foreign',
      message: `${host.stateMessage} It was not adopted: ${said.message}`,
      next: said.next,
    })
  }, transactionLimits)
  return false
}

/** Somebody acts there: quarantine stays, and says who. */
async function recordHeld(ctx: WorkerContext, hostId: string, jobId: string): Promise<void> {
  await ctx.db.$transaction(async (tx) => {
    const host = await lockHost(tx, hostId)
    if (host === null) return
    const marks = { probeRequestedAt: null, fenceRequestedAt: null, ...reached() }
    await moveHost(
      tx,
      ctx.actor,
      host,
      { state: 'quarantined', ...lockHeld(jobId) },
      { ...marks, fenceDue: true },
    )
  }, transactionLimits)
}

/** The host does not take our token: what can be read without it tells why. */
async function recordUnfenced(ctx: WorkerContext, target: SshTarget, signal: AbortSignal): Promise<void> {
  const inspection = await ctx.client.inspect(target, { signal })
  await recordInspection(ctx, target.hostId, inspection)
  await ctx.db.host.updateMany({ where: { id: target.hostId }, data: { fenceRequestedAt: null } })
}
