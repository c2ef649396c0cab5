import type { JournalLine } from '@/agents/protocol'
import type { HeldHost } from '@/server/leases/hold'
import type { JobContext } from './context'
import type { JobJournal } from './job-journal'
import { textOf } from './log'

export interface StuckWrites {
  /** What the agent says while nothing comes. */
  onWaiting(onLine: number, forMs: number): void
  /** A line came: whatever was stuck is no longer. */
  onLine(): Promise<void>
}

/**
 * Says on the job's row when one write has been in the kernel for `stuckAfterMs`, and takes it back with the next
 * line. Only an intent without its done counts: between two writes nothing is stuck, however long it takes.
 */
export function watchStuck(
  ctx: JobContext,
  { token }: HeldHost,
  jobId: string,
  journal: JobJournal,
): StuckWrites {
  let said = false
  let last: Promise<void> = Promise.resolve()
  const set = (stuck: { line: Extract<JournalLine, { kind: 'intent' }>; forMs: number } | null) => {
    said = stuck !== null
    const value = stuck === null ? null : { write: stuck.line.write, forMs: stuck.forMs }
    last = last
      .then(async () => {
        // False while the job is unknown still: said at the next turn, when contact is known to be regained.
        if (!(await ctx.store.setStuck(jobId, token, value)) && value !== null) said = false
      })
      .catch((error: unknown) => {
        said = false
        ctx.log('warn', 'a stuck write could not be written down', { jobId, why: textOf(error) })
      })
    return last
  }
  return {
    onWaiting(_onLine, forMs) {
      if (said || forMs < ctx.limits.stuckAfterMs) return
      const line = journal.lines().at(-1)
      if (line?.kind === 'intent') void set({ line, forMs })
    },
    async onLine() {
      if (said) await set(null)
    },
  }
}
