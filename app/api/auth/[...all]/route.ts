import { auth } from '@/server/auth/auth'
import { guard, refuse } from '@/server/edge/guard'

export const dynamic = 'force-dynamic'

/** What of better-auth is served at all: its other endpoints hand out tokens or change accounts, and no page asks. */
const served = new Set([
  'POST /api/auth/sign-in/email',
  'POST /api/auth/sign-in/link',
  'POST /api/auth/sign-in/oidc',
  'POST /api/auth/sign-out',
  'POST /api/auth/two-factor/enable',
  'POST /api/auth/two-factor/disable',
  'POST /api/auth/two-factor/verify-totp',
  'POST /api/auth/two-factor/verify-backup-code',
  'POST /api/auth/two-factor/generate-backup-codes',
])

async function handle(request: Request): Promise<Response> {
  const refusal = guard(request)
  if (refusal !== null) return refusal
  if (!served.has(`${request.method} ${new URL(request.url).pathname}`))
    return refuse(404, 'There is nothing here.')
  return withoutTokens(await auth().handler(request))
}

/** What of an answer a page needs. The library adds the session's token and the account: a script has no use for either. */
const told = ['message', 'code', 'signedIn', 'url', 'status', 'twoFactorRedirect', 'totpURI', 'backupCodes']

async function withoutTokens(answer: Response): Promise<Response> {
  const body: unknown = await answer.json().catch(() => null)
  const known = typeof body === 'object' && body !== null ? Object.entries(body) : []
  const headers = new Headers(answer.headers)
  headers.delete('content-length')
  headers.set('cache-control', 'no-store')
  const kept = Object.fromEntries(known.filter(([name]) => told.includes(name)))
  return Response.json(kept, { status: answer.status, headers })
}

export { handle as GET, handle as POST }
