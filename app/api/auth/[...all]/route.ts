import { auth } from '@/server/auth/auth'
import { guard, refuse } from '@/server/edge/guard'

export const dynamic = 'force-dynamic'

/** What of better-auth is served at all: its other endpoints hand out tokens or change accounts, and no page asks. */
const served = new Set([
  'POST /api/auth/sign-in/email',
  'POST /api/auth/sign-in/link',
  'POST /api/auth/sign-out',
])

async function handle(request: Request): Promise<Response> {
  const refusal = guard(request)
  if (refusal !== null) return refusal
  if (!served.has(`${request.method} ${new URL(request.url).pathname}`))
    return refuse(404, 'There is nothing here.')
  return auth().handler(request)
}

export { handle as GET, handle as POST }
