import type { JournalLine } from '@/agents/protocol'
import type { HeldHost } from '@/server/leases/hold'
import { type Announcer, createAnnouncer } from './announce'
import type { JobContext } from './context'

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
export async function openJournal(ctx: JobContext, { token }: HeldHost, jobId: string): Promise<JobJournal> {
  const stored = await ctx.records.readJournal(jobId)
  const byNumber = new Map<number, JournalLine>(stored.lines.map((line) => [line.n, line]))
  const announcer: Announcer = createAnnouncer(
    () => ctx.records.announceJob(jobId),
    ctx.limits.announceEveryMs,
  )
  let { offset } = stored
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
      if (!(await ctx.records.setJournalOffset(jobId, token, offset))) throw new NoLongerOurs()
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
