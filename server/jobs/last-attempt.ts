import type { JournalLine } from '@/agents/protocol'

/**
 * The lines of the latest attempt: a job tried again before `go` goes on in the same journal, and an outcome of an
 * earlier attempt is none of this one. A `recover` line begins none: what follows it ends what the attempt began.
 * Lines in the order of their numbers.
 */
export function lastAttempt(lines: readonly JournalLine[]): readonly JournalLine[] {
  const opened = lines.findLastIndex((line) => line.kind === 'open')
  return opened === -1 ? lines : lines.slice(opened)
}

/** The outcome of the latest attempt, if it has one. */
export function outcomeOf(
  lines: readonly JournalLine[],
): Extract<JournalLine, { kind: 'outcome' }> | undefined {
  const line = lastAttempt(lines).findLast((each) => each.kind === 'outcome')
  return line?.kind === 'outcome' ? line : undefined
}
