import type { SecondsRange } from './chart-data'

const HOUR = 3600
const DAY = 24 * HOUR

export const RANGE_NAMES = ['1h', '6h', '24h', '7d', '30d', '90d', '1y', '2y'] as const
export type RangeName = (typeof RANGE_NAMES)[number]

export const RANGE_SECONDS: Record<RangeName, number> = {
  '1h': HOUR,
  '6h': 6 * HOUR,
  '24h': DAY,
  '7d': 7 * DAY,
  '30d': 30 * DAY,
  '90d': 90 * DAY,
  '1y': 365 * DAY,
  '2y': 730 * DAY,
}

const LEAST_SECONDS = 30
const MOST_SECONDS = RANGE_SECONDS['2y']

/** As close as makes sense, as far as is kept, and not into the future. */
export function boundedRange({ from, to }: SecondsRange, now: number): SecondsRange {
  const length = Math.min(MOST_SECONDS, Math.max(LEAST_SECONDS, to - from))
  const middle = (from + to) / 2
  const end = Math.min(now, Math.round(middle + length / 2))
  return { from: end - length, to: end }
}

/** How often a range that ends now is asked for again: as often as a pixel is new, between ten seconds and a minute. */
export function refreshSeconds(seconds: number): number {
  return Math.min(60, Math.max(10, Math.round(seconds / 800)))
}
