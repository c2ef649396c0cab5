import { subscribe } from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { blockList } from '@/server/lib/networks'

/** Node tells of each request here before any handler sees it: `next start` leaves no other place where the socket is known. */
const requestBegins = 'http.server.request.start'

/**
 * From now on X-Forwarded-For of every request to this process is either what a proxy of ours wrote, or the address the
 * connection came from: any other client's claim is replaced before anything reads it, be it the audit log or a limit.
 */
export function believeOnlyProxies(trustedProxies: readonly string[]): void {
  const proxies = blockList(trustedProxies)
  subscribe(requestBegins, (message) => {
    const { request } = message as { request: IncomingMessage }
    const peer = (request.socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/i, '')
    const family = isIP(peer)
    if (family !== 0 && proxies.check(peer, family === 6 ? 'ipv6' : 'ipv4')) return
    request.headers['x-forwarded-for'] = peer
  })
}
