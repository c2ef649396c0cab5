import { APIError } from 'better-auth/api'
import type { Actor, Origin } from '@/server/audit/actor'
import { recordAudit } from '@/server/audit/record'
import { originOf } from '@/server/edge/origin-of'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'

/** What each path's failure is called in the log. */
const failures: Readonly<Record<string, string>> = {
  '/sign-in/email': 'user.sign_in_failed',
  '/sign-in/link': 'user.sign_in_failed',
  '/oidc/finish': 'user.sign_in_failed',
  '/two-factor/verify-totp': 'user.second_factor_failed',
  '/two-factor/verify-backup-code': 'user.second_factor_failed',
  '/two-factor/disable': 'user.second_factor_failed',
  '/two-factor/generate-backup-codes': 'user.second_factor_failed',
}

/** Whom a failed attempt was made for: their account, or what was typed as their address. */
export type Attempted = { userId: string } | { email: string } | null

interface Limit {
  windowMs: number
  /** Entries a window, of all and of one account; more are only counted. */
  inAll: number
  anAccount: number
}
const usual: Limit = { windowMs: 60_000, inAll: 60, anAccount: 5 }

/**
 * Writes failed sign-ins and codes to the audit log, as many as a person can read: whoever tries a million passwords must
 * not be able to fill the table. What was left out is counted in the next entry. What somebody typed is kept only where it
 * is the address of an account: people type passwords into the wrong field.
 */
export class FailureAudit {
  private until = 0
  private written = 0
  private unrecorded = 0
  private readonly byAccount = new Map<string, number>()

  constructor(
    private readonly db: ServiceContext['db'],
    private readonly limit: Limit = usual,
    private readonly now: () => number = Date.now,
  ) {}

  /** An attempt at `path` that ended in `error`; others are none of ours. */
  async note(path: string, error: unknown, who: () => Promise<Attempted>, headers: Headers | undefined) {
    const action = failures[path]
    if (action === undefined || !(error instanceof APIError) || error.statusCode >= 500) return
    const attempted = await who()
    const key = JSON.stringify(attempted)
    if (!this.allow(key)) {
      this.unrecorded += 1
      return
    }
    const user = await this.userOf(attempted)
    const detail = {
      ...(user === null ? {} : { email: user.email }),
      ...(error.statusCode === 429 ? { message: 'too many attempts' } : {}),
      ...(path === '/oidc/finish' ? { cause: String(error.body?.code ?? '') } : {}),
      ...(this.unrecorded > 0 ? { unrecorded: this.unrecorded } : {}),
    }
    this.unrecorded = 0
    const from: { from?: Origin } = headers === undefined ? {} : { from: originOf(headers) }
    const nobody: Actor = { kind: 'system', id: 'somebody not signed in', ...from }
    await this.db.$transaction(
      (tx) => recordAudit(tx, nobody, action, 'user', user?.id ?? 'unknown', detail),
      transactionLimits,
    )
  }

  private allow(key: string): boolean {
    if (this.now() >= this.until) {
      this.until = this.now() + this.limit.windowMs
      this.written = 0
      this.byAccount.clear()
    }
    const ofAccount = this.byAccount.get(key) ?? 0
    if (this.written >= this.limit.inAll || ofAccount >= this.limit.anAccount) return false
    this.written += 1
    this.byAccount.set(key, ofAccount + 1)
    return true
  }

  private async userOf(attempted: Attempted) {
    if (attempted === null) return null
    const where = 'userId' in attempted ? { id: attempted.userId } : { email: attempted.email }
    return this.db.user.findUnique({ where, select: { id: true, email: true } })
  }
}
