import { config } from '@/server/lib/config'

/** Readings come less evenly than they are asked for: below this even a fast watch is not called silent. */
const LEAST_MS = 90_000

/** A watched host that has missed three readings is silent. */
export function silentAfterMs(): number {
  return Math.max(LEAST_MS, 3 * config().watchSeconds * 1000)
}
