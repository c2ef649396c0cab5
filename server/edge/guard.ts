import { config } from '@/server/lib/config'
import { checkRequest, cookieless, type RequestRefusal } from './check-request'

/** The largest body taken: a paste of a thousand hosts, a private key; not a memory attack. */
const maxBodyBytes = 4 * 1024 * 1024

/**
 * What every route handler asks first. The proxy asked the same, but a handler must not depend on how the proxy was
 * matched. Answers the refusal, or null.
 */
export function guard(request: Request): Response | null {
  const refusal = requestRefusal(request)
  return refusal === null ? null : refuse(refusal.status, refusal.message)
}

/** The same, for who says it in another form. */
export function requestRefusal(request: Request): RequestRefusal | null {
  const { method, headers, url } = request
  const path = new URL(url).pathname
  const refusal = checkRequest({ method, headers, path }, config())
  if (refusal !== null) return refusal
  if (method === 'GET' || method === 'HEAD') return null
  const length = headers.get('content-length')
  if (length === null) {
    // Neither length nor chunks is no body at all (RFC 9112, 6.3): many verbs of the API have none.
    if (path.startsWith(cookieless) && headers.get('transfer-encoding') === null) return null
    return { status: 411, message: 'Send the length of the body: Content-Length.' }
  }
  // Node's own parser holds a body to the length it announced.
  if (!/^\d+$/.test(length) || Number(length) > maxBodyBytes)
    return { status: 413, message: `A request takes ${maxBodyBytes / 1024 / 1024} MiB at most.` }
  return null
}

export function refuse(status: number, message: string): Response {
  return Response.json({ message }, { status, headers: { 'Cache-Control': 'no-store' } })
}
