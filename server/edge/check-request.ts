import type { Config } from '@/server/lib/config'

type Settings = Pick<Config, 'allowedHosts' | 'allowedOrigins' | 'origin'>

/** Why a request is not answered: HTTP status and the sentence for whoever sent it. */
export interface RequestRefusal {
  status: 403 | 411 | 413 | 421
  message: string
}

/** Below this no cookie is looked at, so a page of another site has nothing of a person's to act with. */
export const cookieless = '/api/v1/'

/** Origins whose pages may act here: the configured ones, and those of every Host we answer to. */
export function trustedOrigins(settings: Settings): string[] {
  const ofHosts = settings.allowedHosts.flatMap((host) => [`http://${host}`, `https://${host}`])
  return [...new Set([...settings.allowedOrigins, ...ofHosts])]
}

const openPaths: ReadonlySet<string> = new Set(['/healthz', '/readyz'])

/**
 * Keeps other web sites from acting through a browser that can reach us. Listening on loopback is no defence: a page
 * whose name is re-pointed to 127.0.0.1 (DNS rebinding) reaches it too, and betrays itself only by its Host and Origin.
 */
export function checkRequest(
  request: { method: string; path: string; headers: Headers },
  settings: Settings,
): RequestRefusal | null {
  // Asked by what watches processes, under whatever address those have; the answer tells nothing of the fleet.
  if ((request.method === 'GET' || request.method === 'HEAD') && openPaths.has(request.path)) return null
  const host = request.headers.get('host')?.toLowerCase() ?? ''
  if (!settings.allowedHosts.includes(host))
    return {
      status: 421,
      message: `Daxfleet does not answer to the name ${quote(host)}. Open ${settings.origin}, or add the name to DAXFLEET_ALLOWED_HOSTS.`,
    }
  const changes = request.method !== 'GET' && request.method !== 'HEAD'
  if (!changes && !request.path.startsWith('/api/')) return null
  const origin = request.headers.get('origin')
  if (origin !== null && !trustedOrigins(settings).includes(origin.toLowerCase()))
    return {
      status: 403,
      message: `Daxfleet takes no requests from pages of ${quote(origin)}. Open ${settings.origin}, or set DAXFLEET_ORIGIN to the address you use.`,
    }
  if (origin === null && changes && !request.path.startsWith(cookieless))
    return {
      status: 403,
      message: `A request that changes something must say where it comes from: send the header Origin: ${settings.origin}.`,
    }
  // A GET carries no Origin within one site; browsers that know better say so here.
  const site = request.headers.get('sec-fetch-site')
  if (site === 'cross-site' || site === 'same-site')
    return {
      status: 403,
      message: `Daxfleet takes no requests from pages of other sites. Open ${settings.origin}.`,
    }
  return null
}

/** What a stranger sent, fit to be shown: short, printable. */
function quote(text: string): string {
  return JSON.stringify(text.slice(0, 100).replace(/[^\x20-\x7e]/g, '?'))
}
