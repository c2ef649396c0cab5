import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const checkout = fileURLToPath(new URL('../..', import.meta.url))

/** Where what is built once lies: DAXFLEET_CACHE, else .cache/lab of the checkout. */
export function cacheFolder(): string {
  return process.env.DAXFLEET_CACHE
    ? join(process.env.DAXFLEET_CACHE, 'lab')
    : join(checkout, '.cache', 'lab')
}

/** Where `npm run lab` keeps its guests. */
export function standingLabFolder(): string {
  return join(checkout, '.data', 'lab')
}
