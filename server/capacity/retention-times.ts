import type { Resolution } from './vocabulary'

/** How long readings are kept as they came. */
export const RAW_DAYS = 14

/** How long each resolution is kept, in days. */
export const KEPT_DAYS: Record<Resolution, number> = { raw: RAW_DAYS, fiveMinutes: 90, hour: 730 }
