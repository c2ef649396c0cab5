import { STEP_MS } from './chunks'
import { KEPT_DAYS } from './retention-times'
import type { Resolution } from './vocabulary'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** Steps people know from clocks and calendars, each a whole number of stored steps. */
const NICE_MS = [5, 10, 15, 30, 60, 120, 180, 360, 720]
  .map((minutes) => minutes * MINUTE_MS)
  .concat([1, 2, 7, 14].map((days) => days * DAY_MS))

export interface Division {
  resolution: Resolution
  /** From one point to the next; of raw readings as they came, about. */
  stepMs: number
}

/** As finely as `maxPoints` allow and as the readings are still there. `pauseMs` is the time between two readings. */
export function divisionOf(
  { fromMs, toMs, maxPoints }: { fromMs: number; toMs: number; maxPoints: number },
  pauseMs: number,
  nowMs: number,
): Division {
  const keeps = (resolution: Resolution) => fromMs >= nowMs - KEPT_DAYS[resolution] * DAY_MS
  // Two points more than whole steps fit: the first is clipped, and the last may be a gap.
  const leastMs = (toMs - fromMs) / Math.max(1, maxPoints - 2)
  if (leastMs <= pauseMs && keeps('raw')) return { resolution: 'raw', stepMs: pauseMs }
  const stepMs = niceStep(leastMs)
  if (stepMs < HOUR_MS && keeps('fiveMinutes')) return { resolution: 'fiveMinutes', stepMs }
  return { resolution: 'hour', stepMs: Math.max(stepMs, STEP_MS.hour) }
}

/** The smallest known step that is no smaller than this; beyond those, whole fortnights. */
export function niceStep(leastMs: number): number {
  return NICE_MS.find((step) => step >= leastMs) ?? Math.ceil(leastMs / (14 * DAY_MS)) * 14 * DAY_MS
}
