import type { RecordedToken } from '@/agents/protocol'
import { recordContactError } from '@/server/hosts/record-contact-error'
import { recordInspection } from '@/server/hosts/record-probe'
import { deadlineSignal } from '@/server/lib/deadline'
import { DomainError } from '@/server/lib/domain-error'
import { ContactError } from '@/server/ssh/target'
import type { WorkerContext } from './context'
import { fencingProbe } from './fencing-probe'

/**
 * Looks at a host and writes down what it reads, or why it could not; as a fencing probe where one was asked for. A
 * host removed meanwhile is no fault.
 */
export async function probeHost(
  ctx: WorkerContext,
  hostId: string,
  within: AbortSignal = ctx.draining,
): Promise<void> {
  const signal = deadlineSignal(ctx.limits.questionMs, within)
  try {
    const host = await ctx.db.host.findUnique({
      where: { id: hostId },
      select: { fenceRequestedAt: true, adoptFrom: true },
    })
    if (host === null) return
    if (host.fenceRequestedAt !== null || host.adoptFrom !== null) {
      const adoptFrom = host.adoptFrom as unknown as RecordedToken | null
      if (await fencingProbe(ctx, hostId, adoptFrom, signal)) return
    }
    const inspection = await ctx.client.inspect(await ctx.loadTarget(hostId), { signal })
    await recordInspection(ctx, hostId, inspection)
  } catch (error) {
    if (error instanceof DomainError && error.code === 'not_found') return
    // Interrupted by our own end: the mark on the host stays, and the next worker asks.
    if (within.aborted) return
    if (!(error instanceof ContactError)) throw error
    await recordContactError(ctx, hostId, error)
  }
}
