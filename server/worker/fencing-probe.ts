import type { FencingToken, RecordedToken } from '@/agents/protocol'
import { lockHeld } from '@/server/hosts/words'
import { holdHost } from '@/server/leases/hold'
import type { SshTarget } from '@/server/ssh/target'
import type { JobContext } from './context'
import type { HostFacts } from './records'

/**
 * A probe that decides: under the host's lease it makes the agent take the lock and record this worker's token, so that
 * nothing older can act, and only then reads. Adopts the host first where an operator asked for it. Returns false while
 * another worker holds the host: the mark stays, and the sweep asks again. Rejects with ContactError.
 */
export async function fencingProbe(
  ctx: JobContext,
  hostId: string,
  { adoptFrom, probeRequestedAt: answers }: HostFacts,
  signal: AbortSignal,
): Promise<boolean> {
  const held = await holdHost(ctx.store, hostId, ctx.holder, ctx.limits.lease)
  if (held === null) return false
  const within = AbortSignal.any([signal, held.signal])
  try {
    const token = { installationId: await ctx.records.installationId(), epoch: String(held.token.epoch) }
    const target = await ctx.loadTarget(hostId)
    if (adoptFrom !== null && !(await adopt(ctx, target, { token, from: adoptFrom, answers }, within)))
      return true
    const answer = await ctx.client.fence(target, { token }, { signal: within })
    if (answer.type === 'fenced')
      await ctx.records.recordInspection(hostId, answer.inspection, { fenced: true, answers })
    else if (answer.type === 'held') await ctx.records.recordHeld(hostId, answer.jobId, answers)
    else await recordUnfenced(ctx, target, answers, within)
    return true
  } finally {
    await held.release()
  }
}

/** False when nothing was replaced; the host's state then says what is so. */
async function adopt(
  ctx: JobContext,
  target: SshTarget,
  { token, from, answers }: { token: FencingToken; from: RecordedToken; answers: Date | null },
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
  await ctx.records.recordAdoption(target, { from, to: token }, said)
  if (said === null) return true
  // Reads whose the record is now; the refusal itself stands in the audit log and in the host's message.
  await recordUnfenced(ctx, target, answers, signal)
  await ctx.records.keepForeign(hostId, said)
  return false
}

/** The host does not take our token: what can be read without it tells why. */
async function recordUnfenced(
  ctx: JobContext,
  target: SshTarget,
  answers: Date | null,
  signal: AbortSignal,
): Promise<void> {
  const inspection = await ctx.client.inspect(target, { signal })
  await ctx.records.recordInspection(target.hostId, inspection, { fenced: false, answers })
  await ctx.records.forgetFenceRequest(target.hostId)
}
