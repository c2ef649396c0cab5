import { type Handle, type Host, HostError } from '../host'
import { ENOENT } from '../lib/errno'
import type { JournalLine } from '../protocol'
import type { Say } from '../say'
import { JournalReader } from './journal'
import { lockHolder } from './lock'
import { journalPath, LOCK } from './state'

/** Fast at first, for a conversion of a few blocks takes a tenth of a second. */
const FAST_MS = 10
const FAST_FOR_MS = 2_000
const SLOW_MS = 100
const WAITING_EVERY_MS = 1_000

/** The lock; null while another holds it, 'missing' where none was taken since the host started. */
async function tryLock(host: Host): Promise<Handle | null | 'missing'> {
  try {
    return await host.tryLock(LOCK)
  } catch (error) {
    if (error instanceof HostError && error.errno === ENOENT) return 'missing'
    throw error
  }
}

/** Nobody acts for the job any more: the lock is free, or another job has it. */
async function isAbandoned(host: Host, jobId: string): Promise<boolean> {
  const handle = await tryLock(host)
  if (handle === 'missing') return true
  if (handle === null) return (await lockHolder(host)) !== jobId
  await host.close(handle)
  return true
}

export interface Tail {
  jobId: string
  fromLine: number
  /** Called on every look, with the last line seen; true while the caller itself holds the lock. */
  onLook?: (lastLine: number) => Promise<boolean>
}

/** Sends a journal's lines from `fromLine` to its outcome, then `end`. Gives up silently when nobody listens. */
export async function tailJournal(host: Host, tail: Tail, say: Say): Promise<void> {
  let handle: Handle
  try {
    handle = await host.openRead(journalPath(tail.jobId))
  } catch (error) {
    if (!(error instanceof HostError)) throw error
    const message = `There is no journal of job ${tail.jobId} that can be read on this host (${error.errnoName}).`
    await say({
      type: 'error',
      code: 'no_journal',
      message,
      next: 'A missing journal proves nothing: inspect the host.',
    })
    return
  }
  const reader = new JournalReader(host, handle)
  const began = await host.uptimeMs()
  let last: JournalLine | null = null
  let said = began
  let dying = false
  try {
    for (;;) {
      const lines = await reader.next()
      for (const line of lines) {
        last = line
        if (line.n < tail.fromLine) continue
        if (!(await say({ type: 'journal', line }))) return
        said = await host.uptimeMs()
      }
      if (last?.kind === 'outcome') {
        await say({ type: 'end', state: 'finished' })
        return
      }
      if (dying && lines.length === 0) {
        await say({ type: 'end', state: 'abandoned' })
        return
      }
      const held = tail.onLook === undefined ? false : await tail.onLook(last?.n ?? 0)
      const now = await host.uptimeMs()
      if (now - said >= WAITING_EVERY_MS) {
        // Looked at again before it is believed: the actor writes its outcome before it frees the lock.
        dying = !held && (await isAbandoned(host, tail.jobId))
        if (!dying) {
          const forMs = last === null ? 0 : Math.max(0, now - Number(last.uptimeMs))
          if (!(await say({ type: 'waiting', onLine: last?.n ?? 0, forMs }))) return
        }
        said = now
      }
      if (!dying) await host.sleep(now - began < FAST_FOR_MS ? FAST_MS : SLOW_MS)
    }
  } finally {
    await host.close(handle)
  }
}
