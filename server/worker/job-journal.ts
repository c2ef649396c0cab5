import type { JournalLine } from '@/agents/protocol'
import { type Announcer, createAnnouncer } from './announce'
import type { WorkerContext } from './context'

/** A conversion writes some twenty lines; a host that sends thousands is not telling of one. */
const maxLines = 2000

/** The journal of one job as it arrives: each line is stored before the next is taken. */
export interface JobJournal {
  lines(): readonly JournalLine[]
  /** Highest number so far without a gap; attach goes on from the next. */
  lastLine(): number
  take(line: JournalLine): Promise<void>
  flush(): Promise<void>
}

/** Begins with what earlier contacts stored. */
export async function openJournal(ctx: WorkerContext, jobId: string): Promise<JobJournal> {
  const stored = await ctx.db.jobLine.findMany({ where: { jobId }, orderBy: { number: 'asc' } })
  const byNumber = new Map<number, JournalLine>(
    // Stored by `take` alone, from lines the agent's client has parsed.
    stored.map((row) => [row.number, row.line as unknown as JournalLine]),
  )
  const announcer: Announcer = createAnnouncer(ctx.pg, jobId, ctx.limits.announceEveryMs)
  return {
    lines: () => [...byNumber.values()].toSorted((a, b) => a.n - b.n),
    lastLine() {
      let last = 0
      while (byNumber.has(last + 1)) last += 1
      return last
    },
    async take(line) {
      if (byNumber.has(line.n) || byNumber.size >= maxLines) return
      // 0: an end the host could not record (no lock, no space, no right). It is told, but is no line of a journal.
      if (line.n > 0) await ctx.store.appendLines(jobId, [line])
      byNumber.set(line.n, line)
      announcer.announce()
    },
    flush: () => announcer.flush(),
  }
}
