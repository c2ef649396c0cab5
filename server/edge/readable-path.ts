import { subscribe } from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'

/** Node tells of each request here before any handler sees it. */
const requestBegins = 'http.server.request.start'

/**
 * The address of a request such that its path can be decoded. What is no UTF-8 (`/hosts/%ff`) names nothing here, and Next
 * would answer it with a fault of its own, before any of our headers: instead its percent signs stand for themselves, and
 * of a page the whole becomes one name that no page has, so that the answer is the page for that.
 */
export function readablePath(url: string): string {
  const [path = ''] = url.split('?', 1)
  try {
    decodeURIComponent(path)
    return url
  } catch {
    const rest = url.slice(path.length)
    return path.startsWith('/api/')
      ? path.replaceAll('%', '%25') + rest
      : `/${encodeURIComponent(path)}${rest}`
  }
}

/** From now on every request to this process has such an address before anything reads it. */
export function readablePathsOnly(): void {
  subscribe(requestBegins, (message) => {
    const { request } = message as { request: IncomingMessage }
    request.url = readablePath(request.url ?? '/')
  })
}
