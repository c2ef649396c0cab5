import type { Inspection } from '@/agents/protocol'
import type { TailEnd } from '@/server/agents/port'
import { recordInspection } from '@/server/hosts/record-probe'
import { requestProbe } from '@/server/hosts/request-probe'
import { endingFrom } from '@/server/jobs/ending'
import type { HeldHost } from '@/server/leases/hold'
import { deadlineSignal } from '@/server/lib/deadline'
import { transactionLimits } from '@/server/lib/service-context'
import { ContactError } from '@/server/ssh/target'
import type { WorkerContext } from './context'
import type { JobJournal } from './job-journal'
import type { LoadedJob } from './load-job'
import { textOf } from './log'

/**
 * The agent has come to its end: reads the host once more, so that pages show what the kernel reads now, and ends the
 * job with what was read back. Without an outcome and without that look, the job becomes unknown: nothing is claimed.
 */
export async function finishJob(
  ctx: WorkerContext,
  held: HeldHost,
  job: LoadedJob,
  journal: JobJournal,
  end: TailEnd,
): Promise<void> {
  await journal.flush()
  const seen = await look(ctx, held, job)
  const ending = endingFrom(job.item, journal.lines(), seen)
  if (ending === null) {
    const why = end === 'abandoned' ? 'the agent died before its outcome' : 'the journal has no outcome'
    await ctx.store.markUnknown(job.id, held.token, `Not known: ${why}, and the host could not be read.`)
    return
  }
  if (!(await ctx.store.endJob(job.id, held.token, ending))) {
    ctx.log('warn', 'the job was no longer this worker’s to end', { jobId: job.id })
  }
  // The job's own figures are from its journal; the host's page must not stay as it was before.
  if (seen === null) await ctx.db.$transaction((tx) => requestProbe(tx, job.hostId), transactionLimits)
}

async function look(ctx: WorkerContext, held: HeldHost, job: LoadedJob): Promise<Inspection | null> {
  const signal = deadlineSignal(ctx.limits.questionMs, held.signal, ctx.stopping)
  try {
    const seen = await ctx.client.inspect(await ctx.loadTarget(job.hostId), { signal })
    await recordInspection(ctx, job.hostId, seen)
    return seen
  } catch (error) {
    if (!(error instanceof ContactError) && !signal.aborted) throw error
    ctx.log('warn', 'the host could not be read after its job', { jobId: job.id, why: textOf(error) })
    return null
  }
}
