import type { Host } from '../host'
import { DIRECTIONS, type Direction, GO_TIMEOUT_SECONDS } from '../protocol'

/**
 * Who says whether a job may go on, and what acts for it then. A server says so over stdin, and the acting process is to
 * outlive its session; the host's own start says so itself (boot/boot.ts), in a unit that is there for nothing else.
 */
export interface Permit {
  ask(host: Host, nonce: string): Promise<{ go: Direction } | { none: string }>
  /** A plain copy of this process acts, and no unit of its own. */
  isAlone: boolean
  /** The token that comes with the request is compared with the highest one seen, and recorded. */
  records: boolean
}

export const SERVER: Permit = {
  ask: (host, nonce) => awaitGo(host, nonce),
  isAlone: false,
  records: true,
}

/** Waits for permission to write: the go line's direction (forward unless it says), or a sentence why none came. */
async function awaitGo(host: Host, nonce: string): Promise<{ go: Direction } | { none: string }> {
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
