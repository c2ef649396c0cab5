import { randomBytes } from 'node:crypto'
import { type NextRequest, NextResponse } from 'next/server'
import { checkRequest } from '@/server/edge/check-request'
import { requestIdHeader, requestIdOf } from '@/server/edge/request-id'
import { securityHeaders } from '@/server/edge/security-headers'
import { config as settings } from '@/server/lib/config'

/** Before every page and every route: who may ask at all, and what the answer may do in a browser. */
export function proxy(request: NextRequest): NextResponse {
  const nonce = randomBytes(16).toString('base64')
  const headers = securityHeaders(
    nonce,
    process.env.NODE_ENV === 'development',
    settings().origin.startsWith('https:'),
  )
  const { method, nextUrl } = request
  const requestId = requestIdOf(request.headers)
  headers[requestIdHeader] = requestId
  const refusal = checkRequest({ method, path: nextUrl.pathname, headers: request.headers }, settings())
  if (refusal !== null)
    return new NextResponse(`${refusal.message}\n`, {
      status: refusal.status,
      headers: { ...headers, 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' },
    })
  const passedOn = new Headers(request.headers)
  // Next reads the nonce for its own scripts from the policy; pages read it from x-nonce.
  passedOn.set('Content-Security-Policy', headers['Content-Security-Policy'] ?? '')
  passedOn.set('x-nonce', nonce)
  passedOn.set(requestIdHeader, requestId)
  const response = NextResponse.next({ request: { headers: passedOn } })
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value)
  return response
}

// Built files are the same for everybody and hold nothing of anybody.
export const config = { matcher: ['/((?!_next/static/).*)'] }
