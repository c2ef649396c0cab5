import type { JournalLine } from '@/agents/protocol'
import { outcomeOf } from '@/server/jobs/last-attempt'
import type { HeldHost } from '@/server/leases/hold'
import { ContactError } from '@/server/ssh/target'
import { createStopper } from './abort-job'
import type { JobContext } from './context'
import { finishJob } from './finish-job'
import { openJournal } from './job-journal'
import { textOf } from './log'
import { recoverJob } from './recover-job'
import { watchStuck } from './stuck'

/**
 * Takes up an unknown job: reads on in the host's journal from the last line stored, and takes over its outcome.
 * Where nobody acts for it any more and there is no outcome, what is half-done is recovered. Nothing is repeated.
 * While the host does not answer, the job stays unknown; the sweep ends it past its deadline.
 */
export async function attachJob(ctx: JobContext, held: HeldHost, jobId: string): Promise<void> {
  if ((await ctx.store.takeOver(jobId, held.token)) !== 'taken') return
  const job = await ctx.records.loadJob(jobId)
  const journal = await openJournal(ctx, held, jobId)
  const stuck = watchStuck(ctx, held, jobId, journal)
  const stopper = createStopper(ctx, held, job)
  const hasOutcome = () => outcomeOf(journal.lines()) !== undefined
  let regaining: Promise<boolean> | null = null
  /** Somebody acts there, or a line has come: contact is regained. */
  const regain = () => {
    if (regaining === null) {
      regaining = ctx.store.advance(jobId, held.token, 'acting')
      void stopper.heed()
    }
    return regaining
  }
  const take = async (line: JournalLine) => {
    await regain()
    await stuck.onLine()
    await journal.take(line)
    if (line.kind === 'step' && line.step === 'verify') {
      await ctx.store.advance(jobId, held.token, 'verifying')
    }
  }
  ctx.watched.set(jobId, () => void stopper.heed())
  try {
    if (hasOutcome()) return await finishJob(ctx, held, job, journal, 'finished')
    // Before anything is read: a job that still runs is to see it before its next write. A host that is away
    // now is away for what comes next as well, so one try is enough.
    await stopper.heed(1)
    const handlers = {
      signal: AbortSignal.any([held.signal, ctx.stopping]),
      onJournal: take,
      onWaiting: (onLine: number, forMs: number) => {
        void regain().catch(() => {})
        stuck.onWaiting(onLine, forMs)
      },
    }
    const target = await ctx.loadTarget(job.hostId)
    const end = await ctx.client.attach(target, { jobId, fromLine: journal.nextLine() }, handlers)
    if (end === 'finished') return await finishJob(ctx, held, job, journal, end)
    if (end === 'no_journal') await journal.beginAnew()
    await recoverJob(ctx, held, job, journal, target, handlers)
  } catch (error) {
    if (hasOutcome() && !held.signal.aborted && !ctx.stopping.aborted) {
      return await finishJob(ctx, held, job, journal, 'finished')
    }
    const message = `The host was told to go on, and cannot be asked what became of it: ${textOf(error)}`
    await ctx.store.markUnknown(jobId, held.token, message)
    if (error instanceof ContactError) await ctx.records.recordUnreached(job.hostId, error)
  } finally {
    ctx.watched.delete(jobId)
    stopper.done()
    await journal.close()
  }
}
