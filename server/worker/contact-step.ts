import type { HeldHost } from '@/server/leases/hold'
import type { JobContext } from './context'

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
  ctx: JobContext,
  { token }: HeldHost,
  jobId: string,
): Promise<ContactStep | null> {
  const startedMs = performance.now()
  const fresh = { state: 'running' as const, detail: '', durationMs: null }
  if (!(await ctx.records.noteContact(jobId, token, fresh))) return null
  let open = true
  const close = async (state: 'done' | 'failed', detail: string) => {
    if (!open) return
    open = false
    const durationMs = Math.round(performance.now() - startedMs)
    await ctx.records.noteContact(jobId, token, { state, detail, durationMs })
  }
  return { done: () => close('done', ''), failed: (detail) => close('failed', detail) }
}
