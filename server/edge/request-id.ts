import { randomUUID } from 'node:crypto'

export const requestIdHeader = 'x-request-id'

/** The id a request is followed by in logs: the proxy's in front of us where it gave one, else ours. */
export function requestIdOf(headers: Headers): string {
  const given = headers.get(requestIdHeader) ?? ''
  return /^[A-Za-z0-9-]{8,64}$/.test(given) ? given : randomUUID()
}
