import { type Handle, type Host, HostError } from '../host'
import { ENOENT } from '../lib/errno'
import type { JournalLine } from '../protocol'
import type { Say } from '../say'
import { JournalReader } from './journal'
import { lockHolder } from './lock'
import { journalPath, LOCK } from './state'

/** The journal's growth wakes us; the lock and the acting process are looked at this often all the same. */
const LOOK_EVERY_MS = 100
/** Where the kernel cannot tell of a file's growth: inotify's instances are numbered for each account. */
const POLL_EVERY_MS = 20
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
  const growth = await host.watch(journalPath(tail.jobId))
  const reader = new JournalReader(host, handle)
  let last: JournalLine | null = null
  let said = await host.uptimeMs()
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
      if (dying) continue
      if (growth === null) await host.sleep(POLL_EVERY_MS)
      else await host.awaitChange(growth, LOOK_EVERY_MS)
    }
  } finally {
    await host.close(handle)
    if (growth !== null) await host.close(growth)
  }
}
