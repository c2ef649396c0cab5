import type { Auth } from './auth'
import type { Principal } from './principal'
import { sessionUserSchema } from './schema'

/** Who is signed in by these headers, and the cookies that keep the session alive; null without a valid session. */
export async function readSession(
  auth: Auth,
  headers: Headers,
): Promise<{ user: Principal | null; cookies: string[] }> {
  const answer = await auth.api.getSession({ headers, returnHeaders: true })
  const { response } = answer
  return {
    user:
      response === null
        ? null
        : {
            ...sessionUserSchema.parse(response.user),
            via: { type: 'session', sessionId: response.session.id },
          },
    cookies: answer.headers.getSetCookie(),
  }
}
