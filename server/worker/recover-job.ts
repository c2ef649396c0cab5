import type { JournalLine, Refusal, RefusalCode } from '@/agents/protocol'
import type { CallOptions, TailHandlers } from '@/server/agents/port'
import type { HeldHost } from '@/server/leases/hold'
import type { SshTarget } from '@/server/ssh/target'
import type { JobContext } from './context'
import { finishJob } from './finish-job'
import type { JobJournal } from './job-journal'
import type { LoadedJob } from './loaded-job'

/**
 * Why a recovery was not begun: told like an outcome, and yet none of the job, which had its `go` long before. Such a
 * line says nothing of what the job did, so it is not kept.
 */
const refusesRecovery: ReadonlySet<RefusalCode> = new Set([
  'not_root',
  'locked',
  'stale_token',
  'other_installation',
  'journal_no_space',
  'identity_changed',
])

/**
 * Takes up a job whose acting process died, under this worker's token: from then on nobody older can act. One statement
 * decides the direction at the moment the agent is ready; what it then does is judged by what is read back, as always.
 */
export async function recoverJob(
  ctx: JobContext,
  held: HeldHost,
  job: LoadedJob,
  journal: JobJournal,
  target: SshTarget,
  handlers: CallOptions & TailHandlers,
): Promise<void> {
  let refusal: Refusal | null = null
  let untouchable = false
  const onJournal = async (line: JournalLine) => {
    const refused = refusalIn(line)
    if (refused === null) await handlers.onJournal(line)
    else refusal = refused
  }
  const end = await ctx.client.recover(
    target,
    {
      jobId: job.id,
      token: { installationId: job.installationId, epoch: String(held.token.epoch) },
      item: job.item,
      digest: job.digest,
      fromLine: journal.nextLine(),
    },
    {
      ...handlers,
      onJournal,
      onReady: async () => {
        const direction = await ctx.store.recheckForRecovery(job.id, held.token)
        untouchable = direction === null
        return direction
      },
    },
  )
  const stays = (message: string) => ctx.store.markUnknown(job.id, held.token, message)
  if (untouchable) {
    // Ended, marked lost, or another worker's by now; where it is still ours after all, it is asked about again.
    await stays('This worker no longer held the host when the agent was ready to go on.')
    return
  }
  if (typeof end === 'object') refusal = end.refusal
  if (refusal !== null) {
    await stays(`What is half-done could not be taken up: ${refusal.message} ${refusal.next}`.trim())
    if (refusal.code === 'other_installation' || refusal.code === 'stale_token') {
      // The probe reads whose token it is, and says so of the host.
      await ctx.records.requestProbe(job.hostId)
    }
    return
  }
  if (end === 'held') {
    await stays('Another process on the host still holds its lock, so nothing can be decided yet.')
  } else if (end === 'abandoned') {
    await stays('The process that took the job up died as well.')
  } else if (end === 'finished' || end === 'rebooted') {
    await finishJob(ctx, held, job, journal, end)
  }
}

function refusalIn(line: JournalLine): Refusal | null {
  if (line.kind !== 'outcome' || line.outcome !== 'refused' || line.readBack !== null) return null
  return line.refusals.find(({ code }) => refusesRecovery.has(code)) ?? null
}
