import { isWindowOpen, type StartWindow } from '../policy'

const MINUTE_MS = 60_000
/** A window is open at least once a week; a day more for clocks that are set. */
const AHEAD_MS = 8 * 86_400_000

/**
 * When hosts may be started again: the first minute from `nowMs` on at which the window is open. Null without a window,
 * while it is open, and for one that does not open within eight days (its hour is skipped by a change of clocks).
 */
export function nextOpeningMs(window: StartWindow | null, nowMs: number): number | null {
  if (window === null || isWindowOpen(window, nowMs)) return null
  const start = Math.ceil(nowMs / MINUTE_MS) * MINUTE_MS
  const stepMs = Math.min(30, lengthMinutes(window)) * MINUTE_MS
  for (let atMs = start; atMs < start + AHEAD_MS; atMs += stepMs) {
    if (!isWindowOpen(window, atMs)) continue
    let openMs = atMs
    while (openMs - MINUTE_MS >= start && isWindowOpen(window, openMs - MINUTE_MS)) openMs -= MINUTE_MS
    return openMs
  }
  return null
}

/** Never stepped over in strides of its own length. */
function lengthMinutes({ from, until }: StartWindow): number {
  const length = (minuteOf(until) - minuteOf(from) + 1440) % 1440
  return length === 0 ? 1440 : length
}

function minuteOf(time: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number)
  return hour * 60 + minute
}
