import { randomUUID } from 'node:crypto'
import { recordAudit } from '@/server/audit/record'
import { DomainError } from '@/server/lib/domain-error'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import { createUser, type OneTimeLink } from './setup-link'
import { hashToken, linkExpiry, newToken } from './tokens'
import type { Role } from './vocabulary'

type Ctx = Pick<ServiceContext, 'db' | 'actor'>

const purpose = 'sign-in-link:'

/**
 * A link that signs in without a password, once, within ten minutes: for the demo, and for whoever has lost a password
 * and can run commands where Daxfleet runs. For `email`, else for the oldest account; with `makeUser` that account is made
 * when there is none. Throws DomainError when there is no such account.
 */
export async function createSignInLink(
  ctx: Ctx,
  options: { email?: string; makeUser?: { name: string; email: string; role: Role } } = {},
): Promise<OneTimeLink> {
  const token = newToken()
  const expiresAt = linkExpiry()
  await ctx.db.$transaction(async (tx) => {
    const existing = await tx.user.findFirst({
      where: options.email === undefined ? {} : { email: options.email.toLowerCase() },
      orderBy: { createdAt: 'asc' },
    })
    const user = existing ?? (options.makeUser ? await createUser(tx, options.makeUser, null) : null)
    if (user === null)
      throw new DomainError(
        'not_found',
        options.email === undefined ? 'Nobody has an account here yet.' : `${options.email} has no account.`,
        'Use the set-up link that the start printed; ten minutes later stop Daxfleet and start it again, for a new one.',
      )
    await tx.verification.deleteMany({
      where: { identifier: { startsWith: purpose }, expiresAt: { lt: new Date() } },
    })
    await tx.verification.create({
      data: { id: randomUUID(), identifier: purpose + hashToken(token), value: user.id, expiresAt },
    })
    await recordAudit(tx, ctx.actor, 'user.sign_in_link_made', 'user', user.id)
  }, transactionLimits)
  return { path: `/enter#${token}`, expiresAt }
}

/** The user a link is for, used up by this very statement; null when it was used, is too old, or never was. */
export async function consumeSignInLink(
  ctx: Pick<ServiceContext, 'db'>,
  token: string,
): Promise<string | null> {
  const rows = await ctx.db.$queryRaw<{ value: string }[]>`
    DELETE FROM "Verification"
    WHERE identifier = ${purpose + hashToken(token)} AND "expiresAt" > now() RETURNING value`
  return rows[0]?.value ?? null
}
