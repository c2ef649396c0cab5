import type { Host, Writes } from '../host'
import type { JournalLine, PlannedWrite } from '../protocol'
import { readBootId } from '../read/identity'
import { singleWrite } from './child'
import { lastAttempt } from './journal'
import { JOBS } from './state'
import { readableJournal } from './unrecorded'

const JOURNAL = '.jsonl'
const SLOW_MS = 30_000
/** How often a child that is killed, as memory runs short, is made anew. */
const TRIES = 3

/**
 * Takes ids off kmem's list that jobs nobody will take up again have put there: one that stays would capture a later
 * device of that name, and the kernel shows the list to nobody. Only under the host's lock, when nobody acts. A job that
 * is taken up after all goes by what the kernel shows, and lists its id again where it needs it.
 */
export async function releaseLeftIds(host: Host): Promise<void> {
  const journals = (await host.readdir(JOBS)).filter((name) => name.endsWith(JOURNAL))
  if (journals.length === 0) return
  const bootId = await readBootId(host)
  for (const name of journals) {
    // One that cannot be read must not keep a host in quarantine for ever.
    const journal = await readableJournal(host, name.slice(0, -JOURNAL.length))
    const left = leftId(lastAttempt(journal?.lines ?? []), bootId)
    const writes = left === null ? null : singleWrite(left)
    if (writes !== null) await writeSurely(host, writes)
  }
}

/** An errno says that it was not listed any more; a child that was killed says nothing. */
async function writeSurely(host: Host, writes: Writes): Promise<void> {
  const slow = { slowAfterMs: SLOW_MS, onSlow: async () => {} }
  for (let tries = 0; tries < TRIES; tries++)
    if ((await host.writeApart(writes, async () => {}, slow)) !== null) return
  throw new Error(
    `What takes ${writes.value} off kmem's list was killed ${TRIES} times, so it may still be there.`,
  )
}

/** What takes the id off that these lines have listed in this boot; null when they did not, or took it off. */
function leftId(lines: readonly JournalLine[], bootId: string): PlannedWrite | null {
  let left: PlannedWrite | null = null
  let isOfThisBoot = false
  for (const line of lines) {
    if (line.kind === 'open' || line.kind === 'recover') isOfThisBoot = line.bootId === bootId
    if (line.kind === 'intent' && line.write.path.endsWith('/new_id'))
      left = {
        ...line.write,
        step: 'release',
        path: line.write.path.replace(/new_id$/, 'remove_id'),
      }
    if (line.kind === 'done' && line.write.path.endsWith('/remove_id')) left = null
  }
  return isOfThisBoot ? left : null
}
