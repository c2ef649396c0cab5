import { outcomeOf } from '@/server/jobs/last-attempt'
import type { HeldHost } from '@/server/leases/hold'
import type { WorkerContext } from './context'
import { finishJob } from './finish-job'
import { openJournal } from './job-journal'
import { loadJob } from './load-job'
import { textOf } from './log'

/**
 * Takes up an unknown job: reads on in the host's journal from the last line stored, and takes over its outcome.
 * Nothing is repeated. While the host does not answer, the job stays unknown; the sweep ends it past its deadline.
 */
export async function attachJob(ctx: WorkerContext, held: HeldHost, jobId: string): Promise<void> {
  if ((await ctx.store.takeOver(jobId, held.token)) !== 'taken') return
  const job = await loadJob(ctx, jobId)
  const journal = await openJournal(ctx, jobId)
  const hasOutcome = () => outcomeOf(journal.lines()) !== undefined
  let regained = false
  try {
    if (hasOutcome()) return await finishJob(ctx, held, job, journal, 'finished')
    const end = await ctx.client.attach(
      await ctx.loadTarget(job.hostId),
      { jobId, fromLine: journal.lastLine() + 1 },
      {
        signal: AbortSignal.any([held.signal, ctx.stopping]),
        onJournal: async (line) => {
          if (!regained) regained = await ctx.store.advance(jobId, held.token, 'acting')
          await journal.take(line)
          if (line.kind === 'step' && line.step === 'verify') {
            await ctx.store.advance(jobId, held.token, 'verifying')
          }
        },
      },
    )
    await finishJob(ctx, held, job, journal, end)
  } catch (error) {
    if (hasOutcome() && !held.signal.aborted && !ctx.stopping.aborted) {
      return await finishJob(ctx, held, job, journal, 'finished')
    }
    const message = `The host was told to go on, and cannot be asked what became of it: ${textOf(error)}`
    await ctx.store.markUnknown(jobId, held.token, message)
  } finally {
    await journal.flush()
  }
}
