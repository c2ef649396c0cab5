import { type Sample, tierKib } from './sample'
import { hostKey } from './series-keys'
import { FLEET_SERIES } from './vocabulary'

/** The totals of a span, in the order of FLEET_SERIES, in KiB. */
export type Totals = readonly number[]

/** A time of one host, in ms since 1970; `untilMs` is null while it lasts. */
export interface Span {
  fromMs: number
  untilMs: number | null
  totals: Totals
}

/** Where the spans of a host stand: the last reading, whose span is open. */
export interface Tip {
  atMs: number
  totals: Totals
}

/** What one more reading changes: the open span ends, and the next begins. Null: it goes on. */
export interface Turn {
  closeAtMs: number | null
  opened: Span
}

export function totalsOf({ values }: Sample): Totals {
  return FLEET_SERIES.map((series) =>
    series === 'convertible' || series === 'lost'
      ? (values.get(hostKey(series)) ?? 0)
      : tierKib(values, series),
  )
}

/**
 * A reading holds until the next one, or until the host counts as silent. A span is broken by silence, and by totals
 * that differ. `next` must be later than the tip.
 */
export function turnAt(tip: Tip | null, next: Tip, silentAfterMs: number): Turn | null {
  const opened = { fromMs: next.atMs, untilMs: null, totals: next.totals }
  if (tip === null) return { closeAtMs: null, opened }
  const silentFromMs = tip.atMs + silentAfterMs
  if (next.atMs > silentFromMs) return { closeAtMs: silentFromMs, opened }
  return sameTotals(tip.totals, next.totals) ? null : { closeAtMs: next.atMs, opened }
}

const sameTotals = (a: Totals, b: Totals) => a.every((each, index) => each === b[index])
