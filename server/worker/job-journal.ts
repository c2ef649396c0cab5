import type { JournalLine } from '@/agents/protocol'
import type { HeldHost } from '@/server/leases/hold'
import { type Announcer, createAnnouncer } from './announce'
import type { WorkerContext } from './context'
import { whileOwned } from './while-owned'

/** A conversion writes some twenty lines; a host that sends thousands is not telling of one. */
const maxLines = 2000

/** Another worker has the job by now, or it has ended: what this one still hears of it is none of that story. */
export class NoLongerOurs extends Error {
  override readonly name = 'NoLongerOurs'
  constructor() {
    super('The job is no longer this worker’s.')
  }
}

/** The journal of one job as it arrives: each line is stored before the next is taken. Rejects with NoLongerOurs. */
export interface JobJournal {
  lines(): readonly JournalLine[]
  /** The number in the host's own journal that attach goes on from: the first that is missing here. */
  nextLine(): number
  take(line: JournalLine): Promise<void>
  /** The host has lost its journal: what it writes anew is stored after the lines there are. */
  beginAnew(): Promise<void>
  flush(): Promise<void>
}

/** Begins with what earlier contacts stored. */
export async function openJournal(
  ctx: WorkerContext,
  { token }: HeldHost,
  jobId: string,
): Promise<JobJournal> {
  const stored = await ctx.db.jobLine.findMany({ where: { jobId }, orderBy: { number: 'asc' } })
  const byNumber = new Map<number, JournalLine>(
    // Stored by `take` alone, from lines the agent's client has parsed.
    stored.map((row) => [row.number, row.line as unknown as JournalLine]),
  )
  const announcer: Announcer = createAnnouncer(ctx.pg, jobId, ctx.limits.announceEveryMs)
  let { journalOffset: offset } = await ctx.db.job.findUniqueOrThrow({
    where: { id: jobId },
    select: { journalOffset: true },
  })
  const lastStored = () => {
    let last = 0
    while (byNumber.has(last + 1)) last += 1
    return last
  }
  return {
    lines: () => [...byNumber.values()].toSorted((a, b) => a.n - b.n),
    nextLine: () => lastStored() + 1 - offset,
    async beginAnew() {
      offset = lastStored()
      const begun = await whileOwned(ctx, jobId, token, async (tx) => {
        await tx.job.update({ where: { id: jobId }, data: { journalOffset: offset } })
      })
      if (!begun) throw new NoLongerOurs()
    },
    async take(told) {
      const line = { ...told, n: told.n + offset }
      if (byNumber.has(line.n) || byNumber.size >= maxLines) return
      if ((await ctx.store.appendLines(jobId, token, [line])) === null) throw new NoLongerOurs()
      byNumber.set(line.n, line)
      announcer.announce()
    },
    flush: () => announcer.flush(),
  }
}
