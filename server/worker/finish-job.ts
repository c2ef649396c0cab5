import type { Inspection } from '@/agents/protocol'
import { sampleOf } from '@/server/capacity/sample-of'
import { restoredNext } from '@/server/hosts/words'
import { endingFrom } from '@/server/jobs/ending'
import type { Ending } from '@/server/jobs/store'
import type { HeldHost } from '@/server/leases/hold'
import { deadlineSignal } from '@/server/lib/deadline'
import { ContactError } from '@/server/ssh/target'
import type { JobContext } from './context'
import type { JobJournal } from './job-journal'
import type { LoadedJob } from './loaded-job'
import { textOf } from './log'

/** What was read of the host after its job, and whether our token was recorded under its lock first. */
interface Look {
  inspection: Inspection
  fenced: boolean
}

/**
 * The agent has come to its end: reads the host once more, so that pages show what the kernel reads now, and ends the
 * job with what was read back. Without an outcome and without that look, the job becomes unknown: nothing is claimed.
 * A host that was quarantined for this job is free again with its end, if the look was a fencing one.
 */
export async function finishJob(
  ctx: JobContext,
  held: HeldHost,
  job: LoadedJob,
  journal: JobJournal,
  end: 'finished' | 'rebooted',
): Promise<void> {
  await journal.flush()
  const seen = await look(ctx, held, job)
  const ending = endingFrom(job.item, journal.lines(), seen?.inspection ?? null)
  if (ending === null) {
    const why = {
      rebooted: 'the host restarted before its outcome',
      finished: 'the journal has no outcome',
    }[end]
    await ctx.store.markUnknown(job.id, held.token, `Not known: ${why}, and the host could not be read.`)
    return
  }
  if (!(await ctx.store.endJob(job.id, held.token, await withReason(ctx, job.id, ending)))) {
    ctx.log('warn', 'the job was no longer this worker’s to end', { jobId: job.id })
  } else if (seen?.fenced === true) {
    // Again, now that the job is settled: that is what lifts the quarantine.
    await ctx.records.recordInspection(job.hostId, seen.inspection, { fenced: true })
  }
  // The job's own figures are from its journal; the host's page must not stay as it was before.
  if (seen === null) await ctx.records.requestProbe(job.hostId)
}

/**
 * Blocks that are offline because somebody asked to stop are no fault. Whoever still holds the host and comes too late
 * all the same, hands out epochs for the second time.
 */
async function withReason(ctx: JobContext, jobId: string, ending: Ending): Promise<Ending> {
  if (ending.causeCode === 'stale_token') {
    const message = `${ending.message} Nobody else holds the host: this database is an older copy.`
    return { ...ending, message, next: restoredNext }
  }
  const isHalfDone = ending.causeCode === 'blocks_offline' || ending.causeCode === 'not_offline'
  if (ending.state !== 'partial' || !isHalfDone) return ending
  if ((await ctx.store.readJob(jobId))?.cancelRequested !== true) return ending
  return { ...ending, message: `Stopped as asked. ${ending.message}`, causeCode: 'stopped' }
}

async function look(ctx: JobContext, held: HeldHost, job: LoadedJob): Promise<Look | null> {
  const signal = deadlineSignal(ctx.limits.questionMs, held.signal, ctx.stopping)
  try {
    const target = await ctx.loadTarget(job.hostId)
    const host = await ctx.records.readHost(job.hostId)
    const token = { installationId: job.installationId, epoch: String(held.token.epoch) }
    const answer = host?.fenceDue === true ? await ctx.client.fence(target, { token }, { signal }) : null
    const fenced = answer?.type === 'fenced'
    const inspection = fenced ? answer.inspection : await ctx.client.inspect(target, { signal })
    await ctx.records.recordInspection(job.hostId, inspection, { fenced: false })
    // Right after the last write, as `ready` brought one from right before it.
    ctx.noteSample(job.hostId, sampleOf(inspection))
    return { inspection, fenced }
  } catch (error) {
    if (!(error instanceof ContactError) && !signal.aborted) throw error
    ctx.log('warn', 'the host could not be read after its job', { jobId: job.id, why: textOf(error) })
    return null
  }
}
