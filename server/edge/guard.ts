import { config } from '@/server/lib/config'
import { checkRequest } from './check-request'

/** The largest body taken: a paste of a thousand hosts, a private key; not a memory attack. */
const maxBodyBytes = 4 * 1024 * 1024

/**
 * What every route handler asks first. The proxy asked the same, but a handler must not depend on how the proxy was
 * matched. Answers the refusal, or null.
 */
export function guard(request: Request): Response | null {
  const { method, headers, url } = request
  const refusal = checkRequest({ method, headers, path: new URL(url).pathname }, config())
  if (refusal !== null) return refuse(refusal.status, refusal.message)
  if (method === 'GET' || method === 'HEAD') return null
  const length = headers.get('content-length')
  if (length === null) return refuse(411, 'Send the length of the body: Content-Length.')
  // Node's own parser holds a body to the length it announced.
  if (!/^\d+$/.test(length) || Number(length) > maxBodyBytes)
    return refuse(413, `A request takes ${maxBodyBytes / 1024 / 1024} MiB at most.`)
  return null
}

export function refuse(status: number, message: string): Response {
  return Response.json({ message }, { status, headers: { 'Cache-Control': 'no-store' } })
}
