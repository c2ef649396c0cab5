import { localPath } from '@/app/_lib/local-path'
import { auth } from '@/server/auth/auth'
import { guard, refuse } from '@/server/edge/guard'
import { config } from '@/server/lib/config'
import { faultText, webLog } from '@/server/lib/web-log'
import { oidcFinishPath } from '@/server/oidc/paths'

export const dynamic = 'force-dynamic'

/** A provider's answer is some hundred characters. */
const longestAnswer = 8_000

/** GET /sign-in/oidc?code=…&state=…: the browser comes back from the identity provider, and is sent on to a page. */
export async function GET(request: Request): Promise<Response> {
  const refusal = guard(request)
  if (refusal !== null) return refusal
  const { oidc, origin } = config()
  const { search } = new URL(request.url)
  if (oidc === null) return refuse(404, 'There is nothing here.')
  if (search.length > longestAnswer) return refuse(414, 'This is longer than an identity provider’s answer.')
  const answer = await auth()
    .handler(new Request(`${origin}/api/auth${oidcFinishPath}${search}`, { headers: request.headers }))
    .catch((error: unknown) => {
      webLog('error', 'the way back from the identity provider failed', { why: faultText(error) })
      return new Response(null, { status: 500 })
    })
  const body: unknown = await answer.json().catch(() => null)
  const headers = new Headers({ location: `${origin}${placeOf(body)}`, 'cache-control': 'no-store' })
  for (const cookie of answer.headers.getSetCookie()) headers.append('set-cookie', cookie)
  // The address bears the code: it is neither kept in the history nor told to the next page.
  headers.set('referrer-policy', 'no-referrer')
  return new Response(null, { status: 303, headers })
}

function placeOf(body: unknown): string {
  const told = typeof body === 'object' && body !== null ? body : {}
  if ('twoFactorRedirect' in told) return '/sign-in?step=code'
  if ('signedIn' in told) return localPath('next' in told && typeof told.next === 'string' ? told.next : '/')
  const code = 'code' in told && typeof told.code === 'string' ? told.code : 'provider_fault'
  return `/sign-in?fault=${encodeURIComponent(code)}`
}
