import type { Auth } from './auth'
import type { SessionUser } from './schema'

/** Who is signed in by these headers, and the cookies that keep the session alive; null without a valid session. */
export async function readSession(
  auth: Auth,
  headers: Headers,
): Promise<{ user: SessionUser | null; cookies: string[] }> {
  const answer = await auth.api.getSession({ headers, returnHeaders: true })
  const user = answer.response?.user
  return {
    user: user === undefined ? null : { id: user.id, name: user.name, email: user.email },
    cookies: answer.headers.getSetCookie(),
  }
}
