import { isIP } from 'node:net'
import type { Origin } from '@/server/audit/actor'
import { clientAddressOf } from '@/server/auth/client-address'
import { config } from '@/server/lib/config'

const longestUserAgent = 200

/**
 * Where a request comes from. In the web server X-Forwarded-For holds what a proxy of ours wrote, or the connection's own
 * address (believe-proxies.ts): behind a proxy that was not named in DAXFLEET_TRUSTED_PROXIES that is the proxy's.
 */
export function originOf(headers: Headers): Origin {
  const hops = headers.get('x-forwarded-for')?.split(',') ?? []
  const nearest = (hops.at(-1) ?? '').trim().replace(/^::ffff:(?=\d+\.)/i, '')
  const agent = headers.get('user-agent')?.replace(/[^\x20-\x7e]/g, '?')
  return {
    clientAddress:
      clientAddressOf(headers, config().trustedProxies) ?? (isIP(nearest) === 0 ? null : nearest),
    userAgent: agent?.slice(0, longestUserAgent) || null,
    tokenId: null,
  }
}
