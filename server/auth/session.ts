import type { ServiceContext } from '@/server/lib/service-context'
import type { Auth } from './auth'
import { loadPrincipal, type Principal } from './principal'

/** Who is signed in by these headers, and the cookies that keep the session alive; null without a valid session. */
export async function readSession(
  { auth, db }: { auth: Auth } & Pick<ServiceContext, 'db'>,
  headers: Headers,
): Promise<{ user: Principal | null; cookies: string[] }> {
  const { response, headers: given } = await auth.api.getSession({ headers, returnHeaders: true })
  const user =
    response === null
      ? null
      : await loadPrincipal(db, response.user.id, { type: 'session', sessionId: response.session.id })
  return { user, cookies: given.getSetCookie() }
}
