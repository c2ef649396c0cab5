import { setTimeout as pause } from 'node:timers/promises'
import type { HeldHost } from '@/server/leases/hold'
import { deadlineSignal } from '@/server/lib/deadline'
import type { JobContext } from './context'
import type { LoadedJob } from './loaded-job'
import { textOf } from './log'

export interface Stopper {
  /**
   * Looks whether a cancel was asked for, and if so tells the host; called whenever the job's row changed. `tries` bounds
   * how often a contact that fails is tried again.
   */
  heed(tries?: number): Promise<void>
  /** The job has ended, or is another's: no further try. */
  done(): void
}

const mostTries = 5

/**
 * Passes a cancel on to a host that was told to go: the agent rests at its next safe point. Over a session of its own,
 * tried again while contact fails; a worker that takes the job over begins with it anew. Told once is enough.
 */
export function createStopper(ctx: JobContext, held: HeldHost, job: LoadedJob): Stopper {
  const over = new AbortController()
  let asking: Promise<void> | null = null
  let told = false

  const ask = async (tries: number) => {
    const row = await ctx.store.readJob(job.id)
    if (row?.cancelRequested !== true) return
    for (let attempt = 0; attempt < tries && !over.signal.aborted; attempt++) {
      try {
        const token = { installationId: job.installationId, epoch: String(held.token.epoch) }
        const signal = deadlineSignal(ctx.limits.questionMs, held.signal, ctx.stopping, over.signal)
        const answer = await ctx.client.abort(
          await ctx.loadTarget(job.hostId),
          { jobId: job.id, token },
          { signal },
        )
        told = true
        const refused = answer.type === 'abort_noted' ? null : answer.refusal.message
        await ctx.records.recordAbortSent(job.id, refused)
        return
      } catch (error) {
        if (held.signal.aborted || ctx.stopping.aborted || over.signal.aborted) return
        ctx.log('warn', 'the host could not be asked to stop', { jobId: job.id, why: textOf(error) })
        if (attempt + 1 === tries) return
        await pause(ctx.limits.backOffMs * 2 ** attempt, undefined, { signal: over.signal }).catch(() => {})
      }
    }
  }

  return {
    async heed(tries = mostTries) {
      if (told || over.signal.aborted) return
      asking ??= ask(tries)
        .catch((error: unknown) =>
          ctx.log('warn', 'a cancel could not be passed on', { jobId: job.id, why: textOf(error) }),
        )
        .finally(() => {
          asking = null
        })
      await asking
    },
    done: () => over.abort(),
  }
}
