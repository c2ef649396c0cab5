import { APIError } from 'better-auth/api'
import type { PrismaClient } from '@/prisma/generated/client'
import type { Actor } from '@/server/audit/actor'
import { recordAudit } from '@/server/audit/record'
import { originOf } from '@/server/edge/origin-of'
import { transactionLimits } from '@/server/lib/service-context'

/** What is known of a request to better-auth after it was answered. */
interface Answered {
  path: string
  headers?: Headers | undefined
  context: {
    returned?: unknown
    session: { user: { id: string; email: string } } | null
    newSession: { user: { id: string; email: string } } | null
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

/** Writes down who came in and who changed how they come in. A password that waits for its second factor is not in yet. */
export async function auditSignIn(db: PrismaClient, { path, headers, context }: Answered): Promise<void> {
  const { returned, session, newSession } = context
  const action = actions[path]
  const user = newSession?.user ?? session?.user
  if (action === undefined || user === undefined || returned instanceof APIError) return
  if (typeof returned === 'object' && returned !== null && 'twoFactorRedirect' in returned) return
  const isSetUp = path === '/two-factor/verify-totp' && session !== null
  const from = headers === undefined ? {} : { from: originOf(headers) }
  const actor: Actor = { kind: 'user', id: user.email, ...from }
  const done = isSetUp ? 'user.second_factor_set' : action
  await db.$transaction((tx) => recordAudit(tx, actor, done, 'user', user.id), transactionLimits)
}
