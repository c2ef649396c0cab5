import { AUTO_ONLINE_POLICIES, type AutoOnlinePolicy } from '@/agents/protocol'
import type { PolicyChange } from '@/prisma/generated/client'
import type { PolicyAnswer } from '@/server/agents/port'
import { recordContactError } from '@/server/hosts/record-contact-error'
import { lockHeld } from '@/server/hosts/words'
import { type ChangeEnd, endChange } from '@/server/kernel-policy/end-change'
import { holdHost } from '@/server/leases/hold'
import { deadlineSignal } from '@/server/lib/deadline'
import { enqueue } from '@/server/lib/queue'
import { ContactError, type ContactErrorKind } from '@/server/ssh/target'
import type { WorkerContext } from './context'

/** The line broke, at whichever point; all else comes before the host is told anything. */
const mayBeTold: ReadonlySet<ContactErrorKind> = new Set(['timed_out', 'lost_contact'])
/** Before the next try where somebody else holds the host. */
const againMs = 2_000

/**
 * Carries out one change of a kernel's policy under the host's lease. Sent twice it does no harm: the agent takes the value
 * it came for as it takes the one it came from. Where another holds the host it is tried again until the sweep gives it up.
 */
export async function changePolicy(ctx: WorkerContext, changeId: string): Promise<void> {
  const change = await ctx.db.policyChange.findUnique({ where: { id: changeId } })
  if (change === null || change.state !== 'requested') return
  const { hostId } = change
  const held = await holdHost(ctx.store, hostId, ctx.holder, ctx.limits.lease)
  if (held === null) {
    const jobKey = `change-policy:${changeId}`
    return enqueue(ctx.pg, 'change-policy', { changeId }, { jobKey, afterMs: againMs })
  }
  const signal = AbortSignal.any([deadlineSignal(ctx.limits.questionMs, ctx.draining), held.signal])
  try {
    if (!(await markSent(ctx, changeId))) return
    const token = { installationId: await ctx.records.installationId(), epoch: String(held.token.epoch) }
    const target = await ctx.loadTarget(hostId)
    const [from, to] = [policyOf(change.fromPolicy), policyOf(change.toPolicy)]
    const answer = await ctx.client.policy(target, { token, bootId: change.bootId, from, to }, { signal })
    await endChange(ctx, changeId, endOf(change, answer))
  } catch (error) {
    // Ours to end, not the host's fault: the sweep has another worker do it, or gives it up.
    if (ctx.draining.aborted || held.signal.aborted) return
    if (!(error instanceof ContactError)) throw error
    await recordContactError(ctx, hostId, error)
    await endChange(
      ctx,
      changeId,
      mayBeTold.has(error.kind)
        ? {
            state: 'unknown',
            readBack: null,
            message: `${error.message} Whether the host was told is not known.`,
            next: 'Look at what the kernel reads, once the host is reached again.',
          }
        : { state: 'failed', readBack: null, message: error.message, next: error.next },
    )
  } finally {
    await held.release()
  }
}

/** From here on the host may have been told. False while the fleet-wide stop is pulled: the sweep gives it up. */
async function markSent(ctx: WorkerContext, changeId: string): Promise<boolean> {
  const sent = await ctx.db.$executeRaw`
    UPDATE "PolicyChange" SET "sentAt" = now() WHERE id = ${changeId}::uuid AND state = 'requested'
      AND EXISTS (SELECT 1 FROM "FleetStop" WHERE NOT pulled)`
  return sent > 0
}

/** The kernel's word alone: what it reads after the write. */
function endOf({ toPolicy }: PolicyChange, answer: PolicyAnswer): ChangeEnd {
  if (answer.type === 'held') return { state: 'refused', readBack: null, ...lockHeld(answer.jobId) }
  if (answer.type === 'refused') {
    const { message, next } = answer.refusal
    return { state: 'refused', readBack: null, message, next }
  }
  const { before, after, errnoName } = answer
  if (after === toPolicy) {
    const message = `auto_online_blocks reads ${after}${before === after ? ', as it did before.' : `; it read ${before} before.`}`
    return { state: 'done', readBack: after, message, next: '' }
  }
  return {
    state: 'refused',
    readBack: after,
    message: `The kernel did not take ${toPolicy}${errnoName === null ? '' : ` (${errnoName})`}: auto_online_blocks reads ${after}.`,
    next: 'Choose another: older kernels know offline and online only.',
  }
}

/** Of a row, which was written from a value of the schema. */
function policyOf(text: string): AutoOnlinePolicy {
  const policy = AUTO_ONLINE_POLICIES.find((known) => known === text)
  if (policy === undefined) throw new Error(`${text} is no policy of auto_online_blocks.`)
  return policy
}
