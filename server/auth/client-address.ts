import { isIP } from 'node:net'
import { blockList } from '@/server/lib/networks'

/**
 * The address a request came from: the rightmost hop of X-Forwarded-For that is no proxy of ours, since everything left of
 * it is what the client claims. Null without proxies we know of: then any client could claim any address.
 */
export function clientAddressOf(headers: Headers, trustedProxies: readonly string[]): string | null {
  if (trustedProxies.length === 0) return null
  const proxies = blockList(trustedProxies)
  const hops = (headers.get('x-forwarded-for') ?? '').split(',').map((hop) => hop.trim())
  for (const hop of hops.toReversed()) {
    const family = isIP(hop)
    if (family === 0) return null
    if (!proxies.check(hop, family === 6 ? 'ipv6' : 'ipv4')) return hop
  }
  return null
}
