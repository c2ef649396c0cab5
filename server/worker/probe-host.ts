import { deadlineSignal } from '@/server/lib/deadline'
import { DomainError } from '@/server/lib/domain-error'
import { ContactError } from '@/server/ssh/target'
import type { JobContext } from './context'
import { fencingProbe } from './fencing-probe'

/**
 * Looks at a host and writes down what it reads, or why it could not; as a fencing probe where one was asked for. A
 * host removed meanwhile is no fault.
 */
export async function probeHost(
  ctx: JobContext,
  hostId: string,
  within: AbortSignal = ctx.draining,
): Promise<void> {
  const signal = deadlineSignal(ctx.limits.questionMs, within)
  let answers: Date | null = null
  try {
    const host = await ctx.records.readHost(hostId)
    if (host === null) return
    answers = host.probeRequestedAt
    if (host.fenceRequested || host.adoptFrom !== null) {
      if (await fencingProbe(ctx, hostId, host, signal)) return
    }
    const inspection = await ctx.client.inspect(await ctx.loadTarget(hostId), { signal })
    await ctx.records.recordInspection(hostId, inspection, { fenced: false, answers })
  } catch (error) {
    if (error instanceof DomainError && error.code === 'not_found') return
    // Interrupted by our own end: the mark on the host stays, and the next worker asks.
    if (within.aborted) return
    if (!(error instanceof ContactError)) throw error
    await ctx.records.recordContactError(hostId, error, answers)
  }
}
