import type { BetterAuthPlugin } from 'better-auth'
import { APIError, createAuthEndpoint } from 'better-auth/api'
import { setSessionCookie } from 'better-auth/cookies'
import { z } from 'zod'
import { recordAudit } from '@/server/audit/record'
import type { ServiceContext } from '@/server/lib/service-context'
import { consumeSignInLink } from './sign-in-link'

/** POST /api/auth/sign-in/link {token}: turns a one-time link into a session, by better-auth's own cookies. */
export function signInLinkPlugin(db: ServiceContext['db']): BetterAuthPlugin {
  return {
    id: 'sign-in-link',
    endpoints: {
      signInLink: createAuthEndpoint(
        '/sign-in/link',
        { method: 'POST', body: z.object({ token: z.string().min(1).max(200) }) },
        async (ctx) => {
          const refused = () =>
            new APIError('UNAUTHORIZED', {
              message: 'This link was used already, or its ten minutes are over.',
            })
          const userId = await consumeSignInLink({ db }, ctx.body.token)
          if (userId === null) throw refused()
          const user = await ctx.context.internalAdapter.findUserById(userId)
          if (user === null) throw refused()
          const session = await ctx.context.internalAdapter.createSession(user.id)
          await setSessionCookie(ctx, { session, user })
          await db.$transaction((tx) =>
            recordAudit(tx, { kind: 'user', id: user.email }, 'user.signed_in_by_link', 'user', user.id),
          )
          return ctx.json({ signedIn: true })
        },
      ),
    },
  }
}
