import { createHash } from 'node:crypto'
import { APIError, getSessionFromCtx } from 'better-auth/api'
import { twoFactor } from 'better-auth/plugins/two-factor'
import type { ServiceContext } from '@/server/lib/service-context'
import { oidcFinishPath } from '@/server/oidc/paths'
import type { Attempted } from './audit-failures'

type HookContext = Parameters<typeof getSessionFromCtx>[0]

/** Codes are good for a minute and a half around their moment; they are remembered for longer. */
const rememberedMinutes = 5

/**
 * TOTP and recovery codes, by better-auth: secrets are encrypted, failures are counted an account and lock it for a
 * while. Whoever signs in by links alone has no password to ask for.
 */
export function secondFactorPlugin() {
  const plugin = twoFactor({
    issuer: 'Daxfleet',
    allowPasswordless: true,
    twoFactorCookieMaxAge: 5 * 60,
    backupCodeOptions: { storeBackupCodes: 'encrypted' },
  })
  // The library asks for a code after passwords only: here whoever has set one up is asked by the identity provider's
  // way as well, or that way would be around it.
  for (const hook of plugin.hooks.after) {
    const { matcher } = hook
    hook.matcher = (context) => matcher(context) || context.path === oidcFinishPath
  }
  return plugin
}

const wrong = () => new APIError('UNAUTHORIZED', { message: 'Invalid code', code: 'INVALID_CODE' })

/** Ways to show a second factor; each of them takes the library's `trustDevice`. */
const challengePath = /^\/two-factor\/verify-/

/**
 * A browser that is trusted for a month would be a password without a second factor: none is, whichever kind of code is
 * shown, and what an earlier request was given is worth nothing.
 */
export async function refuseTrustedBrowsers(ctx: HookContext): Promise<void> {
  if (challengePath.test(ctx.path ?? '') && bodyOf(ctx).trustDevice !== undefined)
    throw new APIError('BAD_REQUEST', { message: 'No device is trusted for longer.' })
  const { name } = ctx.context.createAuthCookie('trust_device')
  const trusted = await ctx.getSignedCookie(name, ctx.context.secret)
  const record = trusted ? trusted.split('!')[1] : undefined
  if (record !== undefined) await ctx.context.internalAdapter.deleteVerificationByIdentifier(record)
}

/**
 * Before a code is looked at: each is good once. The library takes the same code twice, so whoever sees one typed could
 * use it in the half minute that follows. Taken down before it is checked, by one statement, so that of two that come at
 * once one is refused; a wrong code that is taken down costs nobody anything.
 */
export async function spendCode(
  db: Pick<ServiceContext['db'], 'usedCode' | '$executeRaw'>,
  ctx: HookContext,
) {
  const { code } = bodyOf(ctx)
  if (typeof code !== 'string' || !/^\d{6}$/.test(code)) throw wrong()
  const userId = await whoseChallenge(ctx)
  if (userId === null) return
  const codeHash = createHash('sha256').update(code).digest('hex')
  await db.$executeRaw`
    DELETE FROM "UsedCode" WHERE "userId" = ${userId}
      AND "usedAt" < now() - ${rememberedMinutes} * interval '1 minute'`
  const taken = await db.$executeRaw`
    INSERT INTO "UsedCode" ("userId", "codeHash") VALUES (${userId}, ${codeHash}) ON CONFLICT DO NOTHING`
  if (taken === 0) throw wrong()
}

/** Whom a request to sign in is about: the address that was typed, or whose code is asked for. */
export async function attemptedBy(ctx: HookContext): Promise<Attempted> {
  const { email } = bodyOf(ctx)
  if (typeof email === 'string') return { email: email.trim().toLowerCase().slice(0, 254) }
  const userId = await whoseChallenge(ctx)
  return userId === null ? null : { userId }
}

function bodyOf(ctx: HookContext): { code?: unknown; trustDevice?: unknown; email?: unknown } {
  const body: unknown = ctx.body
  return typeof body === 'object' && body !== null ? body : {}
}

/** Whose code it would be: of whoever is signed in, or has shown their password and is asked for it. */
async function whoseChallenge(ctx: HookContext): Promise<string | null> {
  const session = await getSessionFromCtx(ctx)
  if (session !== null) return session.user.id
  const cookie = ctx.context.createAuthCookie('two_factor')
  const challenge = await ctx.getSignedCookie(cookie.name, ctx.context.secret)
  if (!challenge) return null
  return (await ctx.context.internalAdapter.findVerificationValue(challenge))?.value ?? null
}
