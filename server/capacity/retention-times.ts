import type { Resolution } from './vocabulary'

/** How long each resolution is kept, in days. */
export const KEPT_DAYS: Record<Resolution, number> = { raw: 14, fiveMinutes: 90, hour: 730 }

/** A reading that comes later than this is dropped: what it would have to be merged with may be gone soon. */
export const MOST_LATE_DAYS = KEPT_DAYS.raw - 1
