import type { Host } from '../host'
import { DIRECTIONS, type Direction, GO_TIMEOUT_SECONDS } from '../protocol'

/** Waits for permission to write: the go line's direction (forward unless it says), or a sentence why none came. */
export async function awaitGo(host: Host, nonce: string): Promise<{ go: Direction } | { none: string }> {
  const answer = await host.readLine(GO_TIMEOUT_SECONDS * 1000)
  if (answer === 'timeout') return { none: `no go came within ${GO_TIMEOUT_SECONDS} s` }
  if (typeof answer === 'string') return { none: 'the channel was lost before go' }
  try {
    const value: unknown = JSON.parse(answer.line)
    if (typeof value === 'object' && value !== null && (value as { go?: unknown }).go === nonce) {
      const asked = (value as { direction?: unknown }).direction ?? 'forward'
      const direction = DIRECTIONS.find((known) => known === asked)
      if (direction !== undefined) return { go: direction }
    }
  } catch {
    // Said below.
  }
  return { none: 'the line after ready was not its go' }
}
