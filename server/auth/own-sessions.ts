import { hashPassword, verifyPassword } from 'better-auth/crypto'
import type { z } from 'zod'
import { recordAudit } from '@/server/audit/record'
import { tellAccessChanged } from '@/server/events/record'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import { AttemptLimiter } from './attempts'
import type { Principal } from './principal'
import type { changePasswordInput, endSessionInput, listSessionsOutput, sessionVerbOutput } from './schema'

type Ctx = Pick<ServiceContext, 'db' | 'actor'> & { user: Principal }
type Outcome = z.infer<typeof sessionVerbOutput>

const thisSession = ({ via }: Principal) => (via.type === 'session' ? via.sessionId : '')

/** Where somebody is signed in. The library's own list hands out the tokens; this one never reads them. */
export async function listOwnSessions({ db, user }: Ctx): Promise<z.infer<typeof listSessionsOutput>> {
  const rows = await db.session.findMany({
    where: { userId: user.id, expiresAt: { gt: new Date() } },
    omit: { token: true },
    orderBy: { updatedAt: 'desc' },
    take: 200,
  })
  return {
    sessions: rows.map(({ id, createdAt, updatedAt, expiresAt, ipAddress, userAgent }) => ({
      ...{ id, isThis: id === thisSession(user), createdAt, expiresAt, lastSeenAt: updatedAt },
      // Empty where no address is believed.
      ...{ clientAddress: ipAddress || null, userAgent: userAgent || null },
    })),
  }
}

/** Signs one browser of one's own out, at once. */
export async function endOwnSession(
  { db, user, actor }: Ctx,
  { sessionId }: z.infer<typeof endSessionInput>,
): Promise<Outcome> {
  return db.$transaction(async (tx): Promise<Outcome> => {
    const { count } = await tx.session.deleteMany({ where: { id: sessionId, userId: user.id } })
    if (count === 0)
      return { type: 'refused', message: 'This session is over already.', next: 'Reload the page.' }
    await recordAudit(tx, actor, 'user.session_ended', 'user', user.id)
    await tellAccessChanged(tx)
    return { type: 'done' }
  }, transactionLimits)
}

/** Signs every other browser of one's own out. */
export async function endOtherSessions({ db, user, actor }: Ctx): Promise<Outcome> {
  return db.$transaction(async (tx): Promise<Outcome> => {
    const others = { userId: user.id, id: { not: thisSession(user) } }
    const { count } = await tx.session.deleteMany({ where: others })
    if (count > 0) await recordAudit(tx, actor, 'user.sessions_ended', 'user', user.id, { sessions: count })
    await tellAccessChanged(tx)
    return { type: 'done' }
  }, transactionLimits)
}

/** A session that somebody left open must not be a way to guess the password behind it. */
const guesses = new AttemptLimiter({ attempts: 5, windowMs: 60_000, accounts: 10_000 })

/** Whether one signs in with a password; the demo's account is entered by links alone. */
export async function hasPassword({ db, user }: Pick<Ctx, 'db' | 'user'>): Promise<boolean> {
  const account = { userId: user.id, providerId: 'credential', password: { not: null } }
  return (await db.account.count({ where: account })) > 0
}

/** Changes one's own password, with the one there was, and ends every other session. */
export async function changeOwnPassword(
  { db, user, actor }: Ctx,
  { current, password }: z.infer<typeof changePasswordInput>,
): Promise<Outcome> {
  const account = await db.account.findFirst({ where: { userId: user.id, providerId: 'credential' } })
  if (!account?.password)
    return {
      type: 'refused',
      message: 'This account has no password.',
      next: 'Ask an admin for a link that sets one.',
    }
  if (!guesses.allow(user.id))
    return { type: 'refused', message: 'Too many attempts.', next: 'Wait a minute, then try again.' }
  if (!(await verifyPassword({ hash: account.password, password: current })))
    return {
      type: 'refused',
      message: 'This is not your present password.',
      next: 'Check it, and try again.',
    }
  const hash = await hashPassword(password)
  return db.$transaction(async (tx): Promise<Outcome> => {
    await tx.account.update({ where: { id: account.id }, data: { password: hash } })
    await tx.session.deleteMany({ where: { userId: user.id, id: { not: thisSession(user) } } })
    await recordAudit(tx, actor, 'user.password_changed', 'user', user.id)
    await tellAccessChanged(tx)
    return { type: 'done' }
  }, transactionLimits)
}
