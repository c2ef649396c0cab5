/** How many tests ended how. */
export interface Tally {
  passed: number
  failed: number
  skipped: number
}

export const none = (): Tally => ({ passed: 0, failed: 0, skipped: 0 })

/** Adds to `sum`, in place. */
export function add(sum: Tally, more: Partial<Tally>): void {
  sum.passed += more.passed ?? 0
  sum.failed += more.failed ?? 0
  sum.skipped += more.skipped ?? 0
}
