import type { HeldHost } from '@/server/leases/hold'
import type { WorkerContext } from './context'
import { whileOwned } from './while-owned'

export interface ContactStep {
  /** The agent answered. */
  done(): Promise<void>
  failed(detail: string): Promise<void>
}

/**
 * The server's own first step, in the timeline beside the agent's. Measured on this process's monotonic clock. Null when
 * the job is another's by now.
 */
export async function beginContact(
  ctx: WorkerContext,
  { token }: HeldHost,
  jobId: string,
): Promise<ContactStep | null> {
  const startedMs = performance.now()
  const fresh = { position: 0, state: 'running', detail: '', startedAt: new Date(), durationMs: null }
  const begun = await whileOwned(ctx, jobId, token, async (tx) => {
    await tx.jobStep.upsert({
      where: { jobId_name: { jobId, name: 'contact' } },
      create: { jobId, name: 'contact', ...fresh },
      update: fresh,
    })
  })
  if (!begun) return null
  let open = true
  const close = async (state: 'done' | 'failed', detail: string) => {
    if (!open) return
    open = false
    const durationMs = Math.round(performance.now() - startedMs)
    await whileOwned(ctx, jobId, token, async (tx) => {
      await tx.jobStep.updateMany({
        where: { jobId, name: 'contact' },
        data: { state, detail, durationMs },
      })
    })
  }
  return { done: () => close('done', ''), failed: (detail) => close('failed', detail) }
}
