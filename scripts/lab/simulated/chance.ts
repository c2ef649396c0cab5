import { createHash } from 'node:crypto'

/** Bytes that hang on the seed and the words alone, so that a host is the same whatever else is in the fleet. */
export function bytesOf(seed: string, ...words: (string | number)[]): Buffer {
  return createHash('sha256')
    .update([seed, ...words].join('\0'))
    .digest()
}

/** At least 0, less than 1: FNV-1a, then mixed. Drawn a dozen times for each of thousands of hosts. */
export function chance(seed: string, ...words: (string | number)[]): number {
  let hash = 0x811c9dc5
  for (const word of [seed, ...words]) {
    for (const byte of Buffer.from(`${word}\0`)) hash = Math.imul(hash ^ byte, 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}

/** One of several, each as likely as its weight. */
export function choose<T>(at: number, choices: readonly (readonly [weight: number, value: T])[]): T {
  let rest = at * choices.reduce((sum, [weight]) => sum + weight, 0)
  for (const [weight, value] of choices) {
    rest -= weight
    if (rest < 0) return value
  }
  throw new Error('There is nothing to choose from.')
}

/** Digits of a uuid. */
export function uuidOf(seed: string, ...words: (string | number)[]): string {
  const hex = bytesOf(seed, ...words).toString('hex')
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-')
}
