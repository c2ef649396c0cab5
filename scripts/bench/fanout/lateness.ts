/** A figure as it stood from some moment on. */
export interface Reading {
  atMs: number
  value: number
}

/**
 * For each figure that was committed, how long it took until something at least as new was shown, in ms; `committed` and
 * `shown` only grow, in time and in value. A figure that was never shown counts until `endMs`.
 */
export function latenessOf(
  committed: readonly Reading[],
  shown: readonly Reading[],
  endMs: number,
): number[] {
  let next = 0
  return committed.map(({ atMs, value }) => {
    while (next < shown.length && (shown[next]?.value ?? 0) < value) next += 1
    return Math.max(0, (shown[next]?.atMs ?? endMs) - atMs)
  })
}

/** The value that `share` (0 to 1) of the sample do not exceed; 0 for none. */
export function percentile(sample: readonly number[], share: number): number {
  const sorted = sample.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}
