import { type Host, HostError } from '../host'
import { ENOSPC } from '../lib/errno'
import type { Refusal } from '../protocol'
import { readBootId } from '../read/identity'
import type { Say } from '../say'
import { readJournal } from './journal'
import { UnsafeFolder } from './state'

/** A job's journal; null where there is none, or none that can be read. */
export async function readableJournal(host: Host, jobId: string): ReturnType<typeof readJournal> {
  try {
    return await readJournal(host, jobId)
  } catch (error) {
    if (error instanceof HostError) return null
    throw error
  }
}

/** An end that no journal can hold (no lock, no space, no right). Nothing was written. */
export async function refuseUnrecorded(host: Host, jobId: string, refusal: Refusal, say: Say): Promise<void> {
  const lines = (await readableJournal(host, jobId))?.lines ?? []
  const bootId = await readBootId(host)
  await say({
    type: 'journal',
    line: {
      n: (lines[lines.length - 1]?.n ?? 0) + 1,
      uptimeMs: String(Math.floor(await host.uptimeMs())),
      kind: 'outcome',
      outcome: 'refused',
      bootId,
      readBack: null,
      refusals: [refusal],
      message: refusal.message,
      next: refusal.next,
    },
  })
  await say({ type: 'end', state: 'finished' })
}

export function noJournal(error: unknown): Refusal {
  if (error instanceof UnsafeFolder) {
    return {
      code: 'journal_no_space',
      message: error.message,
      next: 'Give the folder to root with mode 0700.',
    }
  }
  if (error instanceof HostError) {
    const what = error.errno === ENOSPC ? 'there is no space left' : error.errnoName
    return {
      code: 'journal_no_space',
      message: `The journal of the conversion cannot be kept: ${error.path}: ${what}.`,
      next: 'Make room in /var/lib on the host.',
    }
  }
  throw error
}
