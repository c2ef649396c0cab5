import type { BlockSpan } from '../protocol'

/** Ids, in any order, as ascending spans without neighbours. */
export function toSpans(ids: readonly number[]): BlockSpan[] {
  const spans: BlockSpan[] = []
  for (const id of [...ids].sort((a, b) => a - b)) {
    const last = spans[spans.length - 1]
    if (last !== undefined && id <= last[1] + 1) last[1] = Math.max(last[1], id)
    else spans.push([id, id])
  }
  return spans
}

export function countSpans(spans: readonly BlockSpan[]): number {
  return spans.reduce((sum, [first, last]) => sum + last - first + 1, 0)
}

export function* idsOf(spans: readonly BlockSpan[]): Generator<number> {
  for (const [first, last] of spans) for (let id = first; id <= last; id++) yield id
}

export function inSpans(spans: readonly BlockSpan[], id: number): boolean {
  return spans.some(([first, last]) => id >= first && id <= last)
}

/** `8-14,20`, for sentences. */
export function spansText(spans: readonly BlockSpan[]): string {
  return spans.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',')
}
