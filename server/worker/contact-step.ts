import type { WorkerContext } from './context'

export interface ContactStep {
  /** The agent answered. */
  done(): Promise<void>
  failed(detail: string): Promise<void>
}

/** The server's own first step, in the timeline beside the agent's. Measured on this process's monotonic clock. */
export async function beginContact(ctx: WorkerContext, jobId: string): Promise<ContactStep> {
  const startedMs = performance.now()
  const fresh = { position: 0, state: 'running', detail: '', startedAt: new Date(), durationMs: null }
  await ctx.db.jobStep.upsert({
    where: { jobId_name: { jobId, name: 'contact' } },
    create: { jobId, name: 'contact', ...fresh },
    update: fresh,
  })
  let open = true
  const close = async (state: 'done' | 'failed', detail: string) => {
    if (!open) return
    open = false
    const durationMs = Math.round(performance.now() - startedMs)
    await ctx.db.jobStep.updateMany({
      where: { jobId, name: 'contact' },
      data: { state, detail, durationMs },
    })
  }
  return { done: () => close('done', ''), failed: (detail) => close('failed', detail) }
}
