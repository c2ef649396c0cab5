import { betterAuth } from 'better-auth'
import { prismaAdapter } from 'better-auth/adapters/prisma'
import { APIError, createAuthMiddleware } from 'better-auth/api'
import type { PrismaClient } from '@/prisma/generated/client'
import { trustedOrigins } from '@/server/edge/check-request'
import { type Config, config } from '@/server/lib/config'
import { db } from '@/server/lib/db'
import { loadSessionSecret } from '@/server/lib/keys'
import { oidcPlugin } from '@/server/oidc/plugin'
import { AttemptLimiter } from './attempts'
import { FailureAudit } from './audit-failures'
import { logFault } from './log-fault'
import { recordAccessChange } from './record-access-change'
import { attemptedBy, refuseTrustedBrowsers, secondFactorPlugin, spendCode } from './second-factor'
import { signInLinkPlugin } from './sign-in-link-plugin'

const day = 24 * 60 * 60

/** E-mail and password, nothing that leaves the machine, no sign-up: the first account comes from the set-up link. */
export function createAuth(options: {
  db: PrismaClient
  secret: string
  settings: Pick<Config, 'origin' | 'allowedOrigins' | 'allowedHosts' | 'trustedProxies' | 'oidc'>
}) {
  const { settings } = options
  const attempts = new AttemptLimiter({ attempts: 10, windowMs: 60_000, accounts: 10_000 })
  const failures = new FailureAudit(options.db)
  const port = new URL(settings.origin).port
  const isBehindProxy = settings.trustedProxies.length > 0
  // An address of one's own has fewer than one that everybody shares.
  const attemptsRule = { window: 10, max: isBehindProxy ? 10 : 50 }
  return betterAuth({
    appName: 'Daxfleet',
    baseURL: settings.origin,
    basePath: '/api/auth',
    secret: options.secret,
    database: prismaAdapter(options.db, { provider: 'postgresql', transaction: true }),
    trustedOrigins: trustedOrigins(settings),
    emailAndPassword: { enabled: true, disableSignUp: true, minPasswordLength: 10, maxPasswordLength: 128 },
    session: { expiresIn: 7 * day, updateAge: day, cookieCache: { enabled: false } },
    // Off in better-auth outside production; here it is on wherever it runs.
    rateLimit: {
      enabled: true,
      window: 60,
      max: 600,
      customRules: {
        '/sign-in/email': attemptsRule,
        '/sign-in/link': attemptsRule,
        '/sign-in/oidc': attemptsRule,
        '/oidc/finish': attemptsRule,
        '/two-factor/*': attemptsRule,
      },
    },
    hooks: {
      before: createAuthMiddleware(async (ctx) => {
        const fail = async (error: unknown): Promise<never> => {
          await failures.note(ctx.path, error, () => attemptedBy(ctx), ctx.headers)
          throw error
        }
        await refuseTrustedBrowsers(ctx)
        if (ctx.path === '/two-factor/verify-totp') return spendCode(options.db, ctx).catch(fail)
        if (ctx.path !== '/sign-in/email' || typeof ctx.body?.email !== 'string') return
        if (!attempts.allow(ctx.body.email.trim().toLowerCase()))
          await fail(
            new APIError('TOO_MANY_REQUESTS', {
              message: 'Too many attempts for this account. Wait a minute, then try again.',
            }),
          )
      }),
    },
    advanced: {
      // Cookies know no ports: two installations on one machine would sign each other out.
      cookiePrefix: port === '' ? 'daxfleet' : `daxfleet-${port}`,
      useSecureCookies: settings.origin.startsWith('https:'),
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax', path: '/' },
      // Any client can send x-forwarded-for; without a proxy we know of, no address is believed.
      ipAddress: isBehindProxy
        ? { ipAddressHeaders: ['x-forwarded-for'], trustedProxies: [...settings.trustedProxies] }
        : { ipAddressHeaders: [] },
      trustedProxyHeaders: false,
      // Said aloud, because better-auth leaves them out where NODE_ENV is test.
      disableOriginCheck: false,
      disableCSRFCheck: false,
    },
    telemetry: { enabled: false },
    logger: { level: 'error', disableColors: true },
    onAPIError: { onError: logFault },
    plugins: [
      signInLinkPlugin(options.db),
      secondFactorPlugin(),
      ...(settings.oidc === null ? [] : [oidcPlugin(options.db, settings.oidc, settings.origin)]),
      // The last, so that a session that the second factor has taken back is seen to be gone: hooks of the options, and of
      // plugins before that one, still see it, and would tell of a sign-in that was none.
      {
        id: 'daxfleet-audit',
        hooks: {
          after: [
            {
              matcher: () => true,
              handler: createAuthMiddleware(async (ctx) => {
                const user = ctx.context.newSession?.user
                if (user !== undefined) attempts.forget(user.email)
                await failures.note(ctx.path, ctx.context.returned, () => attemptedBy(ctx), ctx.headers)
                await recordAccessChange(options.db, ctx)
              }),
            },
          ],
        },
      },
    ],
    databaseHooks: { session: { create: { before: (session) => refuseDisabled(options.db, session) } } },
  })
}

/** However somebody comes in: who is disabled gets no session, and the answer a wrong password gets. */
async function refuseDisabled(db: PrismaClient, { userId }: { userId: string }): Promise<void> {
  if ((await db.user.count({ where: { id: userId, disabledAt: null } })) > 0) return
  throw new APIError('UNAUTHORIZED', {
    message: 'Invalid email or password',
    code: 'INVALID_EMAIL_OR_PASSWORD',
  })
}

export type Auth = ReturnType<typeof createAuth>

const held = globalThis as { daxfleetAuth?: Auth }

/** This process's authentication. */
export function auth(): Auth {
  held.daxfleetAuth ??= createAuth({ db: db(), secret: loadSessionSecret(), settings: config() })
  return held.daxfleetAuth
}
