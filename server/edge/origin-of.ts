import { isIP } from 'node:net'
import type { Origin } from '@/server/audit/actor'
import { clientAddressOf } from '@/server/auth/client-address'
import { config } from '@/server/lib/config'

const longestUserAgent = 200

/**
 * Where a request says it comes from. The address is what the nearest proxy added, or the connection's own where there is
 * no proxy (Next sets it then); where our proxies are named, what the first of them was told. Without a proxy a client may claim another one: it is noted, and decides nothing.
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
