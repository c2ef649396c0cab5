import type { JournalLine } from '@/agents/protocol'
import type { HeldHost } from '@/server/leases/hold'
import { type Announcer, createAnnouncer } from './announce'
import type { JobContext } from './context'

/** A job writes some twenty lines; a host that sends thousands is not telling of one. */
const maxLines = 2000

/** Another worker has the job by now, or it has ended: what this one still hears of it is none of that story. */
export class NoLongerOurs extends Error {
  override readonly name = 'NoLongerOurs'
  constructor() {
    super('The job is no longer this worker’s.')
  }
}

/**
 * The journal of one job as it arrives. Lines that come while others are being stored are stored together after them:
 * one by one, thirty a job, they would be most of what the database does in a rollout. Whatever cannot be stored is
 * told by the next call, as NoLongerOurs or as the database's own error, and counts as never heard.
 */
export interface JobJournal {
  lines(): readonly JournalLine[]
  /** The number in the host's own journal that attach goes on from: the first that is missing here. */
  nextLine(): number
  take(line: JournalLine): Promise<void>
  /** The host has lost its journal: what it writes anew is stored after the lines there are. */
  beginAnew(): Promise<void>
  /** Waits until all lines are stored and told of. Rejects when one could not be. */
  flush(): Promise<void>
  /** As flush, for the way out: what could not be stored was told before, or is the next worker's to ask for. */
  close(): Promise<void>
}

/** Begins with what earlier contacts stored. */
export async function openJournal(ctx: JobContext, { token }: HeldHost, jobId: string): Promise<JobJournal> {
  const stored = await ctx.records.readJournal(jobId)
  const byNumber = new Map<number, JournalLine>(stored.lines.map((line) => [line.n, line]))
  const announcer: Announcer = createAnnouncer(
    () => ctx.records.announceJournal(jobId),
    ctx.limits.announceEveryMs,
  )
  let { offset } = stored
  let waiting: JournalLine[] = []
  let writing: Promise<void> | null = null
  let fault: unknown = null

  const lastStored = () => {
    let last = 0
    while (byNumber.has(last + 1)) last += 1
    return last
  }
  const write = async () => {
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      try {
        if ((await ctx.store.appendLines(jobId, token, batch)) === null) throw new NoLongerOurs()
        announcer.announce()
      } catch (error) {
        fault = error
        for (const { n } of [...batch, ...waiting]) byNumber.delete(n)
        waiting = []
      }
    }
    writing = null
  }
  const stand = async () => {
    await writing
    if (fault !== null) throw fault
  }
  return {
    lines: () => [...byNumber.values()].toSorted((a, b) => a.n - b.n),
    nextLine: () => lastStored() + 1 - offset,
    async beginAnew() {
      await stand()
      offset = lastStored()
      if (!(await ctx.records.setJournalOffset(jobId, token, offset))) throw new NoLongerOurs()
    },
    async take(told) {
      if (fault !== null) throw fault
      const line = { ...told, n: told.n + offset }
      if (byNumber.has(line.n) || byNumber.size >= maxLines) return
      byNumber.set(line.n, line)
      waiting.push(line)
      writing ??= write()
    },
    async flush() {
      await stand()
      await announcer.flush()
    },
    async close() {
      await writing
      await announcer.flush()
    },
  }
}
