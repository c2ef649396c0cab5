import { APIError } from 'better-auth/api'
import type { Prisma, PrismaClient } from '@/prisma/generated/client'
import type { Actor } from '@/server/audit/actor'
import { recordAudit } from '@/server/audit/record'
import { originOf } from '@/server/edge/origin-of'
import { tellAccessChanged } from '@/server/events/record'
import { transactionLimits } from '@/server/lib/service-context'

interface SignedIn {
  user: { id: string; email: string }
  session: { token: string }
}

/** What is known of a request to better-auth after it was answered. */
interface Answered {
  path: string
  headers?: Headers | undefined
  context: {
    returned?: unknown
    session: SignedIn | null
    /** Made by this request, in place of the one it came with if there was one. */
    newSession: SignedIn | null
  }
}

/** What each request tells the audit log when it went well; at `verify-totp` it depends on who sent it. */
const actions: Readonly<Record<string, string>> = {
  '/sign-in/email': 'user.signed_in',
  '/oidc/finish': 'user.signed_in_by_identity_provider',
  '/two-factor/verify-totp': 'user.signed_in',
  '/two-factor/verify-backup-code': 'user.signed_in_by_recovery_code',
  '/two-factor/disable': 'user.second_factor_removed',
  '/two-factor/generate-backup-codes': 'user.recovery_codes_renewed',
}

/** What changes how somebody signs in: whoever came in before it, by what it replaces, is out after it. */
const endsOtherSessions = new Set([
  'user.second_factor_set',
  'user.second_factor_removed',
  'user.recovery_codes_renewed',
])

/**
 * Writes down who came in and who changed how they come in; of the latter every other session ends with the same
 * transaction (OWASP ASVS 5.0, 7.4.3). A password that waits for its second factor is not in yet.
 */
export async function recordAccessChange(
  db: PrismaClient,
  { path, headers, context }: Answered,
): Promise<void> {
  const { returned, session, newSession } = context
  const action = actions[path]
  const now = newSession ?? session
  if (action === undefined || now === null || returned instanceof APIError) return
  if (typeof returned === 'object' && returned !== null && 'twoFactorRedirect' in returned) return
  const wasIn = path === '/two-factor/verify-totp' && session !== null
  // A code of one's own, shown once more: nobody came in, and nothing is set.
  if (wasIn && newSession === null) return
  const { user } = now
  const from = headers === undefined ? {} : { from: originOf(headers) }
  const actor: Actor = { kind: 'user', id: user.email, ...from }
  const done = wasIn ? 'user.second_factor_set' : action
  await db.$transaction(async (tx) => {
    const sessions = endsOtherSessions.has(done) ? await endOthers(tx, now) : 0
    await recordAudit(tx, actor, done, 'user', user.id, sessions === 0 ? {} : { sessions })
  }, transactionLimits)
}

/** Ends all sessions of somebody but this one; how many there were. */
async function endOthers(tx: Prisma.TransactionClient, { user, session }: SignedIn): Promise<number> {
  const { count } = await tx.session.deleteMany({ where: { userId: user.id, token: { not: session.token } } })
  if (count > 0) await tellAccessChanged(tx)
  return count
}
