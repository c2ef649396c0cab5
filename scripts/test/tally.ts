/** How many tests ended how; of those that failed, which and why. */
export interface Tally {
  passed: number
  failures: string[]
  skipped: number
}

export const none = (): Tally => ({ passed: 0, failures: [], skipped: 0 })

/** Adds to `sum`, in place. */
export function add(sum: Tally, more: Partial<Tally>): void {
  sum.passed += more.passed ?? 0
  sum.failures.push(...(more.failures ?? []))
  sum.skipped += more.skipped ?? 0
}
