import type { AuditEntryView } from '@/server/audit/schema'

/** An entry and how often the same stands in a row: the newest is shown, `since` is the oldest of them. */
export interface FoldedEntry {
  entry: AuditEntryView
  count: number
  since: Date
}

/** Which attempt it was: two entries that differ in nothing else say the same. */
const COUNTERS: ReadonlySet<string> = new Set(['epoch'])

/** Entries, newest first, with repeats of the same by the same to the same told once. */
export function foldRepeats(entries: readonly AuditEntryView[]): FoldedEntry[] {
  const folded: FoldedEntry[] = []
  for (const entry of entries) {
    const newer = folded.at(-1)
    if (newer !== undefined && isRepeat(newer.entry, entry)) {
      newer.count += 1
      newer.since = entry.at
    } else {
      folded.push({ entry, count: 1, since: entry.at })
    }
  }
  return folded
}

function isRepeat(a: AuditEntryView, b: AuditEntryView): boolean {
  return gist(a) === gist(b)
}

function gist({ actorKind, actorId, action, subjectKind, subjectId, detail }: AuditEntryView): string {
  const said = Object.entries(detail).filter(([key]) => !COUNTERS.has(key))
  return JSON.stringify([actorKind, actorId, action, subjectKind, subjectId, said.toSorted()])
}
