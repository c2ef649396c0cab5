import { createHash, randomUUID } from 'node:crypto'
import type { BetterAuthPlugin } from 'better-auth'
import { APIError, createAuthEndpoint } from 'better-auth/api'
import { setSessionCookie } from 'better-auth/cookies'
import { z } from 'zod'
import type { ServiceContext } from '@/server/lib/service-context'
import { webLog } from '@/server/lib/web-log'
import { accountOf } from './account'
import { OidcFault } from './fault'
import { oidcCallbackPath, oidcFinishPath } from './paths'
import { IdentityProvider } from './provider'
import type { OidcSettings } from './settings'

/** How long somebody may take at the provider. */
const awaySeconds = 600
const purpose = 'oidc:'
const keptSchema = z.object({ nonce: z.string(), verifier: z.string(), next: z.string() })

/**
 * Sign-in by an identity provider (OpenID Connect, authorization code with PKCE): better-auth keeps sessions and cookies,
 * openid-client speaks the protocol. Not better-auth's own plugin: that one asks the provider without a deadline when the
 * process starts, and forgets it for good when it is down at that moment.
 */
export function oidcPlugin(db: ServiceContext['db'], settings: OidcSettings, origin: string) {
  const provider = new IdentityProvider(settings, `${origin}${oidcCallbackPath}`)
  return {
    id: 'daxfleet-oidc',
    endpoints: {
      oidcStart: createAuthEndpoint(
        '/sign-in/oidc',
        { method: 'POST', body: z.object({ next: z.string().max(2000).default('/') }) },
        async (ctx) => {
          const { url, state, nonce, verifier } = await saying(() => provider.depart())
          await keep(db, state, { nonce, verifier, next: ctx.body.next })
          const cookie = ctx.context.createAuthCookie('oidc', { maxAge: awaySeconds })
          await ctx.setSignedCookie(cookie.name, state, ctx.context.secret, cookie.attributes)
          return ctx.json({ url })
        },
      ),
      oidcFinish: createAuthEndpoint(
        oidcFinishPath,
        { method: 'GET', query: z.record(z.string(), z.string()) },
        async (ctx) => {
          const cookie = ctx.context.createAuthCookie('oidc', { maxAge: awaySeconds })
          const begun = await ctx.getSignedCookie(cookie.name, ctx.context.secret)
          ctx.setCookie(cookie.name, '', { ...cookie.attributes, maxAge: 0 })
          return saying(async () => {
            const { state = '' } = ctx.query
            // Whoever comes back is the browser that left: nobody can be signed in to an account by a link.
            const kept = state !== '' && begun === state ? await take(db, state) : null
            if (kept === null) throw new OidcFault('stale')
            const search = `?${new URLSearchParams(ctx.query)}`
            const claims = await provider.arrive(search, { ...kept, state })
            const { id } = await accountOf(db, claims, settings)
            const user = await ctx.context.internalAdapter.findUserById(id)
            if (user === null) throw new OidcFault('disabled')
            const session = await ctx.context.internalAdapter.createSession(user.id)
            await setSessionCookie(ctx, { session, user })
            return ctx.json({ signedIn: true, next: kept.next })
          })
        },
      ),
    },
  } satisfies BetterAuthPlugin
}

type Kept = z.infer<typeof keptSchema>
const identifierOf = (state: string) => purpose + createHash('sha256').update(state).digest('hex')

async function keep(db: ServiceContext['db'], state: string, kept: Kept): Promise<void> {
  await db.verification.deleteMany({
    where: { identifier: { startsWith: purpose }, expiresAt: { lt: new Date() } },
  })
  const expiresAt = new Date(Date.now() + awaySeconds * 1000)
  const value = JSON.stringify(kept)
  await db.verification.create({
    data: { id: randomUUID(), identifier: identifierOf(state), value, expiresAt },
  })
}

/** Used up by this very statement; null when it was used, is too old, or never was. */
async function take(db: ServiceContext['db'], state: string): Promise<Kept | null> {
  const rows = await db.$queryRaw<{ value: string }[]>`
    DELETE FROM "Verification" WHERE identifier = ${identifierOf(state)} AND "expiresAt" > now() RETURNING value`
  const [row] = rows
  return row === undefined ? null : keptSchema.parse(JSON.parse(row.value))
}

/** A fault as better-auth answers it: the code for the page, the cause in the log alone. */
async function saying<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof OidcFault)) throw error
    webLog('warn', 'sign-in by the identity provider failed', { code: error.code, why: whyOf(error.cause) })
    const status = error.code === 'provider_down' ? 'SERVICE_UNAVAILABLE' : 'UNAUTHORIZED'
    throw new APIError(status, { code: error.code, message: error.message })
  }
}

/** What each error of the chain says, and nothing it carries: there the library keeps codes, claims and tokens. */
function whyOf(error: unknown): string {
  const said: string[] = []
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const code = 'code' in cause && typeof cause.code === 'string' ? ` (${cause.code})` : ''
    said.push(`${cause.message}${code}`)
  }
  return said.join(': ')
}
